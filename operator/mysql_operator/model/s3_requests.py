"""Requests of S3 and their signatures, in the URL: AWS Signature Version 4. Pure.

Who has the keys of a bucket signs what somebody else sends. A signed URL is for one request, to
one key, for a while; the body is not part of it.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from pydantic import Field

from mysql_operator.model.parts import Part
from mysql_operator.model.storage_spec import S3

ACCESS_KEY = "AWS_ACCESS_KEY_ID"
SECRET_KEY = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - a name
SESSION_TOKEN = "AWS_SESSION_TOKEN"  # noqa: S105 - a name
"""Keys of a store's Secret, named as Amazon's own tools name them."""

DEFAULT_REGION = "us-east-1"
MOST_PARTS = 10_000
"""Of one object."""

VALID_SECONDS = 900
"""How long a signed URL may be used. A store looks at it when the request begins."""

_ALGORITHM = "AWS4-HMAC-SHA256"


class Operation(enum.StrEnum):
    """What is asked of a bucket, by the names in the manual of S3."""

    LIST = "ListObjectsV2"
    READ = "GetObject"
    LOOK = "HeadObject"
    PUT = "PutObject"
    DELETE = "DeleteObject"
    BEGIN_UPLOAD = "CreateMultipartUpload"
    PUT_PART = "UploadPart"
    COMPLETE_UPLOAD = "CompleteMultipartUpload"
    ABORT_UPLOAD = "AbortMultipartUpload"
    LIST_UPLOADS = "ListMultipartUploads"


_METHODS = {
    Operation.LIST: "GET",
    Operation.READ: "GET",
    Operation.LOOK: "HEAD",
    Operation.PUT: "PUT",
    Operation.DELETE: "DELETE",
    Operation.BEGIN_UPLOAD: "POST",
    Operation.PUT_PART: "PUT",
    Operation.COMPLETE_UPLOAD: "POST",
    Operation.ABORT_UPLOAD: "DELETE",
    Operation.LIST_UPLOADS: "GET",
}

OF_MANY = frozenset((Operation.LIST, Operation.LIST_UPLOADS))
"""What is asked of all keys with a prefix; the other operations are of one key."""

ONLY_READ = frozenset((Operation.LIST, Operation.READ, Operation.LOOK))
"""What changes nothing."""


class S3Request(Part):
    """One request, without its body."""

    operation: Operation
    key: str = Field(min_length=1, max_length=1024)
    """The key; of a list the prefix."""
    upload_id: str = Field("", max_length=4096)
    part: int = Field(0, ge=0, le=MOST_PARTS)
    after: str = Field("", max_length=4096)
    """Where the next page of a list begins, in the words of the one before."""
    after_upload: str = Field("", max_length=4096)

    @property
    def method(self) -> str:
        """HTTP method."""
        return _METHODS[self.operation]

    @property
    def object_key(self) -> str:
        """The key in the path of the URL; none where many are asked for by their prefix."""
        return "" if self.operation in OF_MANY else self.key

    @property
    def query(self) -> dict[str, str]:
        """Parameters of the URL, but for those of the signature."""
        match self.operation:
            case Operation.LIST:
                page = {"continuation-token": self.after} if self.after else {}
                return {"list-type": "2", "prefix": self.key, **page}
            case Operation.LIST_UPLOADS:
                marks = {"key-marker": self.after, "upload-id-marker": self.after_upload}
                return {"uploads": "", "prefix": self.key, **(marks if self.after else {})}
            case Operation.BEGIN_UPLOAD:
                return {"uploads": ""}
            case Operation.PUT_PART:
                return {"partNumber": str(self.part), "uploadId": self.upload_id}
            case Operation.COMPLETE_UPLOAD | Operation.ABORT_UPLOAD:
                return {"uploadId": self.upload_id}
            case _:
                return {}


class Keys(NamedTuple):
    """Who signs."""

    access_key: str
    secret_key: str
    session_token: str = ""


def keys_of(secret: Mapping[str, str]) -> Keys:
    """Take the keys of a store's Secret.

    Raises:
        KeyError: one is not there.
    """
    return Keys(secret[ACCESS_KEY], secret[SECRET_KEY], secret.get(SESSION_TOKEN, ""))


def has_bucket_in_path(place: S3) -> bool:
    """Whether the bucket stands in the path of each request, and not in the host name."""
    if place.force_path_style is None:
        return place.endpoint is not None
    return place.force_path_style


def address(place: S3) -> str:
    """Scheme, host and port of a bucket's requests."""
    region = place.region or DEFAULT_REGION
    scheme, _, host = (place.endpoint or f"https://s3.{region}.amazonaws.com").partition("://")
    return (
        f"{scheme}://{host}" if has_bucket_in_path(place) else f"{scheme}://{place.bucket}.{host}"
    )


def signed_url(place: S3, keys: Keys, request: S3Request, now: datetime) -> str:
    """Make the URL of a request, which may be sent for VALID_SECONDS from now on.

    See "Authenticating Requests: Using Query Parameters" in the manual of Amazon S3.
    """
    base, path = address(place), _path(place, request.object_key)
    time = now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{time[:8]}/{place.region or DEFAULT_REGION}/s3/aws4_request"
    query = query_text(
        {
            **request.query,
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{keys.access_key}/{scope}",
            "X-Amz-Date": time,
            "X-Amz-Expires": str(VALID_SECONDS),
            "X-Amz-SignedHeaders": "host",
            **({"X-Amz-Security-Token": keys.session_token} if keys.session_token else {}),
        }
    )
    host = f"host:{urlsplit(base).netloc}\n"
    canonical = "\n".join((request.method, path, query, host, "host", "UNSIGNED-PAYLOAD"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join((_ALGORITHM, time, scope, digest))
    signature = _hmac(_signing_key(keys, scope), to_sign).hex()
    return f"{base}{path}?{query}&X-Amz-Signature={signature}"


def _path(place: S3, key: str) -> str:
    bucket = f"/{place.bucket}" if has_bucket_in_path(place) else ""
    return quote(f"{bucket}/{key}" if key else bucket or "/")


def query_text(query: Mapping[str, str]) -> str:
    """Encode parameters of a URL in the one form that a signature can be of, sorted by name."""
    pairs = sorted((quote(name, safe="~"), quote(query[name], safe="~")) for name in query)
    return "&".join(f"{name}={value}" for name, value in pairs)


def _signing_key(keys: Keys, scope: str) -> bytes:
    key = f"AWS4{keys.secret_key}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
