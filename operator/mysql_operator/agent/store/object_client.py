"""Blocking requests to an object store, each of which a signal ends at once.

Blocking calls of a library do not come back to Python before they end, and a store that is slow
would outlast the time that Kubernetes gives to a pod. So coroutines run in a thread, and the main
thread waits where an exception of a signal handler reaches it.
"""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from concurrent.futures import Future, wait
from typing import Any, Protocol, TypeVar

from mysql_operator.agent.store import object_errors, s3_answers
from mysql_operator.agent.store.object_errors import StorageError
from mysql_operator.agent.store.s3_answers import Entry, RequestError
from mysql_operator.model.storage_spec import StorageSpec

Result = TypeVar("Result")

_NOT_THERE = ".nothing-has-this-name"


class Writer(Protocol):
    """An upload that goes on."""

    async def write(self, content: bytes) -> None:
        """Take more of the object."""

    async def close(self) -> None:
        """Complete it: the object is there from then on."""

    async def __aexit__(self, *error: object) -> None:
        """Abort it, because of an error."""


class ObjectClient(ABC):
    """One bucket."""

    faults: tuple[type[Exception], ...] = (RequestError,)
    """What is raised where the store refuses, or does not answer."""

    def __init__(self, spec: StorageSpec) -> None:
        """Start the thread; nothing is sent yet."""
        self._spec = spec
        self._loop = asyncio.new_event_loop()
        self._waited_for: set[Future[Any]] = set()
        threading.Thread(target=self._loop.run_forever, daemon=True, name="objects").start()

    def list(self, prefix: str) -> Sequence[Entry]:
        """List the objects below a prefix. It is the first request of each Job.

        Raises:
            StorageError: the store refused, or did not answer. So does every request here.
        """
        found = self.run(self._listed(prefix), f"listing {prefix}/")
        if not found:
            self._require_store(prefix)
        return found

    def _require_store(self, prefix: str) -> None:
        """See that nothing is there because a store says so.

        NB: obstore takes any page for an empty listing, that of a proxy which wants a login too,
        and a new database would start empty beside its backups.
        """
        if self.get(f"{prefix}/{_NOT_THERE}") is not None:
            what = RequestError(s3_answers.NO_STORE)
            raise self._explained(what, f"listing {prefix}/")

    def get(self, key: str) -> bytes | None:
        """Read a small object; None where there is none."""
        return self.run(self._read(key), f"reading {key}")

    def size(self, key: str) -> int:
        """Bytes of an object."""
        return self.run(self._size(key), f"looking at {key}")

    def exists(self, key: str) -> bool:
        """Whether there is such an object, whatever a list says."""

        async def is_there() -> bool:
            try:
                await self._size(key)
            except FileNotFoundError as error:
                if object_errors.lacks_bucket(error):
                    raise
                return False
            return True

        return self.run(is_there(), f"looking for {key}")

    def put_new(self, key: str, content: bytes) -> bool:
        """Write a small object where there is none; returns whether there was none."""
        if self.get(key) is not None:  # NB: some stores overlook the condition of the request
            return False
        return self.run(self._put_new(key, content), f"writing {key}")

    def delete(self, key: str, within: float | None = None) -> None:
        """Remove an object; there may be none. Seconds are given as to run()."""
        self.run(self._deleted(key), f"deleting {key}", within)

    def stream(self, key: str, chunk: int) -> Iterator[bytes]:
        """Read a large object in chunks of about that size, one ahead of what is used."""
        doing = f"reading {key}"

        async def read(chunks: AsyncIterator[bytes]) -> bytes:
            return bytes(await anext(chunks, b""))

        chunks = self.run(self._chunks(key, chunk), doing)
        ahead = self._start(read(chunks))
        while content := self._result_of(ahead, doing):
            ahead = self._start(read(chunks))
            yield content

    @abstractmethod
    def writer(self, key: str, part: int, parts_at_once: int) -> Writer:
        """Begin to write an object in parts of that size; run() runs what it does."""

    def abandon(self) -> None:
        """End the requests that are on their way: a signal reaches the main thread alone."""
        for request in tuple(self._waited_for):
            request.cancel()

    def abort_uploads(self, prefix: str, within: float | None = None) -> int:
        """Abort the unfinished uploads of keys that begin so; returns how many there were."""
        return self.run(self._aborted(prefix), "aborting unfinished uploads", within)

    @abstractmethod
    async def _aborted(self, prefix: str) -> int: ...

    @abstractmethod
    async def _listed(self, prefix: str) -> Sequence[Entry]: ...

    @abstractmethod
    async def _read(self, key: str) -> bytes | None: ...

    @abstractmethod
    async def _size(self, key: str) -> int: ...

    @abstractmethod
    async def _put_new(self, key: str, content: bytes) -> bool: ...

    @abstractmethod
    async def _deleted(self, key: str) -> None: ...

    @abstractmethod
    async def _chunks(self, key: str, chunk: int) -> AsyncIterator[bytes]: ...

    def run(
        self, request: Coroutine[Any, Any, Result], doing: str, within: float | None = None
    ) -> Result:
        """Run a request to its end, or until a signal comes.

        Where somebody waits for what follows, it is given up after so many seconds.
        """
        return self._result_of(self._start(request), doing, within)

    def _start(self, request: Coroutine[Any, Any, Result]) -> Future[Result]:
        return asyncio.run_coroutine_threadsafe(request, self._loop)

    def _result_of(self, future: Future[Result], doing: str, within: float | None = None) -> Result:
        self._waited_for.add(future)
        try:
            wait([future], within)
            if not future.done():
                raise StorageError(
                    "StorageTooSlow", f"{self._spec.title}: {doing} was given up after {within} s"
                )
            return future.result()
        except self.faults as error:
            raise self._explained(error, doing) from error
        except BaseException:
            future.cancel()
            raise
        finally:
            self._waited_for.discard(future)

    def _explained(self, error: Exception, doing: str) -> StorageError:
        return object_errors.explained(error, self._spec, doing)
