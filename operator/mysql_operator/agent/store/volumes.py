"""The volume that holds an instance's backups: what is on it, and how a new one gets there.

A backup is visible once its receipt and its file have their final names, the receipt first. Whoever
looks sees complete pairs, whenever the agent was killed.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from mysql_operator import names
from mysql_operator.agent.store import stores
from mysql_operator.agent.store.stored_files import FileOnVolume
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts, retention
from mysql_operator.model.receipts import BackupFile, Receipt

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class BackupVolume:
    """The folder with the backups of one instance."""

    def __init__(self, folder: Path, instance: str) -> None:
        """Take the folder where the claim is mounted."""
        self.folder = folder
        self._instance = instance

    @property
    def title(self) -> str:
        """The volume by the name of its claim."""
        return f"the volume {names.backup_claim(self._instance)}"

    def file(self, file: BackupFile) -> FileOnVolume:
        """Give a complete backup to read."""
        return FileOnVolume(self.folder / file.name)

    def backups(self) -> list[BackupFile]:
        """The backups that are complete, the newest first.

        Raises:
            OperatorError: BackupVolumeMissing; a folder that cannot be read is not an empty one.
        """
        files = [receipts.backup_file(name) for name in self._names()]
        ours = [file for file in files if file and file.instance == self._instance]
        return sorted(ours, key=lambda file: file.stamp, reverse=True)

    def _names(self) -> list[str]:
        try:
            return os.listdir(self.folder)
        except OSError as error:
            raise OperatorError(
                "BackupVolumeMissing",
                f"{self.title} cannot be read at {self.folder}: {error.strerror}",
            ) from error

    def receipt(self, file: BackupFile) -> Receipt:
        """Read the receipt of a backup.

        Raises:
            OperatorError: ReceiptUnreadable, or the receipt is missing.
        """
        path = self.folder / file.receipt
        try:
            return receipts.parsed(Receipt, path.read_bytes())
        except OSError as error:
            raise OperatorError(
                receipts.RECEIPT_UNREADABLE, f"{file.receipt}: {error.strerror}"
            ) from error

    def has_receipt(self, file: BackupFile) -> bool:
        """Whether a receipt lies beside a file; a person may have put one there without."""
        return file.receipt in self._names()

    def new_name(self, suffix: str) -> BackupFile:
        """Name a backup that begins now: later than all others, even if the clock was set back."""
        return stores.new_name(self, self._instance, suffix)

    def remove_leftovers(self) -> None:
        """Remove what runs that were killed have left. The lock says that nobody writes them."""
        complete = {file.stamp for file in self.backups()}
        for name in self._names():
            stamp = receipts.stamp_of_companion(name, self._instance)
            if receipts.is_partial(name, self._instance) or (stamp and stamp not in complete):
                (self.folder / name).unlink()

    @contextmanager
    def partial(self, file: BackupFile) -> Iterator[FileOnVolume]:
        """Give the file to write a backup to, which goes unless publish() has renamed it."""
        try:
            yield FileOnVolume(self.folder / receipts.partial(file.name))
        finally:
            for name in (file.name, file.export, file.receipt):
                (self.folder / receipts.partial(name)).unlink(missing_ok=True)

    def partial_export(self, file: BackupFile) -> FileOnVolume:
        """Give the file for the SQL that a Clone backup may have beside it."""
        return FileOnVolume(self.folder / receipts.partial(file.export))

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Explain errors of the volume to a person.

        Raises:
            OperatorError: DiskFull, BackupVolumeFailed.
        """
        try:
            yield
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> OperatorError:
        """What an error of the volume means to a person."""
        if error.errno in _FULL:
            return OperatorError(
                "DiskFull",
                f"{self.title} is full ({error.strerror}); enlarge the claim, let "
                "spec.backup keep less, or remove old backups, and the backup is tried again",
            )
        return OperatorError(
            "BackupVolumeFailed",
            f"the backup could not be written to {self.title}: {error.strerror}",
        )

    def publish(self, file: BackupFile, receipt: Receipt) -> None:
        """Give the backup its final name, at last: what lies beside it is there by then."""
        written = self.folder / receipts.partial(file.receipt)
        with written.open("wb") as stream:
            stream.write(receipts.as_lines(receipt).encode())
            stream.flush()
            os.fsync(stream.fileno())
        if receipt.sql_file:
            self.partial_export(file).path.rename(self.folder / receipt.sql_file)
        written.rename(self.folder / file.receipt)
        (self.folder / receipts.partial(file.name)).rename(self.folder / file.name)
        sync_folder(self.folder)

    def prune(self, rules: retention.Rules, now: datetime) -> list[str]:
        """Remove the backups that no rule keeps; returns which could not be removed, and why."""
        files = stores.superseded(self, self.backups(), rules, now)
        return stores.pruned(self, files)

    def places(self, file: BackupFile) -> list[BackupFile]:
        """The file itself, where something of it is there."""
        return [file] if {file.name, file.export, file.receipt} & {*self._names()} else []

    def remove(self, file: BackupFile) -> None:
        """Remove a backup, its receipt last: without it, nobody could tell what the rest is.

        Raises:
            OperatorError: BackupVolumeFailed.
        """
        try:
            for name in (file.name, file.export, file.receipt):
                (self.folder / name).unlink(missing_ok=True)
            sync_folder(self.folder)
        except OSError as error:
            raise OperatorError("BackupVolumeFailed", error.strerror or str(error)) from error


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
