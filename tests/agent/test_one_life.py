"""A database is deleted and written again, and all of it is there: by MySQL's clone plugin."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from tests.agent import everything
from tests.scripts import pods, stories
from tests.scripts.conftest import MakeInstance
from tests.scripts.leaks import Watch
from tests.scripts.sandbox import MY_CNF, Instance, Outcome
from tests.support.waiting import eventually

OTHER_PASSWORD = "another root's pass\\word"


@dataclass(frozen=True)
class Life:
    """One database, its backup, and the database that came back from it."""

    before: list[str]
    after: list[str]
    uuids: list[str]
    backup: Outcome
    restore: Outcome
    receipt: dict[str, Any]
    again: Instance
    leaks: list[str]


@pytest.fixture(scope="module")
def life(make_instance: MakeInstance) -> Life:
    shop = make_instance()
    shop.configure(MY_CNF + "log-bin\n")
    shop.serve()
    pods.run(shop, "restore")
    everything.fill(shop)
    before, uuid = everything.picture(shop), shop.sql("SELECT @@server_uuid")
    with Watch([shop.password, OTHER_PASSWORD]) as watch:
        backup = pods.run(shop, "back-up")
        watch.read(backup.output)
        assert backup.code == 0, backup.output
        again = make_instance(password=OTHER_PASSWORD)
        again.mount_backups(shop.backups)
        again.serve()
        restore = pods.run(again, "restore")
        watch.read(restore.output)
    assert restore.code == 0, restore.output
    (receipt,) = (json.loads(file.read_text()) for file in shop.backups.glob("*.json"))
    uuids = [uuid, again.sql("SELECT @@server_uuid")]
    after = everything.picture(again)
    return Life(before, after, uuids, backup, restore, receipt, again, watch.found)


def test_everything_is_the_same(life: Life) -> None:
    assert life.after == life.before


def test_a_prepared_transaction_is_still_prepared(life: Life) -> None:
    life.again.sql("XA COMMIT 'transfer'")

    assert life.again.sql("SELECT money FROM `otus-database`.accounts") == "50\n"


def test_the_new_server_is_another_one(life: Life) -> None:
    assert len(set(life.uuids)) == 2
    assert life.receipt["serverUuid"] == life.uuids[0].strip()


def test_persisted_settings_are_in_force_at_once(life: Life) -> None:
    assert life.again.sql("SELECT @@max_connections, @@innodb_log_buffer_size") == "77\t2097152\n"


def test_the_receipt_holds_where_point_in_time_recovery_starts(life: Life) -> None:
    position = life.receipt["position"]

    assert position["binlogFile"].endswith("-bin.000001") or position["binlogFile"].endswith(
        ".000002"
    )
    assert position["binlogPosition"] > 0


def test_the_receipt_counts_all_rows_whatever_the_server_limits(life: Life) -> None:
    contents = {(row["schema"], row["table"]): row["rows"] for row in life.receipt["contents"]}

    assert contents["otus-database", "people"] == 3
    assert contents["Sys", "mine"] == 1
    assert life.receipt["method"] == "Clone"
    assert life.backup.result["rows"] == sum(contents.values())


def test_the_new_database_is_ready_and_takes_writes(life: Life) -> None:
    assert life.again.probe("ready")
    life.again.sql("CREATE TABLE `otus-database`.proof (id INT); DROP TABLE `otus-database`.proof")
    assert life.again.sql("SELECT COUNT(*) FROM mysql_operator.fence") == "0\n"


def test_the_accounts_log_in_with_their_passwords_and_roles(life: Life) -> None:
    rows = life.again.sql(
        "SELECT CURRENT_ROLE(); SELECT `otus-database`.greet('you');"
        "SELECT COUNT(*) FROM `otus-database`.orders",
        user=stories.SECOND_ACCOUNT,
        password=stories.SECOND_PASSWORD,
    )

    assert rows.splitlines() == ["`clerk`@`%`", "héllo 😀; you", "2"]


def test_events_run_again(life: Life) -> None:
    count = "SELECT COUNT(*) FROM `second`.ticks"
    before = life.again.sql(count)

    eventually(lambda: life.again.sql(count) != before, within=30, every=0.2)


def test_the_restore_reports_which_backup_it_was(life: Life) -> None:
    assert life.restore.result["file"] == life.backup.result["file"]
    assert life.restore.result["backupTime"] == life.backup.result["time"]
    assert life.restore.result["rows"] == life.backup.result["rows"]


def test_a_second_run_repeats_the_outcome_and_touches_nothing(life: Life) -> None:
    life.again.sql("CREATE TABLE `otus-database`.later (id INT)")

    assert pods.run(life.again, "restore").result == life.restore.result
    life.again.sql("DROP TABLE `otus-database`.later")


def test_an_sql_file_for_people_comes_and_goes_with_its_backup(life: Life) -> None:
    file = pods.back_up(life.again, BACKUP_SQL_DUMP="true", BACKUP_TRIGGER="OnDemand")
    stamp = file.name.removesuffix(".tar.zst")
    receipt = json.loads(file.with_name(f"{stamp}.json").read_text())
    export = file.with_name(receipt["sqlFile"])

    text = subprocess.run(["zstd", "-dc", export], capture_output=True, check=True).stdout
    pods.back_up(life.again, BACKUP_TRIGGER="OnDemand", BACKUP_KEEP="1")

    assert b"\nCREATE TABLE `people` (" in text
    assert text.endswith(b"-- Dump completed\n")
    assert not export.exists()


def test_no_password_was_to_be_seen(life: Life) -> None:
    assert life.leaks == []
