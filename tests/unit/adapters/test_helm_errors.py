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

MEANINGS = [
    ("api-all-429", "ApiOverloaded", "too many requests"),
    ("api-all-500", "ApiOverloaded", "an error on the server"),
    ("api-all-503", "ApiOverloaded", "unable to handle the request"),
    ("api-all-504", "ApiOverloaded", "unable to return a response in the time"),
    ("api-all-drop", "ApiUnreachable", "EOF"),
    ("api-no-such-host", "ApiUnreachable", "no such host"),
    ("api-refused", "ApiUnreachable", "connection refused"),
    ("api-secrets-429", "ApiOverloaded", "Too many requests"),
    ("api-secrets-500", "ApiOverloaded", "etcdserver: request timed out"),
    ("api-secrets-503", "ApiOverloaded", "unable to handle the request (get secrets)"),
    ("api-secrets-504", "ApiOverloaded", "did not complete within the allotted timeout"),
    ("api-secrets-etcd", "ApiOverloaded", "leader changed"),
    ("api-unauthorized", "ApiUnauthorized", "provide credentials"),
    ("api-x509", "ApiUnreachable", "certificate signed by unknown authority"),
    ("cancelled-install", "OperationCancelled", "context canceled"),
    ("cancelled-upgrade", "OperationCancelled", "context canceled"),
    ("chart-empty", "ChartUnusable", "/srv/empty-chart/Chart.yaml"),
    ("chart-missing", "ChartUnusable", "/srv/empty-chart"),
    ("chart-no-version", "ChartUnusable", "chart.metadata.version is required"),
    ("concurrent-install", "ReleaseChangedMeanwhile", "already exists"),
    ("concurrent-upgrade", "ReleaseChangedMeanwhile", "already exists"),
    ("forbidden-get", "Forbidden", "lacks the right to get persistentvolumeclaims."),
    ("forbidden-object", "Forbidden", "lacks the right to patch configmaps."),
    ("forbidden-secrets", "Forbidden", "lacks the right to list secrets."),
    ("hook-delete-backoff", "HookFailed", "Job/c/backup-shop-job"),
    ("hook-delete-timeout", "HookTimedOut", "Job/c/backup-shop-job"),
    ("hook-install-backoff", "HookFailed", "Job/c/restore-shop-job"),
    ("hook-install-timeout", "HookTimedOut", "Job/c/restore-shop-job"),
    ("hook-invalid", "InvalidObject", "spec.backoffLimit"),
    ("hook-job-deleted", "HookTimedOut", "Resource not found"),
    ("hook-upgrade-backoff", "HookFailed", "Job/c/restore-shop-job"),
    ("hook-upgrade-timeout", "HookTimedOut", "Job/c/restore-shop-job"),
    ("invalid-immutable", "InvalidObject", "spec is immutable after creation"),
    ("invalid-missing", "InvalidObject", "spec.resources[storage]: Required value"),
    ("invalid-no-kind", "InvalidObject", 'no matches for kind "Nothing"'),
    ("invalid-quantity", "InvalidObject", "quantities must match"),
    ("invalid-type", "InvalidObject", "expected numeric (int or float), got string"),
    ("invalid-unknown-field", "InvalidObject", ".spec.storage_size"),
    ("locked", "ReleaseLocked", "is in progress"),
    ("namespace-not-found", "NamespaceNotFound", '"nowhere"'),
    ("namespace-terminating", "NamespaceTerminating", "namespace t "),
    ("namespace-terminating-hook", "NamespaceTerminating", "namespace t2 "),
    ("ownership", "OwnershipConflict", 'ConfigMap "shop-config" in namespace "b"'),
    ("pod-security", "AdmissionDenied", "A policy of the cluster refuses"),
    ("policy-denied", "AdmissionDenied", "config maps need an owner"),
    ("quota", "QuotaExceeded", "limited: persistentvolumeclaims=0"),
    ("quota-hook", "QuotaExceeded", "limited: count/jobs.batch=0"),
    ("quota-unsaid", "QuotaExceeded", "must specify limits.cpu"),
    ("render-fail", "RenderFailed", "storage_size has to be set"),
    ("render-nil", "RenderFailed", "<.Values.nothing.here>"),
    ("render-parse", "RenderFailed", "missing value for if"),
    ("render-yaml", "RenderFailed", "render3/templates/a.yaml"),
    ("rollback-no-revision", "RevisionNotFound", "17"),
    ("rollback-not-found", "ReleaseNotFound", "not found"),
    ("uninstall-not-found", "ReleaseNotFound", "not found"),
    ("upgrade-of-uninstalling", "NoDeployedRelease", "no deployed releases"),
    ("values-schema", "ValuesInvalid", "additional properties 'usless_data' not allowed"),
    ("webhook-denied", "AdmissionDenied", "label team is missing"),
    ("webhook-unreachable", "WebhookFailed", "check.example.com"),
]


@pytest.mark.parametrize(("name", "reason", "part"), MEANINGS)
def test_each_complaint_of_helm_has_a_meaning(name: str, reason: str, part: str) -> None:
    error = helm_errors.error_from((COMPLAINTS / f"{name}.txt").read_bytes())

    assert error.reason == reason
    assert part in error.message


def test_every_meaning_is_backed_by_a_complaint_and_every_complaint_is_looked_at() -> None:
    assert {row.reason for row in helm_errors.ROWS} == {reason for _, reason, _ in MEANINGS}
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

    assert error.reason == "HelmFailed"
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
