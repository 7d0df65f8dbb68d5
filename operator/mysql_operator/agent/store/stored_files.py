"""One file of a backup as it is written and read, wherever backups are kept.

What packs, unpacks, dumps and loads knows a stream and a name, and not the store behind them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mysql_operator.agent.store.encryption import Cipher


class StoredFile(Protocol):
    """A file in a store of backups."""

    @property
    def name(self) -> str:
        """The last part of its path."""

    @property
    def cipher(self) -> Cipher | None:
        """What it is encrypted or decrypted with, where its name says that it is encrypted."""

    def size(self) -> int:
        """Its bytes, as the store counts them."""

    def create(self) -> AbstractContextManager[IO[bytes]]:
        """Write it from its beginning to its end. It is durable when the `with` ends well."""

    def open(self) -> AbstractContextManager[IO[bytes]]:
        """Read it from its beginning."""

    def forget(self) -> None:
        """Make the next reader get what the store holds, not what a memory between has kept."""

    def abandon(self) -> None:
        """Let whoever writes it in another thread wait for no store any more."""

    def remove(self) -> None:
        """Remove it, if it is there."""


@dataclass(frozen=True)
class FileOnVolume:
    """A file on a mounted volume."""

    path: Path

    @property
    def name(self) -> str:
        """Name in its folder."""
        return self.path.name

    @property
    def cipher(self) -> None:
        """No claim has keys: what a person has put there from a store stays encrypted."""

    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size

    @contextmanager
    def create(self) -> Iterator[IO[bytes]]:
        """Write it; it is on the disk when the `with` ends."""
        with self.path.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())

    def open(self) -> AbstractContextManager[IO[bytes]]:
        """Read it."""
        return self.path.open("rb")

    def forget(self) -> None:
        """Let the kernel read it from the disk again, not from its memory."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)

    def abandon(self) -> None:
        """Do nothing: a write that waits in the kernel ends for nobody."""

    def remove(self) -> None:
        """Unlink it."""
        self.path.unlink(missing_ok=True)
