"""Finds and aborts unfinished multipart uploads, of which obstore has no list.

A killed agent leaves them: they are in no listing and cost money until somebody aborts them. Two
requests with signed URLs need no second client.
"""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from mysql_operator.agent import s3_answers
from mysql_operator.agent.s3_answers import RequestError, Upload
from mysql_operator.model import s3_requests
from mysql_operator.model.s3_requests import Operation, S3Request
from mysql_operator.model.storage_spec import S3

_SECONDS = 30


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
        wanted: S3Request | None = S3Request(operation=Operation.LIST_UPLOADS, key=prefix)
        while wanted is not None:
            answer = self._ask_for_uploads(wanted)
            if not answer:
                return
            found, wanted = s3_answers.uploads(answer, wanted)
            yield from found

    def abort(self, upload: Upload) -> None:
        """Abort one; it may be gone already."""
        self._ask_for_uploads(s3_answers.abortion(upload))

    def _ask_for_uploads(self, request: S3Request) -> bytes:
        """Ask; an empty answer where there is none. `rclone serve s3` says so of a list too."""
        try:
            return self._ask(request)
        except RequestError as error:
            if s3_answers.NO_UPLOAD in str(error):
                return b""
            raise

    def _ask(self, request: S3Request) -> bytes:
        keys, now = s3_requests.keys_of(self.secret), datetime.now(UTC)
        signed = urllib.request.Request(  # noqa: S310 - https, or http where the spec says so
            s3_requests.signed_url(self.place, keys, request, now), method=request.method
        )
        context = ssl.create_default_context()
        if self.place.ca_bundle:
            context.load_verify_locations(cadata=self.place.ca_bundle)
        return _answer(signed, context)


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
