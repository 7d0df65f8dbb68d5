"""Where the backups of one instance are kept, as backups and restores see it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol

from mysql_operator.agent.store import streams
from mysql_operator.agent.store.stored_files import StoredFile
from mysql_operator.agent.store.streams import Packed
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts, retention
from mysql_operator.model.receipts import BackupFile, BackupSummary, Method, Receipt, Trigger
from mysql_operator.model.retention import Candidate

logger = logging.getLogger(__name__)

NEWEST = 20
"""Backups that a report lists at most."""


class Store(Protocol):
    """A store of backups. Whoever looks sees complete pairs of a file and its receipt, whenever a
    writer was killed.
    """

    @property
    def title(self) -> str:
        """What a person calls it, for instance `the volume backup-shop-pvc`."""

    def backups(self) -> list[BackupFile]:
        """The backups that are complete, the newest first.

        Raises:
            OperatorError: it cannot be read, which does not mean that it is empty.
        """

    def file(self, file: BackupFile) -> StoredFile:
        """Give a complete backup to read."""

    def receipt(self, file: BackupFile) -> Receipt:
        """Read the receipt of a backup.

        Raises:
            OperatorError: ReceiptUnreadable, or the receipt is missing.
        """

    def has_receipt(self, file: BackupFile) -> bool:
        """Whether a receipt lies beside a file; a person may have put one there without."""

    def new_name(self, suffix: str) -> BackupFile:
        """Name a backup that begins now: later than all others, even if the clock was set back."""

    def remove_leftovers(self) -> None:
        """Remove what runs that were killed have left. The lock says that nobody writes them."""

    def partial(self, file: BackupFile) -> AbstractContextManager[StoredFile]:
        """Give the file to write a backup to, which goes unless publish() has completed it."""

    def partial_export(self, file: BackupFile) -> StoredFile:
        """Give the file for the SQL that a Clone backup may have beside it."""

    def failures(self) -> AbstractContextManager[None]:
        """Explain errors of the store to a person."""

    def publish(self, file: BackupFile, receipt: Receipt) -> None:
        """Make the backup a complete one, at last: what lies beside it is there by then."""

    def prune(self, rules: retention.Rules, now: datetime) -> list[str]:
        """Remove the backups that no rule keeps; returns which could not be removed, and why."""

    def places(self, file: BackupFile) -> list[BackupFile]:
        """Wherever something of a backup lies, also what a removal that was killed has left."""

    def remove(self, file: BackupFile) -> None:
        """Remove a backup and what lies beside it. What a kill leaves is a leftover, no backup.

        Raises:
            OperatorError: it is there still, or a part of it.
        """


def summaries(store: Store, backups: Sequence[BackupFile]) -> list[BackupSummary]:
    """What the receipts of the newest backups say; without those that cannot be read."""
    found = []
    for file in backups[:NEWEST]:
        with suppress(OperatorError):
            found.append(store.receipt(file).summary())
    return found


def receipt_to_read(store: Store, file: BackupFile) -> Receipt | None:
    """Read the receipt of a backup that is about to be read, and see that it can be decrypted.

    A dump that a person has put there may have no receipt.

    Raises:
        OperatorError: ReceiptUnreadable, DecryptionKeyMissing, DecryptionKeyWrong,
            ChecksumMismatch.
    """
    is_needed = file.method is Method.CLONE or store.has_receipt(file)
    receipt = store.receipt(file) if is_needed else None
    if not receipts.is_encrypted(file.name):
        return receipt
    from mysql_operator.agent.store import encryption

    return encryption.opened(store.file(file), receipt)


def newest_intact(store: Store, *, beside: BackupFile) -> BackupFile | None:
    """Find the newest backup that is what its receipt says, beside one that is damaged."""
    others = (file for file in store.backups() if file != beside)
    return next((file for file in others if _is_intact(store, file)), None)


def _is_intact(store: Store, file: BackupFile) -> bool:
    try:
        receipt = store.receipt(file)
        found = streams.checksum(store.file(file))
    except (OperatorError, OSError):
        return False
    return found == Packed(receipt.size, receipt.sha256)


def new_name(store: Store, instance: str, suffix: str) -> BackupFile:
    """Name a backup that begins now: later than all others, even if the clock was set back."""
    stamps = [file.stamp.time() for file in store.backups()]
    time = max([datetime.now(UTC), *(stamp + timedelta(seconds=1) for stamp in stamps)])
    return BackupFile(instance, receipts.stamp_of(time), suffix)


def pruned(store: Store, files: Iterable[BackupFile]) -> list[str]:
    """Remove older backups; returns which could not be removed, and why."""
    problems = []
    for file in files:
        logger.info("Removing the old backup %s.", file.name)
        try:
            store.remove(file)
        except OperatorError as error:
            logger.warning("The old backup %s could not be removed: %s", file.name, error.message)
            problems.append(f"{file.name}: {error.message}")
    return problems


def superseded(
    store: Store, files: Iterable[BackupFile], rules: retention.Rules, now: datetime
) -> list[BackupFile]:
    """Choose the backups that no rule keeps, as many of them as one run removes.

    One that lacks a legible receipt, or has another size than that says, is left for a person.
    """
    found = [(file, it) for file in files if (it := candidate(store, file)) is not None]
    candidates = [candidate for _, candidate in found]
    moment = retention.judged_by(candidates, now)
    going = retention.superseded(candidates, rules, moment=moment)
    return [file for file, candidate in found if candidate in going]


def candidate(store: Store, file: BackupFile) -> Candidate | None:
    """Read what the rules look at; None of a backup that is not what its receipt says."""
    try:
        receipt = store.receipt(file)
        size = store.file(file).size()
        time = datetime.fromisoformat(receipt.time)
    except (OperatorError, OSError, ValueError):
        return None
    is_intact = (receipt.file, receipt.size) == (file.name, size)
    is_safety = receipt.trigger is Trigger.SAFETY
    return Candidate(file.name, time.astimezone(UTC), is_safety) if is_intact else None
