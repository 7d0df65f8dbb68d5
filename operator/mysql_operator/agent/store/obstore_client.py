"""A bucket whose keys, or whose identity, the Job has: by obstore."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import obstore
from obstore import exceptions

from mysql_operator.agent.store import (
    object_clients,
    object_errors,
    store_requests,
    unfinished_uploads,
)
from mysql_operator.agent.store.object_client import ObjectClient, Writer
from mysql_operator.agent.store.object_errors import StorageError
from mysql_operator.agent.store.patience import AT_WORK, FIRST_CONTACT, READING
from mysql_operator.agent.store.s3_answers import Entry, RequestError
from mysql_operator.model.storage_spec import StorageSpec

_NO_CONDITIONS = ("NotImplemented", "501 Not Implemented")
_TOLERATED = timedelta(minutes=5)
"""Difference of clocks that all stores take. Google's words for a larger one are those for keys."""


class ObstoreClient(ObjectClient):
    """One bucket of any store that obstore speaks to."""

    faults = (exceptions.BaseError, OSError, RequestError)
    # NB: obstore's writer says what the store answered to a part as an OSError.

    def __init__(self, spec: StorageSpec, secret_folder: Path) -> None:
        """Read the keys; nothing is sent yet."""
        super().__init__(spec)
        secret = object_clients.read_secret(secret_folder, spec)
        self._first = object_clients.client_for(spec, secret, FIRST_CONTACT)
        self._store = object_clients.client_for(spec, secret, AT_WORK)
        self._uploads = unfinished_uploads.of(spec, secret)
        self._reading = object_clients.client_for(spec, secret, READING)

    def writer(self, key: str, part: int, parts_at_once: int) -> Writer:
        """Make obstore's writer."""
        made = obstore.open_writer_async(
            self._store, key, buffer_size=part, max_concurrency=parts_at_once
        )
        return cast(Writer, made)

    async def _aborted(self, prefix: str) -> int:
        """Abort them.

        Where the Job has an identity and no keys, none are found: S3 and Google Cloud then need a
        lifecycle rule of the bucket, and Azure removes them by itself.
        """
        if self._uploads is None:
            return 0
        return await asyncio.to_thread(_abort_all, self._uploads, prefix)

    def _explained(self, error: Exception, doing: str) -> StorageError:
        """Say what an error means; a store that refuses keys may mean the clock."""
        explained = super()._explained(error, doing)
        if explained.reason == "StorageCredentialsRefused":
            difference = store_requests.clock_difference(self._spec)
            if difference > _TOLERATED:
                return object_errors.blamed_on_clock(explained, difference)
        return explained

    async def _listed(self, prefix: str) -> list[Entry]:
        found = await obstore.list(self._first, prefix=prefix).collect_async()
        return [Entry(entry["path"], entry["size"]) for entry in found]

    async def _read(self, key: str) -> bytes | None:
        try:
            result = await obstore.get_async(self._store, key)
            return bytes(await result.bytes_async())
        except FileNotFoundError as error:
            if object_errors.lacks_bucket(error):
                raise
            return None

    async def _size(self, key: str) -> int:
        return (await obstore.head_async(self._store, key))["size"]

    async def _put_new(self, key: str, content: bytes) -> bool:
        try:
            await obstore.put_async(self._store, key, content, mode="create")
        except exceptions.AlreadyExistsError:
            return False
        except exceptions.BaseError as error:
            if not any(words in str(error) for words in _NO_CONDITIONS):
                raise
            # The store has no conditional requests. Names never come twice, and whoever writes
            # them holds the lock of the server, so nobody is in between.
            await obstore.put_async(self._store, key, content)
        return True

    async def _deleted(self, key: str) -> None:
        try:
            await obstore.delete_async(self._store, key)
        except FileNotFoundError as error:
            if object_errors.lacks_bucket(error):
                raise

    async def _chunks(self, key: str, chunk: int) -> AsyncIterator[bytes]:
        result: Any = await obstore.get_async(self._reading, key)
        return cast(AsyncIterator[bytes], aiter(result.stream(min_chunk_size=chunk)))


def _abort_all(uploads: unfinished_uploads.Uploads, prefix: str) -> int:
    found = list(uploads.below(prefix))
    for upload in found:
        uploads.abort(upload)
    return len(found)
