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
    retryable: bool
    """The same command may well succeed later, though nobody edits the object."""
    pattern: re.Pattern[str]
    advice: str
    """The way out, said after helm's own words; may name groups of the pattern."""


def _row(reason: str, pattern: str, advice: str = "", *, retryable: bool) -> Row:
    return Row(reason, retryable, re.compile(pattern, re.IGNORECASE), advice)


RELEASE_NOT_FOUND = "ReleaseNotFound"

# NB: the order matters, the first match wins: from what hinders everything (the API is away) to
# what one object is refused for. "forbidden" for example is also how quotas, terminating namespaces
# and admission policies begin.
ROWS = (
    _row("OperationCancelled", r"context canceled", retryable=True),
    _row(
        "ApiUnreachable",
        r"connection refused|connection reset|no such host|no route to host|network is unreachable"
        r"|i/o timeout|TLS handshake timeout|client connection lost|unexpected EOF|: EOF\b"
        r"|x509: |http: server gave HTTP response",
        "The Kubernetes API cannot be reached; this is tried again.",
        retryable=True,
    ),
    _row(
        "ApiUnauthorized",
        r"the server has asked for the client to provide credentials|\bUnauthorized\b",
        "The operator's ServiceAccount token was refused; this is tried again.",
        retryable=True,
    ),
    _row(
        "WebhookFailed",
        r"failed calling webhook \"(?P<webhook>[^\"]+)\"",
        "An admission webhook of the cluster does not answer.",
        retryable=True,
    ),
    _row(
        "ApiOverloaded",
        r"too many requests|currently unable to handle the request|unable to return a response"
        r"|an error on the server|etcdserver|Internal error occurred|apiserver is shutting down"
        r"|TooManyRequests|ServiceUnavailable",
        "The Kubernetes API is overloaded or restarting; this is tried again.",
        retryable=True,
    ),
    _row(
        "NamespaceTerminating",
        r"in namespace (?P<namespace>\S+) because it is being terminated",
        "Nothing can be created in a namespace that is being deleted.",
        retryable=False,
    ),
    _row(
        "NamespaceNotFound",
        r"namespaces \"(?P<namespace>[^\"]+)\" not found",
        retryable=False,
    ),
    _row(
        "QuotaExceeded",
        r"exceeded quota: (?P<quota>[^,]+)|failed quota: (?P<failed>[^:]+)",
        "Ask for less, or have the quota of the namespace raised.",
        retryable=True,
    ),
    _row(
        "AdmissionDenied",
        r"admission webhook \"[^\"]+\" denied|ValidatingAdmissionPolicy '[^']+' .*denied request",
        "A policy of the cluster refuses this object.",
        retryable=False,
    ),
    _row(
        "Forbidden",
        r"User \"(?P<user>[^\"]+)\" cannot (?P<verb>\S+) resource \"(?P<resource>[^\"]+)\"",
        "The role of the operator lacks the right to {verb} {resource}.",
        retryable=True,
    ),
    _row(
        "ReleaseLocked",
        r"another operation \(install/upgrade/rollback\) is in progress",
        retryable=True,
    ),
    _row("NoDeployedRelease", r"has no deployed releases", retryable=True),
    _row(
        "ReleaseChangedMeanwhile",
        r"release: already exists|cannot reuse a name that is still in use"
        r"|secrets \"sh\.helm\.release\.[^\"]+\" already exists"
        r"|the object has been modified",
        "Something else changed the release at the same time; this is tried again.",
        retryable=True,
    ),
    _row(
        "OwnershipConflict",
        r"exists and cannot be imported into the current release",
        "Delete or rename that object, or choose another name for this one.",
        retryable=False,
    ),
    _row(
        "HookTimedOut",
        r"\b(?:pre|post)-(?:install|upgrade|delete|rollback)\b.*"
        r"(?:DeadlineExceeded|timed out|deadline exceeded)",
        "The log of the Job's pod tells how far it came.",
        retryable=True,
    ),
    _row(
        "HookFailed",
        r"(?:failed (?:pre|post)-install|(?:pre|post)-(?:install|upgrade|delete|rollback)"
        r"(?: hooks?)?(?: \S+)? failed)",
        "The log of the Job's pod tells why.",
        retryable=True,
    ),
    _row(
        "TimedOut", r"timed out waiting|deadline exceeded|request did not complete", retryable=True
    ),
    _row(
        "ValuesInvalid",
        r"values don't meet the specifications of the schema",
        "The chart refuses these values; correct the field that is named.",
        retryable=False,
    ),
    _row(
        "RenderFailed",
        r"execution error|parse error|error calling |template: |failed to render"
        r"|error converting YAML",
        "The chart cannot be rendered with these values.",
        retryable=False,
    ),
    _row(
        "InvalidObject",
        r"is invalid: (?P<field>[^:]+):|unknown field \"|failed to create typed patch object"
        r"|strict decoding error|error validating data|no matches for kind|cannot be handled as a",
        "Correct the field that is named.",
        retryable=False,
    ),
    _row(RELEASE_NOT_FOUND, r"release: not found", retryable=False),
    _row(
        "ChartUnusable",
        r"path \"[^\"]+\" not found|Chart\.yaml file is missing|validation: chart\.metadata"
        r"|chart requires kubeVersion",
        "This image of the operator does not fit: its chart is missing, damaged or too new.",
        retryable=False,
    ),
    _row("ObjectNotFound", r"\bnot found\b", retryable=True),
)

_FALLBACK = _row("HelmFailed", r"", retryable=True)

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
    return errors.HelmError(row.reason, message, retryable=row.retryable)


def complaint(stderr: bytes) -> str:
    """What follows helm's last "Error:", on one line; the warnings before it explain nothing."""
    text = stderr.decode(errors="replace")
    _, _, error = f"\n{text}".rpartition("\nError: ")
    words = " ".join(error.split())
    return re.sub(r"^(?:(?:UPGRADE|INSTALLATION) FAILED|Error): ", "", words)


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
