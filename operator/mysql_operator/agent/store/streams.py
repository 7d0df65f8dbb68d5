"""Compressed files of backups as streams: what passes is hashed, and read back from the disk.

Size and SHA-256 are those of the bytes that the store keeps, which are encrypted where the name of
the file says so: compressed, encrypted, hashed.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import IO, Any, NamedTuple

from mysql_operator.agent.store.stored_files import StoredFile
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CHUNK = 1 << 20
LEVEL = 1
WORKERS = 2

DAMAGED = "ChecksumMismatch"


Progress = Callable[[int], None]
"""Hears how many bytes of a file have been read."""


class Packed(NamedTuple):
    """What was written."""

    size: int
    sha256: str


class _Hashing:
    """A file that computes the SHA-256 of what goes through it."""

    def __init__(self, file: IO[bytes], progress: Progress | None = None) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._progress = progress
        self._is_abandoned = False
        self.size = 0

    def abandon(self) -> None:
        """Write nothing any more."""
        self._is_abandoned = True

    def write(self, content: bytes) -> int:
        if self._is_abandoned:
            return len(content)
        self._digest.update(content)
        self.size += len(content)
        return self._file.write(content)

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self._digest.update(content)
        self.size += len(content)
        if self._progress is not None:
            self._progress(self.size)
        return content

    def flush(self) -> None:
        self._file.flush()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    @property
    def packed(self) -> Packed:
        return Packed(self.size, self._digest.hexdigest())


class Writing:
    """A compressed file while it is written."""

    def __init__(self, stream: IO[bytes], hashing: _Hashing, file: StoredFile) -> None:
        """Take the stream that compresses, and the file behind it."""
        self.stream = stream
        self._hashing = hashing
        self._file = file

    def write(self, content: bytes) -> int:
        """Compress it."""
        return self.stream.write(content)

    def abandon(self) -> None:
        """Write nothing any more, and let no thread wait for the store."""
        self._hashing.abandon()
        self._file.abandon()

    @contextmanager
    def abandoned_on_error(self) -> Iterator[None]:
        """Let nobody complete a file that has failed.

        Whatever packs, compresses or encrypts writes its last bytes as it closes. A store that says
        nothing any more would keep a pod that is told to end, and a server that is read-only.
        """
        try:
            yield
        except BaseException:
            self.abandon()
            raise

    @property
    def packed(self) -> Packed:
        """Size and SHA-256 of the file; final once the `with` has ended."""
        return self._hashing.packed


@contextmanager
def writing(file: StoredFile) -> Iterator[Writing]:
    """Write a file by zstd, with checksums of its own. It is durable when the `with` ends."""
    options: Any = {
        zstd.CompressionParameter.compression_level: LEVEL,
        zstd.CompressionParameter.checksum_flag: 1,
        zstd.CompressionParameter.nb_workers: WORKERS,
    }
    with file.create() as opened:
        hashing = _Hashing(opened)
        with _encrypted(file, hashing) as sink:
            with zstd.ZstdFile(sink, "wb", options=options) as compressed:
                stream: Any = compressed
                written = Writing(stream, hashing, file)
                with written.abandoned_on_error():
                    yield written


def _encrypted(file: StoredFile, hashing: _Hashing) -> AbstractContextManager[Any]:
    """Encrypt what is written, where the file is to be encrypted."""
    untyped: Any = hashing  # of few methods, where typeshed wants all of them
    if file.cipher is None or not receipts.is_encrypted(file.name):
        return nullcontext(untyped)
    from mysql_operator.agent.store import encryption

    return encryption.encrypting(untyped, file.cipher)


@contextmanager
def reading(
    file: StoredFile, expected: Packed | None, progress: Progress | None = None
) -> Iterator[io.BufferedReader]:
    """Read a file; its name says how it is compressed. Read on to its end, and compare it.

    Raises:
        OperatorError: ChecksumMismatch; it is not what its receipt says, or was cut off.
            DecryptionKeyMissing, DecryptionKeyWrong.
    """
    with file.open() as opened:
        hashing = _Hashing(opened, progress)
        try:
            with (
                _decrypted(file, hashing) as plain,
                _decompressed(plain, file.name.removesuffix(receipts.ENCRYPTED)) as stream,
            ):
                yield stream
                while stream.read(CHUNK):
                    pass  # what the reader had no use for
        except (zstd.ZstdError, zlib.error, gzip.BadGzipFile, EOFError) as error:
            raise OperatorError(DAMAGED, f"it cannot be unpacked: {error}") from error
        while hashing.read(CHUNK):
            pass
    if expected is not None:
        compare(hashing.packed, expected)


def _decrypted(file: StoredFile, hashing: _Hashing) -> AbstractContextManager[Any]:
    """Decrypt what is read, where the file is encrypted."""
    untyped: Any = hashing
    if not receipts.is_encrypted(file.name):
        return nullcontext(untyped)
    from mysql_operator.agent.store import encryption

    return encryption.decrypting(untyped, file)


def _decompressed(file: Any, name: str) -> io.BufferedReader:
    unpacked: Any = (
        gzip.GzipFile(fileobj=file) if name.endswith(".gz") else zstd.ZstdFile(file, "rb")
    )
    return io.BufferedReader(unpacked, CHUNK)


def compare(found: Packed, expected: Packed) -> None:
    """Compare a file with what its receipt says of it.

    Raises:
        OperatorError: ChecksumMismatch.
    """
    if found.size != expected.size:
        raise OperatorError(
            DAMAGED, f"its size is {found.size} bytes and its receipt says {expected.size}"
        )
    if found.sha256 != expected.sha256:
        raise OperatorError(DAMAGED, "its SHA-256 is not that of its receipt")


def checksum(file: StoredFile) -> Packed:
    """Read a file for its size and its SHA-256."""
    with file.open() as opened:
        hashing = _Hashing(opened)
        while hashing.read(CHUNK):
            pass
    return hashing.packed
