"""Finds and aborts unfinished uploads, of which obstore has no list.

A killed agent leaves them: they are in no listing and cost money until somebody aborts them. S3 and
Google Cloud have multipart uploads with a name of their own, Azure has blobs of uncommitted blocks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol
from xml.etree import ElementTree

from mysql_operator.agent.store import object_clients, s3_answers
from mysql_operator.agent.store.s3_answers import RequestError, Upload
from mysql_operator.agent.store.store_requests import Requests, ToAzure, ToGoogle, ToS3
from mysql_operator.model.s3_requests import Operation, S3Request
from mysql_operator.model.storage_spec import GCS, S3, Azure, StorageSpec


class Uploads(Protocol):
    """The unfinished uploads of one bucket."""

    def below(self, prefix: str) -> Iterator[Upload]:
        """List those whose keys begin so, page by page.

        Raises:
            RequestError: the store refused, or did not answer.
        """

    def abort(self, upload: Upload) -> None:
        """Abort one; it may be gone already."""


def of(spec: StorageSpec, secret: Mapping[str, str]) -> Uploads | None:
    """Give those of a store; none where the Job has an identity and no keys to sign with."""
    if not secret:
        return None
    match spec.place:
        case S3() as place:
            return _Multipart(ToS3(place, secret))
        case GCS() as place:
            return _Multipart(ToGoogle(place, json.loads(secret[object_clients.GOOGLE_KEY])))
        case Azure() as place:
            return _Blocks(ToAzure(place, secret))


@dataclass(frozen=True)
class _Multipart:
    """Multipart uploads, which Google Cloud has in the words of S3."""

    requests: Requests

    def below(self, prefix: str) -> Iterator[Upload]:
        """List those whose keys begin so, page by page."""
        wanted: S3Request | None = S3Request(operation=Operation.LIST_UPLOADS, key=prefix)
        while wanted is not None:
            answer = self._ask(wanted)
            if not answer:
                return
            found, wanted = s3_answers.uploads(answer, wanted)
            yield from found

    def abort(self, upload: Upload) -> None:
        """Abort one; it may be gone already."""
        self._ask(s3_answers.abortion(upload))

    def _ask(self, request: S3Request) -> bytes:
        """Ask; an empty answer where there is none. `rclone serve s3` says so of a list too."""
        try:
            return self.requests.ask(request)
        except RequestError as error:
            if s3_answers.NO_UPLOAD in str(error):
                return b""
            raise


@dataclass(frozen=True)
class _Blocks:
    """Blobs of Azure that are nothing but blocks. Azure removes them after a week."""

    requests: ToAzure

    def below(self, prefix: str) -> Iterator[Upload]:
        """List the blobs that are in no listing but that of uncommitted ones."""
        query = {"include": "uncommittedblobs"}
        found = [blob for blob, size in self._blobs(prefix, query) if size == "0"]
        if found:
            committed = {blob for blob, _ in self._blobs(prefix, {})}
            yield from (Upload(blob, "") for blob in found if blob not in committed)

    def _blobs(self, prefix: str, query: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Names and sizes, page by page."""
        wanted = {"restype": "container", "comp": "list", "prefix": prefix, **query}
        marker: dict[str, str] = {}
        while True:
            answer = self.requests.ask("GET", "", wanted | marker)
            page = ElementTree.fromstring(answer)  # noqa: S314 - of the store that holds the backups
            for blob in page.iterfind("Blobs/Blob"):
                yield blob.findtext("Name", ""), blob.findtext("Properties/Content-Length", "")
            if not page.findtext("NextMarker"):
                return
            marker = {"marker": page.findtext("NextMarker", "")}

    def abort(self, upload: Upload) -> None:
        """Write an empty blob, which drops the blocks, and delete it.

        Killed in between, it leaves an empty file without a receipt: the next backup removes it.
        """
        headers = {"x-ms-blob-type": "BlockBlob", "Content-Type": "application/octet-stream"}
        self.requests.ask("PUT", upload.key, {}, headers)
        self.requests.ask("DELETE", upload.key, {})
