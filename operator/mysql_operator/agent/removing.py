"""Remove one backup that a person names: `mysql-operator agent remove`.

The Job of a MySQLBackup that is deleted with `reclaimPolicy: Delete` runs it. It asks the store
itself, not the status of an object, whether the backup may go. The server has no part in it.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import UTC, datetime

from mysql_operator.agent.settings import Settings
from mysql_operator.agent.store import opening, stores
from mysql_operator.agent.store.stores import Store
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts, retention
from mysql_operator.model.receipts import BackupFile, Receipt, RemovalReceipt, Trigger

logger = logging.getLogger(__name__)


def remove(settings: Settings) -> RemovalReceipt:
    """Remove the backup, or find that this has been done.

    Raises:
        OperatorError: it stays, or a part of it: NewestBackup, SafetyBackup, BackupInUse,
            BackupAmbiguous, or what the store says.
    """
    store, name = opening.store_of(settings), settings.remove_file
    file = receipts.backup_file(name)
    if file is None or file.instance != settings.instance:
        return RemovalReceipt(result="absent", file=name, store=store.title)
    _require_removable(store, file, settings)
    places = store.places(file)
    for place in places:
        _remove(store, place)
    result = "removed" if places else "absent"
    return RemovalReceipt(result=result, file=file.name, store=store.title)


def _remove(store: Store, file: BackupFile) -> None:
    logger.info("Removing the backup %s.", file.name)
    try:
        store.remove(file)
    except OperatorError as error:
        raise OperatorError(
            error.reason, f"{file.name} could not be removed from {store.title}: {error.message}"
        ) from error


def _require_removable(store: Store, wanted: BackupFile, settings: Settings) -> None:
    """Refuse what would take something away that may be needed.

    Raises:
        OperatorError: NewestBackup, SafetyBackup, BackupInUse, BackupAmbiguous.
    """
    backups = store.backups()
    found = [file for file in backups if file.name == wanted.name]
    found = found or [place for place in store.places(wanted) if _has_receipt(store, place)]
    if not found:
        return  # what is left of it, if anything, is no backup
    if len(found) > 1:
        raise OperatorError(
            "BackupAmbiguous",
            f"{store.title} has {len(found)} backups of the name {wanted.name}, of several objects "
            f"({', '.join(file.folder for file in found)}); remove the one you mean by hand",
        )
    if wanted.name == settings.retention.spared:
        raise OperatorError("BackupInUse", f"spec.restore.from names {wanted.name}")
    _require_old_enough(store, found[0])
    _require_newer_one(store, found[0], backups)


def _has_receipt(store: Store, file: BackupFile) -> bool:
    """Whether there is a receipt that the list of the store does not show yet."""
    try:
        store.receipt(file)
    except OperatorError as error:
        if error.reason != receipts.RECEIPT_UNREADABLE:
            raise
        return False
    return True


def _require_old_enough(store: Store, file: BackupFile) -> None:
    until = _is_safety_until(store, file)
    if until is not None and until > datetime.now(UTC):
        raise OperatorError(
            "SafetyBackup",
            f"{file.name} holds the data that a restore has replaced, and is kept until "
            f"{until:%Y-%m-%dT%H:%M:%SZ}",
        )


def _is_safety_until(store: Store, file: BackupFile) -> datetime | None:
    """Until when it is kept for a restore; of one whose receipt nobody can read, that may be."""
    try:
        receipt = store.receipt(file) if store.has_receipt(file) else None
    except OperatorError as error:
        if error.reason != receipts.RECEIPT_UNREADABLE:
            raise
        return file.stamp.time() + retention.SAFETY_FOR
    if receipt is None or receipt.trigger is not Trigger.SAFETY:
        return None
    return max(file.stamp.time(), _time_of(receipt)) + retention.SAFETY_FOR


def _time_of(receipt: Receipt) -> datetime:
    with suppress(ValueError):
        return datetime.fromisoformat(receipt.time).astimezone(UTC)
    return datetime.min.replace(tzinfo=UTC)


def _require_newer_one(store: Store, file: BackupFile, backups: list[BackupFile]) -> None:
    """Refuse the newest backup: a database that is created again comes back from it.

    Only one that is what its receipt says counts as newer. What cannot be read does not.
    """
    newer = (other for other in backups if other.stamp > file.stamp)
    if not any(stores.candidate(store, other) for other in newer):
        raise OperatorError(
            "NewestBackup", f"no newer intact backup than {file.name} lies on {store.title}"
        )
