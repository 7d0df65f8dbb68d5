"""Which backups a Job removes from a real volume, and which never."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mysql_operator.model import receipts
from tests.agent.test_full_disks import of_size, resize
from tests.scripts import pods, stories
from tests.scripts.sandbox import MYSQL_UID, Instance

SCHEDULED = {"BACKUP_TRIGGER": "Scheduled"}
NOW = datetime.now(UTC)


@pytest.fixture
def filled(shop: Instance) -> Instance:
    """A shop with something in it."""
    pods.restore(shop)
    stories.some_rows(shop)
    return shop


def an_older_one(like: Path, *, days: float, **changes: Any) -> Path:
    """A copy of a backup that says that it is so many days old."""
    time = NOW - timedelta(days=days)
    name, suffix = like.name.split("-")[0], like.name.partition(".")[2]
    file = like.with_name(f"{name}-{receipts.stamp_of(time).text}.{suffix}")
    shutil.copy(like, file)
    receipt = json.loads(stories.receipt_of(like).read_text())
    receipt |= {"file": file.name, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"), **changes}
    stories.receipt_of(file).write_text(json.dumps(receipt))
    for path in (file, stories.receipt_of(file)):
        shutil.chown(path, MYSQL_UID)
    return file


def there(shop: Instance) -> set[Path]:
    """The backups on the volume."""
    return {file for file in shop.backups.iterdir() if file.suffix != ".json"}


def test_what_no_rule_keeps_goes_with_its_receipt_after_a_newer_backup(filled: Instance) -> None:
    first = pods.back_up(filled, **SCHEDULED)
    ages = (1, 2, 3, 10, 45, 400)
    old = {days: an_older_one(first, days=days) for days in ages}

    newest = pods.back_up(filled, **SCHEDULED, BACKUP_KEEP="2", BACKUP_KEEP_FOR="60h",
                          BACKUP_KEEP_MONTHLY="3")  # fmt: skip

    months = {file: f"{NOW - timedelta(days=days):%Y-%m}" for days, file in old.items()}
    newest_of_months = {month: file for file, month in reversed(months.items())}
    newest_of_months |= {f"{NOW:%Y-%m}": newest}
    last = {newest_of_months[month] for month in sorted(newest_of_months)[-3:]}
    assert there(filled) == {newest, first, old[1], old[2]} | last
    assert old[3] not in there(filled) or old[3] in last
    assert {stories.receipt_of(file) for file in there(filled)} == set(
        filled.backups.glob("*.json")
    )


def test_what_cannot_be_judged_is_left_to_a_person(filled: Instance) -> None:
    first = pods.back_up(filled, **SCHEDULED)
    by_a_person = an_older_one(first, days=20)
    stories.receipt_of(by_a_person).unlink()
    garbled = an_older_one(first, days=21)
    stories.receipt_of(garbled).write_text("{")
    other_size = an_older_one(first, days=22, size=1)
    of_another_file = an_older_one(first, days=23, file="shop-20200101T000000Z.tar.zst")
    timeless = an_older_one(first, days=24, time="yesterday")
    foreign = an_older_one(first, days=25)
    foreign = foreign.rename(foreign.with_name(foreign.name.replace("shop-", "shop-2-")))
    judged = an_older_one(first, days=26)

    newest = pods.back_up(filled, **SCHEDULED, BACKUP_KEEP="1")

    kept = {by_a_person, garbled, other_size, of_another_file, timeless, foreign}
    assert there(filled) == {newest} | kept
    assert not judged.exists()


def test_the_backup_that_the_spec_names_for_a_restore_stays(filled: Instance) -> None:
    first = pods.back_up(filled, **SCHEDULED)
    named, other = (an_older_one(first, days=days) for days in (30, 31))

    newest = pods.back_up(filled, **SCHEDULED, BACKUP_KEEP="1", RESTORE_FROM=named.name)

    assert there(filled) == {newest, named}
    assert not other.exists()


def test_one_that_cannot_be_removed_is_reported_and_the_backup_stands(filled: Instance) -> None:
    first = pods.back_up(filled, **SCHEDULED)
    subprocess.run(["mount", "--bind", str(first), str(first)], check=True)  # nobody unlinks it
    try:
        outcome = pods.run(filled, "back-up", **SCHEDULED, BACKUP_KEEP="1")
    finally:
        subprocess.run(["umount", str(first)], check=True)
    again = pods.run(filled, "back-up", **SCHEDULED, BACKUP_KEEP="1")

    assert outcome.code == 0, outcome.output
    (problem,) = outcome.result["notRemoved"]
    assert problem.startswith(f"{first.name}: ")
    assert "notRemoved" not in again.result
    assert [file.name for file in there(filled)] == [again.result["file"]]


def test_a_final_backup_keeps_the_same_number_as_ever(filled: Instance) -> None:
    files = [pods.back_up(filled, **SCHEDULED) for _ in range(3)]

    final = pods.back_up(filled, BACKUP_KEEP="2")

    assert there(filled) == {files[-1], final}


def test_a_full_volume_has_room_again_once_less_is_to_be_kept(filled: Instance) -> None:
    with of_size(filled.backups, "200m"):
        first = pods.back_up(filled, **SCHEDULED)
        old = [an_older_one(first, days=days) for days in (1, 2)]
        used = shutil.disk_usage(filled.backups).used
        resize(filled.backups, str(used + first.stat().st_size // 2))

        full = pods.run(filled, "back-up", **SCHEDULED, BACKUP_KEEP="3")
        kept = there(filled)
        less = pods.run(filled, "back-up", **SCHEDULED, BACKUP_KEEP="1")
        left = there(filled)
        again = pods.run(filled, "back-up", **SCHEDULED, BACKUP_KEEP="1")
        files = there(filled)

    assert full.result["reason"] == less.result["reason"] == "DiskFull", full.output
    assert "let spec.backup keep less" in full.result["message"]
    assert kept == {first, *old}
    assert left == {first}
    assert again.code == 0, again.output
    assert [file.name for file in files] == [again.result["file"]]


@pytest.mark.parametrize(
    ("variable", "reason"),
    [("BACKUP_KEEP_FOR", "SettingsInvalid"), ("BACKUP_TIME_ZONE", "TimeZoneUnknown")],
)
def test_rules_that_cannot_be_read_end_the_job_before_it_begins(
    filled: Instance, variable: str, reason: str
) -> None:
    outcome = pods.run(filled, "back-up", **SCHEDULED, **{variable: "x"})

    assert outcome.code != 0
    assert reason in outcome.output
    assert there(filled) == set()
