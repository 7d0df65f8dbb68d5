"""Finds and aborts unfinished multipart uploads, of which obstore has no list.

A killed agent leaves them: they are in no listing and cost money until somebody aborts them. What
is here signs its requests itself (AWS Signature Version 4), so that no second client is needed.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

from mysql_operator.agent import object_clients
from mysql_operator.model.storage_spec import S3

_NOTHING = hashlib.sha256(b"").hexdigest()
_SECONDS = 30


class RequestError(Exception):
    """The store refused, or did not answer; in the words in which obstore would say it."""


class Upload(NamedTuple):
    """An unfinished upload."""

    key: str
    upload_id: str


@dataclass(frozen=True)
class Uploads:
    """The unfinished uploads of one bucket."""

    place: S3
    secret: Mapping[str, str]

    def below(self, prefix: str) -> Iterator[Upload]:
        """List those whose keys begin so, page by page.

        Raises:
            RequestError: the store refused, or did not answer.
        """
        marker: dict[str, str] = {}
        while True:
            answer = self._ask_for_uploads({"uploads": "", "prefix": prefix, **marker})
            if not answer:
                return
            page = ElementTree.fromstring(answer)  # noqa: S314 - of the store that holds the backups
            for entry in page.iterfind("{*}Upload"):
                yield Upload(entry.findtext("{*}Key", ""), entry.findtext("{*}UploadId", ""))
            if page.findtext("{*}IsTruncated") != "true":
                return
            marker = {
                "key-marker": page.findtext("{*}NextKeyMarker", ""),
                "upload-id-marker": page.findtext("{*}NextUploadIdMarker", ""),
            }

    def abort(self, upload: Upload) -> None:
        """Abort one; it may be gone already."""
        self._ask_for_uploads({"uploadId": upload.upload_id}, "DELETE", upload.key)

    def _ask_for_uploads(
        self, query: Mapping[str, str], method: str = "GET", key: str = ""
    ) -> bytes:
        """Ask; an empty answer where there is none. `rclone serve s3` says so of a list too."""
        try:
            return self._ask(method, key, query)
        except RequestError as error:
            if "NoSuchUpload" in str(error):
                return b""
            raise

    def _ask(self, method: str, key: str, query: Mapping[str, str]) -> bytes:
        address = urlsplit(object_clients.s3_address(self.place))
        in_path = object_clients.has_bucket_in_path(self.place)
        path = quote(f"/{self.place.bucket}/{key}" if in_path else f"/{key}")
        text = "&".join(f"{_encoded(name)}={_encoded(query[name])}" for name in sorted(query))
        request = urllib.request.Request(  # noqa: S310 - https, or http where the spec says so
            f"{address.scheme}://{address.netloc}{path}?{text}",
            method=method,
            headers=self._signed(method, path, text, address.netloc),
        )
        context = ssl.create_default_context()
        if self.place.ca_bundle:
            context.load_verify_locations(cadata=self.place.ca_bundle)
        return _answer(request, context)

    def _signed(self, method: str, path: str, query: str, host: str) -> dict[str, str]:
        now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        headers = {"host": host, "x-amz-content-sha256": _NOTHING, "x-amz-date": now}
        if token := self.secret.get(object_clients.SESSION_TOKEN):
            headers["x-amz-security-token"] = token
        signed = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        canonical = "\n".join((method, path, query, lines, signed, _NOTHING))
        scope = f"{now[:8]}/{self.place.region or object_clients.DEFAULT_REGION}/s3/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = "\n".join(("AWS4-HMAC-SHA256", now, scope, digest))
        signature = _hmac(self._key(scope), to_sign).hex()
        credential = f"{self.secret[object_clients.ACCESS_KEY]}/{scope}"
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, "
            f"Signature={signature}"
        )
        return headers

    def _key(self, scope: str) -> bytes:
        key = f"AWS4{self.secret[object_clients.SECRET_KEY]}".encode()
        for part in scope.split("/"):
            key = _hmac(key, part)
        return key


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Sends a signed request to nobody but whom the spec names."""

    def redirect_request(self, *_: object) -> None:
        """Follow none, so that a redirect is an error."""


def _answer(request: urllib.request.Request, context: ssl.SSLContext) -> bytes:
    encrypted = urllib.request.HTTPSHandler(context=context)
    opener = urllib.request.build_opener(encrypted, _NoRedirects)
    try:
        with opener.open(request, timeout=_SECONDS) as answer:
            content: bytes = answer.read()
        return content
    except urllib.error.HTTPError as error:
        said = error.read(4096).decode(errors="replace")
        raise RequestError(f"status code: {error.code} {error.reason}: {said}") from error
    except OSError as error:
        raise RequestError(f"error sending request: {error}") from error


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")
