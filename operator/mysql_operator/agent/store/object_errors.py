"""What the errors of an object store mean to a person: a reason, the store's own words, a way out.

The table is by what stores have been seen to say (tests/unit/agent/test_object_errors.py).
"""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import NamedTuple

from mysql_operator.errors import OperatorError
from mysql_operator.model.storage_spec import StorageSpec


class StorageError(OperatorError):
    """The object store refused, or did not answer."""


class _Meaning(NamedTuple):
    reason: str
    words: re.Pattern[str]
    way_out: str


def _row(reason: str, words: str, way_out: str) -> _Meaning:
    """Make a row of the table, of a regular expression for what the store says."""
    return _Meaning(reason, re.compile(words), way_out)


_SET_CLOCK = "set the clock of the node, or that of the store, right"

_ROWS = (
    _row(
        "StorageClockSkew",
        r"RequestTimeTooSkewed|RequestExpired|Request has expired|Request date header"
        r"|difference between the request time",
        _SET_CLOCK,
    ),
    _row(
        "StorageBucketMissing",
        r"NoSuchBucket|ContainerNotFound|bucket does not exist",
        "create the bucket, or correct its name in the MySQLBackupStorage",
    ),
    _row(
        "StorageCredentialsRefused",
        r"InvalidAccessKeyId|XAdminUserNotFound|SignatureDoesNotMatch|ExpiredToken|InvalidToken|InvalidSecurity"
        r"|AuthenticationFailed|Server failed to authenticate|AuthenticationRequired|invalid_grant"
        r"|401 Unauthorized",
        "correct the keys in the Secret that the MySQLBackupStorage names",
    ),
    _row(
        "StorageRegionWrong",
        r"AuthorizationHeaderMalformed|PermanentRedirect|IllegalLocationConstraint"
        r"|301 Moved|TemporaryRedirect|Received redirect",
        "correct region, or endpoint, in the MySQLBackupStorage",
    ),
    _row(
        "StorageAccessDenied",
        r"AccessDenied|AllAccessDisabled|AuthorizationPermissionMismatch|AuthorizationFailure"
        r"|403 Forbidden",
        "allow these keys to list, get, put and delete objects below the prefix, and to abort "
        "multipart uploads",
    ),
    _row(
        "StorageFull",
        r"QuotaExceeded|StorageFull|InsufficientStorage|507 |No space left|disk quota",
        "make room in the bucket, or raise its quota",
    ),
    _row(
        "StorageCertificateRefused",
        r"InvalidCertificate|CERTIFICATE_VERIFY_FAILED",
        "give the authority of the store's certificate in caBundle, or correct the endpoint",
    ),
    _row(
        "StorageFailing",
        r"status code: 5\d\d|InternalError|SlowDown|ServiceUnavailable|HTTP Error 5\d\d",
        "look at the store's own log; this is tried again",
    ),
    _row(
        "StorageTooSlow",
        r"(?s)kind: Timeout(?!.*tcp connect error)|error sending request: [\w ]*timed out",
        "see that the store is not overloaded, and that the line to it carries 64 KiB a second; "
        "this is tried again",
    ),
    _row(
        "StorageUnreachable",
        r"error sending request|kind: (Connect|Timeout|Request)|timed out|[Cc]onnection|dns error"
        r"|Name or service|No route|urlopen error",
        "see that the store runs and that a NetworkPolicy lets the Jobs reach it",
    ),
)

_CODE = re.compile(r"<Code>([^<]{1,100})</Code>")
_MESSAGE = re.compile(r"<Message>([^<]{1,400})</Message>", re.DOTALL)
_STATUS = re.compile(r"status code: (\d{3} [A-Za-z -]+)")
_CAUSE = re.compile(
    r"(InvalidCertificate\(\s*\w+|certificate verify failed: [\w -]+|dns error|Connection refused"
    r"|tcp connect error"
    r"|operation timed out|kind: Timeout|connection closed[\w ]*|Connection reset[\w ]*)"
)
_DETAILS = "\n\nDebug source:"
_NAMES = re.compile(r"https?://[^\s,)]+|path: \"[^\"]*\"|(?i:object) at location \S+|for path \S+")
"""What users choose stands there, and may look like any of these words."""


def explained(error: Exception, spec: StorageSpec, doing: str) -> StorageError:
    """Explain an error of obstore, or of a request of our own.

    Only the store's code and sentence are kept of its answer: some quote the request in it.
    """
    text = _NAMES.sub("", str(error))
    row = next((row for row in _ROWS if row.words.search(text)), None)
    reason = row.reason if row else "StorageFailed"
    way_out = row.way_out if row else "look at the store's own log; this is tried again"
    at = f" at {spec.endpoint}" if spec.endpoint else ""
    return StorageError(reason, f"{spec.title}{at}: {doing} failed: {_words(text)}; {way_out}")


def blamed_on_clock(refusal: StorageError, difference: timedelta) -> StorageError:
    """Explain a refusal of keys by the clocks, where these differ by so much."""
    minutes = round(difference.total_seconds() / 60)
    words = refusal.message.rpartition("; ")[0]
    return StorageError(
        "StorageClockSkew", f"{words}; the clocks differ by {minutes} minutes: {_SET_CLOCK}"
    )


def _words(text: str) -> str:
    """What the store itself said, as far as it said anything."""
    text = html.unescape(text)
    code, message = _CODE.search(text), _MESSAGE.search(text)
    if code:
        said = f": {' '.join(message[1].split())}" if message else ""
        return f"{code[1]}{said}".partition(" RequestId:")[0].rstrip(".")
    status, cause = _STATUS.search(text), _CAUSE.search(text)
    if status:
        return status[1].strip()
    if cause:
        words = cause[1].replace("(", ": ").replace("kind: Timeout", "no answer in time")
        return " ".join(words.split())
    return " ".join(text.partition(_DETAILS)[0].rpartition(" - ")[2].split())[:300]


def lacks_bucket(error: FileNotFoundError) -> bool:
    """Whether the store says that there is no bucket, and not that there is no such object."""
    return "NoSuchBucket" in str(error) or "ContainerNotFound" in str(error)
