"""Requests to an object store that obstore has not, signed here so that no second client is needed.

Each kind of store has its way: AWS Signature Version 4, a token that a service account signs itself
(RFC 7523), the Shared Key of Azure or its SAS token.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import quote, urlsplit

from mysql_operator.agent.store import object_clients, tls
from mysql_operator.agent.store.s3_answers import RequestError
from mysql_operator.model import s3_requests
from mysql_operator.model.s3_requests import S3Request
from mysql_operator.model.storage_spec import GCS, S3, Azure, StorageSpec

SECONDS = 30
"""Time limit of a request: they are all small."""
_GOOGLE = "https://storage.googleapis.com"
_GOOGLE_SCOPE = "https://www.googleapis.com/auth/devstorage.full_control"
_TOKEN_SECONDS = 600
_AZURE_VERSION = "2021-12-02"


class Requests(Protocol):
    """Sends requests of S3 about one bucket."""

    def ask(self, request: S3Request) -> bytes:
        """Send a request without content.

        Raises:
            RequestError: the store refused, or did not answer.
        """


@dataclass(frozen=True)
class ToS3:
    """A bucket that speaks S3."""

    place: S3
    secret: Mapping[str, str]

    def ask(self, request: S3Request) -> bytes:
        """Send a request; see Requests."""
        keys, now = s3_requests.keys_of(self.secret), datetime.now(UTC)
        url = s3_requests.signed_url(self.place, keys, request, now)
        return _answer(request.method, url, {}, self.place.ca_bundle)


@dataclass(frozen=True)
class ToGoogle:
    """A bucket of Google, by its XML API, which obstore speaks too: it has the requests of S3."""

    place: GCS
    account: Mapping[str, str]
    """The JSON of the service account's key."""

    def ask(self, request: S3Request) -> bytes:
        """Send a request; see Requests."""
        address = self.place.endpoint or self.account.get("gcs_base_url") or _GOOGLE
        bucket, key = self.place.bucket, request.object_key
        path = quote(f"{bucket}/{key}" if key else bucket)
        is_open = self.account.get("disable_oauth")
        headers = {} if is_open else {"Authorization": f"Bearer {self._token()}"}
        url = f"{address}/{path}?{s3_requests.query_text(request.query)}"
        return _answer(request.method, url, headers, self.place.ca_bundle)

    def _token(self) -> str:
        """Sign a token as obstore does, so that no other host has to be asked for one."""
        # Here, because no other store needs it.
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa

        now, email = int(time.time()), self.account["client_email"]
        header = {"alg": "RS256", "typ": "JWT", "kid": self.account["private_key_id"]}
        claims = {"iss": email, "sub": email, "scope": _GOOGLE_SCOPE}
        times = {"iat": now, "exp": now + _TOKEN_SECONDS}
        text = ".".join(_in_base64(json.dumps(part).encode()) for part in (header, claims | times))
        key = serialization.load_pem_private_key(self.account["private_key"].encode(), None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise RequestError("AuthenticationFailed: private_key is no key of RSA")
        signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_in_base64(signature)}"


@dataclass(frozen=True)
class ToAzure:
    """A container of Azure, which has requests of its own."""

    place: Azure
    secret: Mapping[str, str]

    def ask(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Send a request without content for the container, or for a blob in it.

        Raises:
            RequestError: the store refused, or did not answer.
        """
        address = _address(self.place)
        name = f"{self.place.container}/{key}" if key else self.place.container
        url = f"{address}/{quote(name)}"
        now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        given = {"x-ms-date": now, "x-ms-version": _AZURE_VERSION, **(headers or {})}
        text = s3_requests.query_text(query)
        if token := self.secret.get(object_clients.AZURE_TOKEN, "").removeprefix("?"):
            text = "&".join(part for part in (text, token) if part)
        if shared := self.secret.get(object_clients.AZURE_KEY):
            signature = self._signature(shared, method, urlsplit(url).path, query, given)
            given["Authorization"] = f"SharedKey {self.place.account}:{signature}"
        return _answer(method, f"{url}?{text}", given, self.place.ca_bundle)

    def _signature(
        self, key: str, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> str:
        standard = {name: "" for name in _SIGNED_BY_AZURE} | {
            name: headers[name] for name in _SIGNED_BY_AZURE if name in headers
        }
        own = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name[:2] == "x-")
        parameters = "".join(f"\n{name}:{query[name]}" for name in sorted(query))
        resource = f"/{self.place.account}{path}{parameters}"
        text = "\n".join((method, *standard.values(), own + resource))
        digest = hmac.digest(base64.b64decode(key), text.encode(), "sha256")
        return base64.b64encode(digest).decode()


_SIGNED_BY_AZURE = (
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-MD5",
    "Content-Type",
    "Date",
    "If-Modified-Since",
    "If-Match",
    "If-None-Match",
    "If-Unmodified-Since",
    "Range",
)
"""In this order. NB: an empty content has no Content-Length there."""


def clock_difference(spec: StorageSpec) -> timedelta:
    """Compare this clock with the one of the store, whose answers have the time; 0 if one has not.

    It asks without keys: a refusal does.
    """
    request = urllib.request.Request(_address(spec.place), method="HEAD")  # noqa: S310 - as above
    try:
        headers = _opener(spec.place.ca_bundle).open(request, timeout=SECONDS).headers
    except urllib.error.HTTPError as error:
        headers = error.headers
    except OSError:
        return timedelta()
    try:
        return abs(datetime.now(UTC) - parsedate_to_datetime(headers["Date"]))
    except (TypeError, ValueError):
        return timedelta()


def _address(place: S3 | GCS | Azure) -> str:
    match place:
        case S3():
            return s3_requests.address(place)
        case GCS():
            return place.endpoint or _GOOGLE
        case Azure():
            return place.endpoint or f"https://{place.account}.blob.core.windows.net"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Sends a signed request to nobody but whom the spec names."""

    def redirect_request(self, *_: object) -> None:
        """Follow none, so that a redirect is an error."""


def _answer(method: str, url: str, headers: Mapping[str, str], ca_bundle: str | None) -> bytes:
    request = urllib.request.Request(  # noqa: S310 - https, or http where the spec says so
        url, b"" if method == "PUT" else None, dict(headers), method=method
    )
    try:
        with _opener(ca_bundle).open(request, timeout=SECONDS) as answer:
            content: bytes = answer.read()
        return content
    except urllib.error.HTTPError as error:
        said = error.read(4096).decode(errors="replace")
        raise RequestError(f"status code: {error.code} {error.reason}: {said}") from error
    except OSError as error:
        raise RequestError(f"error sending request: {error}") from error


def _opener(ca_bundle: str | None) -> urllib.request.OpenerDirector:
    by_tls = urllib.request.HTTPSHandler(context=tls.trusting(ca_bundle))
    return urllib.request.build_opener(by_tls, _NoRedirects)


def _in_base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
