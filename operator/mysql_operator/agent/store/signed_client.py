"""A bucket of S3 whose keys the Job does not have: the operator signs each of its requests."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

from mysql_operator.agent.store import object_errors, s3_answers
from mysql_operator.agent.store.object_client import ObjectClient
from mysql_operator.agent.store.patience import FIRST_CONTACT
from mysql_operator.agent.store.s3_answers import Entry, RequestError, Upload
from mysql_operator.agent.store.signed_requests import SignedRequests
from mysql_operator.agent.store.signed_uploads import SignedWriter
from mysql_operator.errors import OperatorError
from mysql_operator.model.release_storage import ReleaseStorage
from mysql_operator.model.s3_requests import Operation, S3Request
from mysql_operator.model.signing import SignedBy
from mysql_operator.model.storage_spec import S3


def _close(requests: SignedRequests, loop: asyncio.AbstractEventLoop) -> None:
    """End the connections of a client that nobody has any more."""
    asyncio.run_coroutine_threadsafe(requests.close(), loop)


class SignedClient(ObjectClient):
    """One bucket of a store that speaks S3."""

    faults = (RequestError, FileNotFoundError)

    def __init__(self, spec: ReleaseStorage, signed_by: SignedBy, token_folder: Path) -> None:
        """Send nothing yet.

        Raises:
            OperatorError: StorageInvalid.
        """
        super().__init__(spec)
        assert isinstance(spec.place, S3)  # noqa: S101 - a ClusterMySQLBackupStorage has no other
        try:
            ca_bundle = spec.place.ca_bundle or ""
            self._requests = SignedRequests(signed_by, token_folder, ca_bundle)
        except ValueError as error:
            raise OperatorError(
                "StorageInvalid", f"{spec.title}: certificates cannot be read: {error}"
            ) from error
        weakref.finalize(self, _close, self._requests, self._loop)

    def writer(self, key: str, part: int, parts_at_once: int) -> SignedWriter:
        """Begin an upload."""
        return SignedWriter(self._requests, key, part, parts_at_once)

    async def _aborted(self, prefix: str) -> int:
        found = await self._uploads(prefix)
        for upload in found:
            await self._unless_gone(s3_answers.abortion(upload))
        return len(found)

    async def _uploads(self, prefix: str) -> list[Upload]:
        found: list[Upload] = []
        wanted: S3Request | None = S3Request(operation=Operation.LIST_UPLOADS, key=prefix)
        while wanted is not None:
            answer = await self._unless_gone(wanted)
            if not answer:  # `rclone serve s3` says so of a list that is empty
                break
            page, wanted = s3_answers.uploads(answer, wanted)
            found += page
        return found

    async def _unless_gone(self, request: S3Request) -> bytes:
        """Send a request; an empty answer where there is no such object or upload."""
        try:
            return (await self._requests.send(request)).content
        except FileNotFoundError as error:
            if object_errors.lacks_bucket(error):
                raise
            return b""

    async def _listed(self, prefix: str) -> list[Entry]:
        found: list[Entry] = []
        wanted: S3Request | None = S3Request(operation=Operation.LIST, key=f"{prefix}/")
        while wanted is not None:
            answer = await self._requests.send(wanted, patience=FIRST_CONTACT)
            page, wanted = s3_answers.entries(answer.content, wanted)
            found += page
        return found

    async def _read(self, key: str) -> bytes | None:
        try:
            return (await self._requests.send(S3Request(operation=Operation.READ, key=key))).content
        except FileNotFoundError as error:
            if object_errors.lacks_bucket(error):
                raise
            return None

    async def _size(self, key: str) -> int:
        return (await self._requests.send(S3Request(operation=Operation.LOOK, key=key))).size

    async def _put_new(self, key: str, content: bytes) -> bool:
        request = S3Request(operation=Operation.PUT, key=key)
        try:
            await self._requests.send(request, content, headers={"If-None-Match": "*"})
        except RequestError as error:
            if error.status == HTTPStatus.PRECONDITION_FAILED:
                return False
            if error.status != HTTPStatus.NOT_IMPLEMENTED:
                raise
            # The store has no conditional requests; see obstore_client.
            await self._requests.send(request, content)
        return True

    async def _deleted(self, key: str) -> None:
        await self._unless_gone(S3Request(operation=Operation.DELETE, key=key))

    async def _chunks(self, key: str, chunk: int) -> AsyncIterator[bytes]:
        return self._requests.chunks(S3Request(operation=Operation.READ, key=key), chunk)
