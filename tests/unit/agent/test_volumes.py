"""How backups are named, and which of them are given to the rules of what is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mysql_operator.agent.store.volumes import BackupVolume
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.receipts import BackupFile
from mysql_operator.model.retention import Rules

NOW = datetime.now(UTC).replace(microsecond=0)
SUMMARY = {"sha256": "a" * 64, "schemas": 1, "tables": 1, "rows": 7, "serverVersion": "9.7.4"}


@pytest.fixture
def volume(tmp_path: Path) -> BackupVolume:
    return BackupVolume(tmp_path, "shop")


def a_backup(volume: BackupVolume, ago: timedelta, **said: Any) -> BackupFile:
    """A backup of that age with its receipt."""
    file = BackupFile("shop", receipts.stamp_of(NOW - ago), receipts.CLONE_SUFFIX)
    (volume.folder / file.name).write_bytes(b"four")
    time = (NOW - ago).strftime("%Y-%m-%dT%H:%M:%SZ")
    receipt = {"file": file.name, "size": 4, "time": time, **SUMMARY, **said}
    (volume.folder / file.receipt).write_text(json.dumps(receipt))
    return file


def names(volume: BackupVolume) -> set[str]:
    return {path.name for path in volume.folder.iterdir()}


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=365)])
def test_a_new_name_is_later_than_all_others_whatever_the_clock_says(
    volume: BackupVolume, ahead: timedelta
) -> None:
    newest = a_backup(volume, -ahead)
    a_backup(volume, timedelta(hours=1))

    first = volume.new_name(receipts.CLONE_SUFFIX)
    (volume.folder / first.name).touch()
    second = volume.new_name(receipts.DUMP_SUFFIX)

    assert newest.stamp < first.stamp < second.stamp
    assert [file.stamp for file in volume.backups()][:2] == [first.stamp, newest.stamp]


def test_a_backup_goes_with_what_lies_beside_it(volume: BackupVolume) -> None:
    new, old = (a_backup(volume, timedelta(days=days)) for days in (0, 1))
    (volume.folder / old.export).touch()
    (volume.folder / "notes.txt").touch()

    assert volume.prune(Rules(keep=1), NOW) == []

    assert names(volume) == {new.name, new.receipt, "notes.txt"}


def test_what_has_no_legible_receipt_takes_no_place_of_one_that_is_kept(
    volume: BackupVolume,
) -> None:
    damaged = a_backup(volume, timedelta(0), size=5)
    good, old = (a_backup(volume, timedelta(days=days)) for days in (1, 2))

    volume.prune(Rules(keep=1), NOW)

    assert {damaged.name, good.name} <= names(volume)
    assert old.name not in names(volume)


def test_one_that_cannot_be_removed_holds_no_other_up(volume: BackupVolume) -> None:
    kept, stuck, old = (a_backup(volume, timedelta(days=days)) for days in (0, 1, 2))
    (volume.folder / stuck.export).mkdir()

    (problem,) = volume.prune(Rules(keep=1), NOW)

    assert problem.startswith(f"{stuck.name}: ")
    assert old.name not in names(volume)
    assert kept.name in names(volume)


def test_a_folder_that_cannot_be_read_is_no_empty_one(volume: BackupVolume) -> None:
    volume.folder.rmdir()

    with pytest.raises(OperatorError, match="cannot be read"):
        volume.prune(Rules(keep=1), NOW)
