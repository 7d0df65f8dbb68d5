"""One object as a file: written in parts while it is made, read in parts while it is used.

Nothing is staged on a disk. Memory is bounded by the parts that are on their way.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from mysql_operator.agent.store.object_client import ObjectClient
from mysql_operator.errors import OperatorError

if TYPE_CHECKING:
    from mysql_operator.agent.store.encryption import Cipher

logger = logging.getLogger(__name__)

PART = 8 << 20
"""Bytes of one part. S3 takes 10,000 of an object, so that of a large one they are larger."""

_PARTS = 9_000
_AT_ONCE = 2
_BUFFER = 1 << 20
"""What is handed over between the threads at a time."""

UNDO_SECONDS = 4.0
"""How long undoing waits for an answer of the store. A server may be read-only until that is done,
and a pod that Kubernetes ends has 30 s. What is left then, the next backup removes."""


def part_size(most: int) -> int:
    """Bytes of each part, so that an object of that many bytes can be written."""
    return max(PART, -(-most // _PARTS))


@dataclass(frozen=True)
class ObjectFile:
    """An object of a bucket."""

    client: ObjectClient
    key: str
    part: int = PART
    cipher: Cipher | None = None

    @property
    def name(self) -> str:
        """Name in its folder."""
        return self.key.rpartition("/")[2]

    def size(self) -> int:
        """Bytes of the object."""
        return self.client.size(self.key)

    @contextmanager
    def create(self) -> Iterator[IO[bytes]]:
        """Upload it. Nobody sees the object before the `with` ends well."""
        writing = _Writing(self)
        try:
            yield _as_file(writing)
            writing.complete()
        except BaseException as error:
            writing.abort(error)
            raise

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Read it, one chunk ahead."""
        yield _as_file(_Reading(self))

    def forget(self) -> None:
        """Nothing is kept between the store and its readers."""

    def abandon(self) -> None:
        """End the request that is on its way."""
        self.client.abandon()

    def remove(self) -> None:
        """Delete it."""
        self.client.delete(self.key)


def _as_file(stream: object) -> Any:
    """Streams of few methods, where typeshed wants all of them."""
    return stream


class _Writing:
    """An upload that goes on."""

    def __init__(self, file: ObjectFile) -> None:
        self._file = file
        self._writer = file.client.writer(file.key, file.part, _AT_ONCE)
        self._buffer = bytearray()

    def write(self, content: bytes) -> int:
        self._buffer += content
        if len(self._buffer) >= _BUFFER:
            self._hand_over()
        return len(content)

    def flush(self) -> None:
        """Do nothing: a part is sent when it is full."""

    def _hand_over(self) -> None:
        content, self._buffer = bytes(self._buffer), bytearray()
        self._run(lambda: self._writer.write(content))

    def complete(self) -> None:
        if self._buffer:
            self._hand_over()
        self._run(self._writer.close)

    def abort(self, error: BaseException) -> None:
        """Leave nothing behind. Why the upload failed is what counts, also where this fails too."""
        kind: type[BaseException] = type(error)
        traceback: TracebackType | None = error.__traceback__
        try:
            self._run(lambda: self._writer.__aexit__(kind, error, traceback), UNDO_SECONDS)
        except Exception as failure:
            logger.warning("The upload of %s could not be aborted: %s", self._file.name, failure)
        try:
            self._file.client.abort_uploads(self._file.key, UNDO_SECONDS)
        except OperatorError as failure:
            logger.warning("%s; the next backup tries it again", failure.message)

    def _run(self, request: Callable[[], Awaitable[object]], within: float | None = None) -> None:
        async def sent() -> None:
            await request()  # made in the thread of the loop, which obstore looks for

        self._file.client.run(sent(), f"writing {self._file.key}", within)


class _Reading:
    """An object that is read from its beginning to its end."""

    def __init__(self, file: ObjectFile) -> None:
        self._chunks = file.client.stream(file.key, _BUFFER)
        self._rest = memoryview(b"")

    def read(self, size: int = -1) -> bytes:
        """Read up to so many bytes; nothing at the end."""
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        taken = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(taken) :]
        return bytes(taken)
