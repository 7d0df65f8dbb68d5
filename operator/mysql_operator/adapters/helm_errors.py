"""What helm's complaints mean: standard error → a reason, a sentence, and whether to try again.

Called by the helm adapter. Every row is backed by a complaint that helm really made, in
tests/unit/adapters/complaints/; a new row comes with its recording.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mysql_operator import errors

TEXT_LIMIT = 300
"""Characters of helm's own words that a condition shows; helm may quote a whole manifest."""


class Row(NamedTuple):
    """One kind of complaint."""

    reason: str
    pattern: re.Pattern[str]
    advice: str
    """The way out, said after helm's own words; may name groups of the pattern."""


def _row(reason: str, pattern: str, advice: str = "") -> Row:
    return Row(reason, re.compile(pattern, re.IGNORECASE), advice)


RELEASE_NOT_FOUND = "ReleaseNotFound"

# NB: the order matters, the first match wins: from what hinders everything to what one object is
# refused for, and what a Job of a hook was refused for before what its hook then failed for. A
# webhook that is down is "connection refused" too, and quotas, policies, and a namespace that is
# going away all begin with "forbidden".
ROWS = (
    _row("OperationCancelled", r"context canceled"),
    _row(
        "WebhookFailed",
        r"failed calling webhook \"(?P<webhook>[^\"]+)\"",
        "An admission webhook of the cluster does not answer.",
    ),
    _row(
        "ApiUnreachable",
        r"connection refused|connection reset|no such host|no route to host|network is unreachable"
        r"|i/o timeout|TLS handshake timeout|client connection lost|\bEOF\b|x509: ",
        "The Kubernetes API cannot be reached; this is tried again.",
    ),
    _row(
        "ApiUnauthorized",
        r"the server has asked for the client to provide credentials",
        "The operator's ServiceAccount token was refused; this is tried again.",
    ),
    _row(
        "ApiOverloaded",
        r"too many requests|currently unable to handle the request|unable to return a response"
        r"|an error on the server|etcdserver: |Internal error occurred|request did not complete",
        "The Kubernetes API is overloaded or restarting; this is tried again.",
    ),
    _row("NamespaceTerminating", r"because it is being terminated"),
    _row("NamespaceNotFound", r"namespaces \"[^\"]+\" not found"),
    _row(
        "QuotaExceeded",
        r"(?:exceeded|failed) quota: ",
        "Ask for less, or have the quota of the namespace raised.",
    ),
    _row(
        "AdmissionDenied",
        r"admission webhook \"[^\"]+\" denied|ValidatingAdmissionPolicy '[^']+' .*denied request"
        r"|violates PodSecurity",
        "A policy of the cluster refuses this object.",
    ),
    _row(
        "Forbidden",
        r"User \"[^\"]+\" cannot (?P<verb>\S+) resource \"(?P<resource>[^\"]+)\"",
        "The role of the operator lacks the right to {verb} {resource}.",
    ),
    _row(
        "ReleaseLocked",
        r"another operation \(install/upgrade/rollback\) is in progress",
    ),
    _row("NoDeployedRelease", r"has no deployed releases"),
    _row("RevisionNotFound", r"release has no \d+ version"),
    _row(
        "ReleaseChangedMeanwhile",
        r"release: already exists",
        "Something else changed the release at the same time; this is tried again.",
    ),
    _row(
        "OwnershipConflict",
        r"exists and cannot be imported into the current release",
        "Create the MySQL object under another name; or delete that object, if nobody needs it (a "
        "claim goes with its data).",
    ),
    _row(
        "InvalidObject",
        r"is invalid: |failed to create typed patch object|failed to convert new object"
        r"|no matches for kind",
        "Correct the field that is named.",
    ),
    # helm 4 says neither which hook it was, nor why the Job failed (BackoffLimitExceeded and
    # DeadlineExceeded read the same); the Job itself tells.
    _row(
        "HookFailed",
        r"resource Job/\S+ not ready\. status: Failed",
        "The log of the Job's pod tells why.",
    ),
    _row(
        "HookTimedOut",
        r"resource Job/\S+ not ready\. status: \w+, .*deadline exceeded",
        "The events and the log of the Job's pod tell how far it came.",
    ),
    _row(
        "ValuesInvalid",
        r"values don't meet the specifications of the schema",
        "The chart refuses these values; correct the field that is named.",
    ),
    _row(
        "RenderFailed",
        r"execution error|parse error|executing \"|error converting YAML",
        "The chart cannot be rendered with these values.",
    ),
    _row(RELEASE_NOT_FOUND, r"release: not found"),
    _row(
        "ChartUnusable",
        r"path \"[^\"]+\" not found|unable to detect chart|validation: chart\.metadata",
        "This image of the operator is damaged: install it again.",
    ),
)

_FALLBACK = _row("HelmFailed", r"")

_SECRETS = re.compile(
    r"\beyJ[\w-]+(?:\.[\w-]*)*"  # a JSON web token, which is what a ServiceAccount has
    r"|(?<=bearer )\S+"
    r"|(?<=://)[^/\s@]+(?=@)",  # user:password of a proxy or a repository
    re.IGNORECASE,
)


def error_from(stderr: bytes) -> errors.HelmError:
    """The error that a failed helm command stands for."""
    words = complaint(stderr)
    row, match = _classified(words)
    advice = row.advice.format(**match.groupdict()) if match else ""
    message = f"{readable(words) or 'helm gave no reason.'} {advice}".strip()
    return errors.HelmError(row.reason, message)


def complaint(stderr: bytes) -> str:
    """What follows helm's last "Error:", on one line; the warnings before it explain nothing."""
    text = stderr.decode(errors="replace")
    _, _, error = f"\n{text}".rpartition("\nError: ")
    error, _, _ = error.partition("\n@@ ")  # the API server's diff of what may not be changed
    words = " ".join(error.split())
    return re.sub(r"^(?:UPGRADE|INSTALLATION) FAILED: ", "", words)


def readable(words: str) -> str:
    """Helm's words as a sentence that fits into a condition and tells no secret."""
    words = _SECRETS.sub("[redacted]", words)
    if len(words) > TEXT_LIMIT:
        # Helm wraps errors from the outside in: the end names the cause, the beginning the object.
        half = TEXT_LIMIT // 2
        words = f"{words[:half].rstrip()} … {words[-half:].lstrip()}"
    return words if not words or words.endswith((".", "…")) else f"{words}."


def _classified(words: str) -> tuple[Row, re.Match[str] | None]:
    for row in ROWS:
        if match := row.pattern.search(words):
            return row, match
    return _FALLBACK, None
