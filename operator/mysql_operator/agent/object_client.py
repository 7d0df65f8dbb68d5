"""Blocking requests to an object store, each of which a signal ends at once.

obstore's own blocking calls do not come back to Python before they end, and a store that is slow
would outlast the time that Kubernetes gives to a pod. So its coroutines run in a thread, and the
main thread waits where an exception of a signal handler reaches it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import obstore
from obstore import exceptions

from mysql_operator.agent import object_clients, object_errors, store_requests, unfinished_uploads
from mysql_operator.agent.object_clients import AT_WORK, FIRST_CONTACT, READING
from mysql_operator.agent.object_errors import StorageError
from mysql_operator.agent.store_requests import RequestError
from mysql_operator.model.storage_spec import StorageSpec

Result = TypeVar("Result")

_NO_CONDITIONS = ("NotImplemented", "501 Not Implemented")
_TOLERATED = timedelta(minutes=5)
"""Difference of clocks that all stores take. Google's words for a larger one are those for keys."""

_NOT_THERE = ".nothing-has-this-name"
_OF_STORE = (exceptions.BaseError, OSError, RequestError)
"""NB: obstore's writer says what the store answered to a part as an OSError."""


class Entry(NamedTuple):
    """An object in a listing."""

    key: str
    size: int


class ObjectClient:
    """One bucket."""

    def __init__(self, spec: StorageSpec, secret_folder: Path) -> None:
        """Read the keys; nothing is sent yet."""
        secret = object_clients.read_secret(secret_folder, spec)
        self._spec = spec
        self._first = object_clients.client_for(spec, secret, FIRST_CONTACT)
        self._store = object_clients.client_for(spec, secret, AT_WORK)
        self._uploads = unfinished_uploads.of(spec, secret)
        self._reading = object_clients.client_for(spec, secret, READING)
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True, name="objects").start()

    def list(self, prefix: str) -> list[Entry]:
        """List the objects below a prefix. It is the first request of each Job."""

        async def collected() -> list[Entry]:
            found = await obstore.list(self._first, prefix=prefix).collect_async()
            return [Entry(entry["path"], entry["size"]) for entry in found]

        found = self.run(collected(), f"listing {prefix}/")
        if not found:
            self._require_store(prefix)
        return found

    def _require_store(self, prefix: str) -> None:
        """See that nothing is there because a store says so.

        NB: obstore takes any page for an empty listing, that of a proxy which wants a login too,
        and a new database would start empty beside its backups.
        """
        if self.get(f"{prefix}/{_NOT_THERE}") is not None:
            doing = f"listing {prefix}/"
            what = RequestError("what answers there is no object store")
            raise object_errors.explained(what, self._spec, doing)

    def get(self, key: str) -> bytes | None:
        """Read a small object; None where there is none."""

        async def read() -> bytes | None:
            try:
                result = await obstore.get_async(self._store, key)
                return bytes(await result.bytes_async())
            except FileNotFoundError as error:
                if object_errors.lacks_bucket(error):
                    raise
                return None

        return self.run(read(), f"reading {key}")

    def size(self, key: str) -> int:
        """Bytes of an object."""

        async def asked() -> int:
            return (await obstore.head_async(self._store, key))["size"]

        return self.run(asked(), f"looking at {key}")

    def put_new(self, key: str, content: bytes) -> bool:
        """Write a small object where there is none; returns whether there was none."""
        if self.get(key) is not None:  # NB: some stores overlook the condition of the request
            return False

        async def put() -> bool:
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

        return self.run(put(), f"writing {key}")

    def delete(self, key: str) -> None:
        """Remove an object; there may be none."""

        async def removed() -> None:
            try:
                await obstore.delete_async(self._store, key)
            except FileNotFoundError as error:
                if object_errors.lacks_bucket(error):
                    raise

        self.run(removed(), f"deleting {key}")

    def stream(self, key: str, chunk: int) -> Iterator[bytes]:
        """Read a large object in chunks of about that size, one ahead of what is used."""
        doing = f"reading {key}"

        async def opened() -> Any:
            result = await obstore.get_async(self._reading, key)
            return aiter(result.stream(min_chunk_size=chunk))

        async def read(chunks: Any) -> bytes:
            return bytes(await anext(chunks, b""))

        chunks = self.run(opened(), doing)
        ahead = self._start(read(chunks))
        while content := self._waited_for(ahead, doing):
            ahead = self._start(read(chunks))
            yield content

    def writer(self, key: str, part: int, parts_at_once: int) -> Any:
        """Make obstore's writer of an object, whose coroutines run() runs."""
        return obstore.open_writer_async(
            self._store, key, buffer_size=part, max_concurrency=parts_at_once
        )

    def abort_uploads(self, prefix: str) -> int:
        """Abort the unfinished uploads of keys that begin so; returns how many there were.

        Where the Job has an identity and no keys, none are found: S3 and Google Cloud then need a
        lifecycle rule of the bucket, and Azure removes them by itself.

        Raises:
            StorageError: the store refused, or did not answer.
        """
        if self._uploads is None:
            return 0
        try:
            found = list(self._uploads.below(prefix))
            for upload in found:
                self._uploads.abort(upload)
        except RequestError as error:
            raise self._explained(error, "aborting unfinished uploads") from error
        return len(found)

    def run(self, request: Coroutine[Any, Any, Result], doing: str) -> Result:
        """Run a request to its end, or until a signal comes.

        Raises:
            StorageError: the store refused, or did not answer.
        """
        return self._waited_for(self._start(request), doing)

    def _start(self, request: Coroutine[Any, Any, Result]) -> Future[Result]:
        return asyncio.run_coroutine_threadsafe(request, self._loop)

    def _waited_for(self, future: Future[Result], doing: str) -> Result:
        try:
            return future.result()
        except _OF_STORE as error:
            raise self._explained(error, doing) from error
        except BaseException:
            future.cancel()
            raise

    def _explained(self, error: Exception, doing: str) -> StorageError:
        """Say what an error means; a store that refuses keys may mean the clock."""
        explained = object_errors.explained(error, self._spec, doing)
        if explained.reason == "StorageCredentialsRefused":
            difference = store_requests.clock_difference(self._spec)
            if difference > _TOLERATED:
                return object_errors.blamed_on_clock(explained, difference)
        return explained
