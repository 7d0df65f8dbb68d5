"""Which backups `remove` removes from a claim, and what it says of the others."""

from __future__ import annotations

import errno
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mysql_operator.agent import removing, settings
from mysql_operator.agent.store.volumes import BackupVolume
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.receipts import BackupFile, RemovalReceipt

NOW = datetime.now(UTC).replace(microsecond=0)
SUMMARY = {"sha256": "a" * 64, "schemas": 1, "tables": 1, "rows": 7, "serverVersion": "9.7.4"}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def claim(tmp_path: Path) -> Path:
    return tmp_path


def a_backup(claim: Path, ago: timedelta, **said: Any) -> BackupFile:
    """A backup of that age, with its receipt and its SQL file."""
    file = BackupFile("shop", receipts.stamp_of(NOW - ago), receipts.CLONE_SUFFIX)
    (claim / file.name).write_bytes(b"four")
    (claim / file.export).touch()
    time = (NOW - ago).strftime("%Y-%m-%dT%H:%M:%SZ")
    receipt = {"file": file.name, "size": 4, "time": time, **SUMMARY, **said}
    (claim / file.receipt).write_text(json.dumps(receipt))
    return file


def removed(claim: Path, name: str, **given: str) -> RemovalReceipt:
    """Run the agent's command in the environment of its Job."""
    environment = {
        "INSTANCE": "shop", "NAMESPACE": "team", "MYSQL_DATABASE": "app",
        "REMOVE_FILE": name, "BACKUP_DIR": str(claim), **given,
    }  # fmt: skip
    return removing.remove(settings.read(environment))


def refused(claim: Path, name: str, **given: str) -> str:
    """The reason for which it stays."""
    before = sorted(path.name for path in claim.iterdir())
    with pytest.raises(OperatorError) as refusal:
        removed(claim, name, **given)
    assert sorted(path.name for path in claim.iterdir()) == before
    assert name in refusal.value.message
    return refusal.value.reason


def test_a_backup_goes_with_all_that_lies_beside_it(claim: Path) -> None:
    newest, old, oldest = (a_backup(claim, days * DAY) for days in (0, 1, 2))

    receipt = removed(claim, old.name)

    assert (receipt.result, receipt.file) == ("removed", old.name)
    assert receipt.store == "the volume backup-shop-pvc"
    left = {path.name for path in claim.iterdir()}
    assert left == {part for it in (newest, oldest) for part in (it.name, it.receipt, it.export)}


def test_the_newest_one_stays_however_many_there_are(claim: Path) -> None:
    newest, _ = (a_backup(claim, days * DAY) for days in (0, 1))

    assert refused(claim, newest.name) == "NewestBackup"


def test_the_only_one_stays_whatever_it_is_worth(claim: Path) -> None:
    damaged = a_backup(claim, DAY, size=5)

    assert refused(claim, damaged.name) == "NewestBackup"


@pytest.mark.parametrize("damage", ["another size", "no receipt", "a receipt of nonsense"])
def test_what_is_not_intact_does_not_count_as_newer(claim: Path, damage: str) -> None:
    newest, good = (a_backup(claim, days * DAY) for days in (0, 1))
    receipt = claim / newest.receipt
    if damage == "another size":
        (claim / newest.name).write_bytes(b"longer than four")
    elif damage == "no receipt":
        receipt.unlink()
    else:
        receipt.write_text("{")

    assert refused(claim, good.name) == "NewestBackup"


def test_what_a_restore_has_replaced_stays_for_a_day(claim: Path) -> None:
    a_backup(claim, timedelta(0))
    young, old = (a_backup(claim, age, trigger="Safety") for age in (23 * HOUR, 25 * HOUR))

    assert refused(claim, young.name) == "SafetyBackup"
    assert removed(claim, old.name).result == "removed"


def test_one_whose_receipt_nobody_can_read_may_be_such_a_one(claim: Path) -> None:
    a_backup(claim, timedelta(0))
    young, old = (a_backup(claim, age) for age in (23 * HOUR, 25 * HOUR))
    for file in (young, old):
        (claim / file.receipt).write_text("{")

    assert refused(claim, young.name) == "SafetyBackup"
    assert removed(claim, old.name).result == "removed"


def test_the_one_that_the_database_would_be_created_from_stays(claim: Path) -> None:
    a_backup(claim, timedelta(0))
    named = a_backup(claim, DAY)

    assert refused(claim, named.name, RESTORE_FROM=named.name) == "BackupInUse"


def test_one_that_is_gone_already_is_no_failure(claim: Path) -> None:
    kept = a_backup(claim, timedelta(0))

    receipt = removed(claim, "shop-20200101T000000Z.tar.zst")

    assert receipt.result == "absent"
    assert (claim / kept.name).exists()


def test_what_a_removal_that_was_killed_has_left_goes_too(claim: Path) -> None:
    a_backup(claim, timedelta(0))
    half = a_backup(claim, DAY)
    (claim / half.name).unlink()

    assert removed(claim, half.name).result == "removed"
    assert not (claim / half.receipt).exists()
    assert not (claim / half.export).exists()


@pytest.mark.parametrize(
    "name", ["other-20200101T000000Z.tar.zst", "notes.txt", "../shop-20200101T000000Z.tar.zst", ""]
)
def test_nothing_but_backups_of_the_database_is_removed(claim: Path, name: str) -> None:
    a_backup(claim, timedelta(0))
    for other in ("other-20200101T000000Z.tar.zst", "notes.txt"):
        (claim / other).touch()

    assert removed(claim, name).result == "absent"
    assert len([*claim.iterdir()]) == 5


def test_a_claim_that_cannot_be_read_is_no_empty_one(claim: Path) -> None:
    with pytest.raises(OperatorError, match="cannot be read"):
        removed(claim / "missing", "shop-20200101T000000Z.tar.zst")


def test_one_that_cannot_be_removed_says_why(claim: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_backup(claim, timedelta(0))
    old = a_backup(claim, DAY)

    def unlink(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(OperatorError) as failure:
        removed(claim, old.name)

    assert failure.value.reason == "BackupVolumeFailed"
    assert old.name in failure.value.message
    assert "Read-only file system" in failure.value.message
    assert BackupVolume(claim, "shop").receipt(old).file == old.name
