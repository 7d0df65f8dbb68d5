"""What helm complains about becomes a reason, a sentence, and whether to try again.

The complaints are what helm 4.3.1 wrote to standard error against Kubernetes 1.37.2, each for a
trouble that was really made: a proxy that answers 429, a quota, a Job that fails and so on. Only
the address of a name server is changed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mysql_operator.adapters import helm_errors

COMPLAINTS = Path(__file__).parent / "complaints"

AGAIN = True
NO_USE = False

MEANINGS = [
    ("api-all-429", "ApiOverloaded", AGAIN, "too many requests"),
    ("api-all-500", "ApiOverloaded", AGAIN, "an error on the server"),
    ("api-all-503", "ApiOverloaded", AGAIN, "unable to handle the request"),
    ("api-all-504", "ApiOverloaded", AGAIN, "unable to return a response in the time"),
    ("api-all-drop", "ApiUnreachable", AGAIN, "EOF"),
    ("api-no-such-host", "ApiUnreachable", AGAIN, "no such host"),
    ("api-refused", "ApiUnreachable", AGAIN, "connection refused"),
    ("api-secrets-429", "ApiOverloaded", AGAIN, "Too many requests"),
    ("api-secrets-500", "ApiOverloaded", AGAIN, "etcdserver: request timed out"),
    ("api-secrets-503", "ApiOverloaded", AGAIN, "unable to handle the request (get secrets)"),
    ("api-secrets-504", "ApiOverloaded", AGAIN, "did not complete within the allotted timeout"),
    ("api-secrets-etcd", "ApiOverloaded", AGAIN, "leader changed"),
    ("api-unauthorized", "ApiUnauthorized", AGAIN, "provide credentials"),
    ("api-x509", "ApiUnreachable", AGAIN, "certificate signed by unknown authority"),
    ("cancelled-install", "OperationCancelled", AGAIN, "context canceled"),
    ("cancelled-upgrade", "OperationCancelled", AGAIN, "context canceled"),
    ("chart-empty", "ChartUnusable", NO_USE, "/srv/empty-chart/Chart.yaml"),
    ("chart-missing", "ChartUnusable", NO_USE, "/srv/empty-chart"),
    ("chart-no-version", "ChartUnusable", NO_USE, "chart.metadata.version is required"),
    ("concurrent-install", "ReleaseChangedMeanwhile", AGAIN, "already exists"),
    ("concurrent-upgrade", "ReleaseChangedMeanwhile", AGAIN, "already exists"),
    ("forbidden-get", "Forbidden", AGAIN, "lacks the right to get persistentvolumeclaims."),
    ("forbidden-object", "Forbidden", AGAIN, "lacks the right to patch configmaps."),
    ("forbidden-secrets", "Forbidden", AGAIN, "lacks the right to list secrets."),
    ("hook-delete-backoff", "HookFailed", AGAIN, "Job/c/backup-shop-job"),
    ("hook-delete-timeout", "HookTimedOut", AGAIN, "Job/c/backup-shop-job"),
    ("hook-install-backoff", "HookFailed", AGAIN, "Job/c/restore-shop-job"),
    ("hook-install-timeout", "HookTimedOut", AGAIN, "Job/c/restore-shop-job"),
    ("hook-invalid", "InvalidObject", NO_USE, "spec.backoffLimit"),
    ("hook-job-deleted", "HookTimedOut", AGAIN, "Resource not found"),
    ("hook-upgrade-backoff", "HookFailed", AGAIN, "Job/c/restore-shop-job"),
    ("hook-upgrade-timeout", "HookTimedOut", AGAIN, "Job/c/restore-shop-job"),
    ("invalid-immutable", "InvalidObject", NO_USE, "spec is immutable after creation"),
    ("invalid-missing", "InvalidObject", NO_USE, "spec.resources[storage]: Required value"),
    ("invalid-no-kind", "InvalidObject", NO_USE, 'no matches for kind "Nothing"'),
    ("invalid-quantity", "InvalidObject", NO_USE, "quantities must match"),
    ("invalid-type", "InvalidObject", NO_USE, "expected numeric (int or float), got string"),
    ("invalid-unknown-field", "InvalidObject", NO_USE, ".spec.storage_size"),
    ("locked", "ReleaseLocked", AGAIN, "is in progress"),
    ("namespace-not-found", "NamespaceNotFound", NO_USE, '"nowhere"'),
    ("namespace-terminating", "NamespaceTerminating", NO_USE, "namespace t "),
    ("namespace-terminating-hook", "NamespaceTerminating", NO_USE, "namespace t2 "),
    ("ownership", "OwnershipConflict", NO_USE, 'ConfigMap "shop-config" in namespace "b"'),
    ("pod-security", "AdmissionDenied", NO_USE, "A policy of the cluster refuses"),
    ("policy-denied", "AdmissionDenied", NO_USE, "config maps need an owner"),
    ("quota", "QuotaExceeded", AGAIN, "limited: persistentvolumeclaims=0"),
    ("quota-hook", "QuotaExceeded", AGAIN, "limited: count/jobs.batch=0"),
    ("quota-unsaid", "QuotaExceeded", AGAIN, "must specify limits.cpu"),
    ("render-fail", "RenderFailed", NO_USE, "storage_size has to be set"),
    ("render-nil", "RenderFailed", NO_USE, "<.Values.nothing.here>"),
    ("render-parse", "RenderFailed", NO_USE, "missing value for if"),
    ("render-yaml", "RenderFailed", NO_USE, "render3/templates/a.yaml"),
    ("rollback-no-revision", "RevisionNotFound", NO_USE, "17"),
    ("rollback-not-found", "ReleaseNotFound", NO_USE, "not found"),
    ("uninstall-not-found", "ReleaseNotFound", NO_USE, "not found"),
    ("upgrade-of-uninstalling", "NoDeployedRelease", AGAIN, "no deployed releases"),
    ("values-schema", "ValuesInvalid", NO_USE, "additional properties 'usless_data' not allowed"),
    ("webhook-denied", "AdmissionDenied", NO_USE, "label team is missing"),
    ("webhook-unreachable", "WebhookFailed", AGAIN, "check.example.com"),
]


@pytest.mark.parametrize(("name", "reason", "retryable", "part"), MEANINGS)
def test_each_complaint_of_helm_has_a_meaning(
    name: str, reason: str, retryable: bool, part: str
) -> None:
    error = helm_errors.error_from((COMPLAINTS / f"{name}.txt").read_bytes())

    assert (error.reason, error.retryable) == (reason, retryable)
    assert part in error.message


def test_every_meaning_is_backed_by_a_complaint_and_every_complaint_is_looked_at() -> None:
    assert {row.reason for row in helm_errors.ROWS} == {reason for _, reason, _, _ in MEANINGS}
    assert {path.stem for path in COMPLAINTS.iterdir()} == {name for name, *_ in MEANINGS}


def test_a_complaint_is_one_line_of_whole_sentences_without_helms_preamble() -> None:
    error = helm_errors.error_from((COMPLAINTS / "hook-upgrade-backoff.txt").read_bytes())

    assert error.message == (
        "post-upgrade hooks failed: resource Job/c/restore-shop-job not ready. status: Failed, "
        "message: Job Failed. failed: 1/1. The log of the Job's pod tells why."
    )


def test_what_the_api_server_prints_of_an_object_does_not_reach_the_condition() -> None:
    error = helm_errors.error_from((COMPLAINTS / "invalid-immutable.txt").read_bytes())

    assert "Requests" not in error.message


def test_an_unknown_complaint_is_shown_and_tried_again() -> None:
    error = helm_errors.error_from(b"level=WARN msg=old\nError: something new\n")

    assert (error.reason, error.retryable) == ("HelmFailed", True)
    assert error.message == "something new."


@pytest.mark.parametrize("stderr", [b"", b"\n", b"Error: \n", b"\xff\xfe"])
def test_helm_may_also_say_nothing_of_use(stderr: bytes) -> None:
    assert helm_errors.error_from(stderr).reason == "HelmFailed"


def test_of_a_long_complaint_the_object_and_the_cause_are_kept() -> None:
    error = helm_errors.error_from(b"Error: object first " + b"x" * 100_000 + b" cause last")

    assert len(error.message) <= helm_errors.TEXT_LIMIT + len(" … .")
    assert error.message.startswith("object first ")
    assert error.message.endswith(" cause last.")


@pytest.mark.parametrize(
    "told",
    [
        "Authorization: Bearer s3cr3t-t0ken",
        "token eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.s3cr3t-t0ken was refused",
        'Get "https://user:s3cr3t-t0ken@proxy.example.com/": refused',
    ],
)
def test_credentials_in_a_complaint_are_struck_out(told: str) -> None:
    error = helm_errors.error_from(f"Error: {told}".encode())

    assert "s3cr3t" not in error.message
    assert "[redacted]" in error.message


def test_a_credential_that_the_cut_would_halve_is_struck_out_whole() -> None:
    told = "x" * (helm_errors.TEXT_LIMIT // 2 - 10) + " Bearer " + "s3cr3t" * 100

    error = helm_errors.error_from(f"Error: {told}".encode())

    assert "s3cr3t" not in error.message
