"""What is in an archive is what was packed, or it is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

import pytest

from mysql_operator.agent.interruptions import InterruptedJobError
from mysql_operator.agent.store import archives, streams
from mysql_operator.agent.store.stored_files import FileOnVolume
from mysql_operator.errors import OperatorError

LARGE = os.urandom(2 * streams.CHUNK + 4711)
"""More than a chunk, and not a multiple of one."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data directory, as far as an archive cares."""
    below = tmp_path / "data" / "shop"
    below.mkdir(parents=True)
    (below / "rows.ibd").write_bytes(b"rows" * 10_000)
    (below / "large.ibd").write_bytes(LARGE)
    (tmp_path / "data" / "spare").write_bytes(b"0" * 100)
    return tmp_path / "data"


def test_what_was_packed_comes_out_again(folder: Path, tmp_path: Path) -> None:
    read: list[int] = []
    packed = archives.pack(folder, FileOnVolume(tmp_path / "archive"), lambda name: name != "spare")

    archives.check(FileOnVolume(tmp_path / "archive"), packed)
    archives.unpack(FileOnVolume(tmp_path / "archive"), packed, tmp_path / "again", read.append)

    assert (tmp_path / "again" / "shop" / "rows.ibd").read_bytes() == b"rows" * 10_000
    assert (tmp_path / "again" / "shop" / "large.ibd").read_bytes() == LARGE
    assert not (tmp_path / "again" / "spare").exists()
    assert read[-1] == packed.size


@dataclass(frozen=True)
class _Recording(FileOnVolume):
    """A file that keeps what it was told, and may refuse."""

    writes: list[int] = field(default_factory=list)
    refuses: bool = False

    @contextmanager
    def create(self) -> Iterator[IO[bytes]]:
        yield cast("IO[bytes]", self)

    def write(self, content: bytes) -> int:
        self.writes.append(len(content))
        if self.refuses:
            raise InterruptedJobError("SIGTERM")
        return len(content)

    def flush(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("refuses", [True, False])
def test_an_archive_that_fails_is_not_completed(
    folder: Path, tmp_path: Path, refuses: bool
) -> None:
    """Its last bytes would wait for a store that says nothing any more."""
    file = _Recording(tmp_path / "archive", refuses=refuses)
    before: list[int] = []

    def keep(name: str) -> bool:
        if name == "spare":
            before.extend(file.writes)
            raise InterruptedJobError("SIGTERM")
        return True

    with pytest.raises(InterruptedJobError):
        archives.pack(folder, file, keep)

    assert file.writes == (file.writes[:1] if refuses else before)


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9, 1.0])
def test_an_archive_with_another_byte_is_refused(folder: Path, tmp_path: Path, at: float) -> None:
    archive = FileOnVolume(tmp_path / "archive")
    packed = archives.pack(folder, archive, lambda _: True)
    content = bytearray(archive.path.read_bytes())
    content[int((len(content) - 1) * at)] ^= 1
    archive.path.write_bytes(content)

    with pytest.raises(OperatorError) as refused:
        archives.check(archive, packed)

    assert refused.value.reason == "ChecksumMismatch"


@pytest.mark.parametrize("size", [0, 10, -1])
def test_an_archive_that_ends_early_is_refused(folder: Path, tmp_path: Path, size: int) -> None:
    archive = FileOnVolume(tmp_path / "archive")
    packed = archives.pack(folder, archive, lambda _: True)
    archive.path.write_bytes(archive.path.read_bytes()[:size])

    with pytest.raises(OperatorError) as refused:
        archives.unpack(archive, packed, tmp_path / "again")

    assert refused.value.reason == "ChecksumMismatch"


def test_an_archive_with_more_behind_its_end_is_refused(folder: Path, tmp_path: Path) -> None:
    archive = FileOnVolume(tmp_path / "archive")
    packed = archives.pack(folder, archive, lambda _: True)
    archive.path.write_bytes(archive.path.read_bytes() + b"more")

    with pytest.raises(OperatorError) as refused:
        archives.check(archive, packed)

    assert refused.value.reason == "ChecksumMismatch"
