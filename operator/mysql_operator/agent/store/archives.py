"""Archives of a data directory: `tar | zstd`, streamed, so memory does not grow with the data."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mysql_operator.agent.store import streams
from mysql_operator.agent.store.stored_files import StoredFile
from mysql_operator.agent.store.streams import Packed, Progress
from mysql_operator.errors import OperatorError

# NB: by itself tarfile takes blocks of 10 KiB, and copies what is left of a chunk for each of them:
# of 3.8 s of processor time for 520 MB that was 1.7 s. (typeshed does not know copybufsize.)
_BUFFERS: Any = {"bufsize": streams.CHUNK, "copybufsize": streams.CHUNK}

Keep = Callable[[str], bool]
"""Whether a path, relative to the folder, belongs in the archive."""


def pack(folder: Path, archive: StoredFile, keep: Keep) -> Packed:
    """Pack a folder into an archive that is durable when this returns."""
    with streams.writing(archive) as written:
        form = tarfile.PAX_FORMAT
        with (
            tarfile.open(fileobj=written.stream, mode="w|", format=form, **_BUFFERS) as tar,
            written.abandoned_on_error(),
        ):
            _add(tar, folder, keep)
    return written.packed


def _add(tar: tarfile.TarFile, folder: Path, keep: Keep) -> None:
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if keep(name) and (path.is_dir() or path.is_file()):
            tar.add(path, arcname=name, recursive=False)


def check(archive: StoredFile, packed: Packed) -> None:
    """Read an archive back from its store and unpack it into nothing.

    Raises:
        OperatorError: ChecksumMismatch; it is not what was written.
    """
    archive.forget()
    _read(archive, packed, lambda tar: [None for _ in tar])


def unpack(
    archive: StoredFile, packed: Packed, folder: Path, progress: Progress | None = None
) -> None:
    """Unpack an archive. What it leaves is only to be used if this returns.

    Raises:
        OperatorError: ChecksumMismatch; it is not what its receipt says.
    """
    _read(archive, packed, lambda tar: tar.extractall(folder, filter="data"), progress)


def _read(
    archive: StoredFile,
    expected: Packed,
    use: Callable[[tarfile.TarFile], object],
    progress: Progress | None = None,
) -> None:
    with streams.reading(archive, expected, progress) as stream:
        try:
            with tarfile.open(fileobj=stream, mode="r|", **_BUFFERS) as tar:
                use(tar)
        except tarfile.TarError as error:
            raise OperatorError(streams.DAMAGED, f"it cannot be unpacked: {error}") from error
