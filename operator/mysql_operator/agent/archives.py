"""Archives of a data directory: `tar | zstd`, streamed, so memory does not grow with the data."""

from __future__ import annotations

import hashlib
import os
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NamedTuple

from mysql_operator.errors import OperatorError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CHUNK = 1 << 20
LEVEL = 1
WORKERS = 2

DAMAGED = "ChecksumMismatch"

_COPY: Any = {"copybufsize": CHUNK}  # typeshed does not know it

Keep = Callable[[str], bool]
"""Whether a path, relative to the folder, belongs into the archive."""


Progress = Callable[[int], None]
"""Hears how many bytes of an archive have been read."""


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
        self.size = 0

    def write(self, content: bytes) -> int:
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


def _untyped(file: _Hashing) -> Any:
    """A file of few methods, for what typeshed believes to need all of them."""
    return file


def pack(folder: Path, archive: Path, keep: Keep) -> Packed:
    """Pack a folder into an archive that is on the disk when this returns."""
    options: Any = {
        zstd.CompressionParameter.compression_level: LEVEL,
        zstd.CompressionParameter.checksum_flag: 1,
        zstd.CompressionParameter.nb_workers: WORKERS,
    }
    with archive.open("wb") as file:
        hashing = _Hashing(file)
        with (
            zstd.ZstdFile(_untyped(hashing), "wb", options=options) as stream,
            tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT, **_COPY) as tar,
        ):
            _add(tar, folder, keep)
        file.flush()
        os.fsync(file.fileno())
    return hashing.packed


def _add(tar: tarfile.TarFile, folder: Path, keep: Keep) -> None:
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if keep(name) and (path.is_dir() or path.is_file()):
            tar.add(path, arcname=name, recursive=False)


def check(archive: Path, packed: Packed) -> None:
    """Read an archive back from the disk and unpack it into nothing.

    Raises:
        OperatorError: ChecksumMismatch; it is not what was written.
    """
    _forget(archive)
    _read(archive, packed, lambda tar: [None for _ in tar])


def unpack(archive: Path, packed: Packed, folder: Path, progress: Progress | None = None) -> None:
    """Unpack an archive. What it leaves is only to be used if this returns.

    Raises:
        OperatorError: ChecksumMismatch; it is not what its receipt says.
    """
    _read(archive, packed, lambda tar: tar.extractall(folder, filter="data"), progress)


def _read(
    archive: Path,
    expected: Packed,
    use: Callable[[tarfile.TarFile], object],
    progress: Progress | None = None,
) -> None:
    with archive.open("rb") as file:
        hashing = _Hashing(file, progress)
        try:
            with (
                zstd.ZstdFile(_untyped(hashing), "rb") as stream,
                tarfile.open(fileobj=stream, mode="r|", **_COPY) as tar,
            ):
                use(tar)
                while stream.read(CHUNK):
                    pass  # what pads the end
        except (zstd.ZstdError, tarfile.TarError, EOFError) as error:
            raise OperatorError(DAMAGED, f"it cannot be unpacked: {error}") from error
        while hashing.read(CHUNK):
            pass
    _compare(hashing.packed, expected)


def _compare(found: Packed, expected: Packed) -> None:
    if found.size != expected.size:
        raise OperatorError(
            DAMAGED, f"its size is {found.size} bytes and its receipt says {expected.size}"
        )
    if found.sha256 != expected.sha256:
        raise OperatorError(DAMAGED, "its SHA-256 is not that of its receipt")


def checksum(path: Path) -> Packed:
    """Read a file for its size and its SHA-256."""
    with path.open("rb") as file:
        hashing = _Hashing(file)
        while hashing.read(CHUNK):
            pass
    return hashing.packed


def _forget(path: Path) -> None:
    """Let the kernel read the file from the disk again, not from its memory."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
