"""What goes wrong with a backup or a restore loses nothing, and is reported in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.agent.conftest import STILL_CLOSED, HeldUp
from tests.scripts import pods, stories
from tests.scripts.sandbox import OPERATOR_PASSWORD, Instance, Outcome

RunFaulty = Callable[..., Outcome]


@pytest.fixture(scope="module")
def taken(shop_of_module: Instance) -> dict[str, bytes]:
    """The files of one intact backup."""
    shop_of_module.make_new()
    pods.restore(shop_of_module)
    stories.some_rows(shop_of_module)
    pods.back_up(shop_of_module)
    return {file.name: file.read_bytes() for file in shop_of_module.backups.iterdir()}


@pytest.fixture
def backup(taken: dict[str, bytes], shop: Instance) -> Path:
    """A backup beside an instance that has just been initialised."""
    for name, content in taken.items():
        (shop.backups / name).write_bytes(content)
    (archive,) = shop.backups.glob("*.tar.zst")
    return archive


def copied(backup: Path, stamp: str) -> Path:
    """The same backup under another time."""
    other = backup.with_name(f"shop-{stamp}.tar.zst")
    other.write_bytes(backup.read_bytes())
    receipt = stories.receipt_of(backup).read_text().replace(backup.name, other.name)
    stories.receipt_of(other).write_text(receipt)
    return other


def edit_receipt(backup: Path, **fields: Any) -> None:
    receipt = stories.receipt_of(backup)
    receipt.write_text(json.dumps(json.loads(receipt.read_text()) | fields))


def names(shop: Instance) -> set[str]:
    return {file.name for file in shop.backups.iterdir()}


def markers(shop: Instance) -> str:
    return shop.sql("SELECT COUNT(*) FROM mysql_operator.marker")


# --- damaged and missing backups ---


def test_a_damaged_backup_is_refused_and_an_older_one_offered(shop: Instance, backup: Path) -> None:
    older = copied(backup, "20200101T000000Z")
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    backup.write_bytes(content)

    outcome = pods.run(shop, "restore")

    assert outcome.code == 1
    assert outcome.result["reason"] == "ChecksumMismatch"
    assert backup.name in outcome.result["message"]
    assert f"set restore.from to {older.name}" in outcome.result["message"]
    assert shop.user_schemas() == ["otus-database"]
    assert not shop.probe("ready")
    assert pods.restore(shop, RESTORE_FROM=older.name).result["file"] == older.name
    assert stories.rows(shop) == "one\ntwo 😀\n"


def test_a_truncated_backup_is_refused(shop: Instance, backup: Path) -> None:
    backup.write_bytes(backup.read_bytes()[:-100])

    outcome = pods.run(shop, "restore")

    assert outcome.result["reason"] == "ChecksumMismatch", outcome.output
    assert "no other backup is intact" in outcome.result["message"]
    assert not shop.probe("ready")


@pytest.mark.parametrize("receipt", [None, "", "{", "[]", '{"file": 1}'])
def test_a_backup_without_a_readable_receipt_is_not_trusted(
    shop: Instance, backup: Path, receipt: str | None
) -> None:
    stories.receipt_of(backup).unlink()
    if receipt is not None:
        stories.receipt_of(backup).write_text(receipt)

    outcome = pods.run(shop, "restore")

    assert outcome.result["reason"] == "ReceiptUnreadable", outcome.output
    assert "no other backup is intact" in outcome.result["message"]
    assert markers(shop) == "0\n"


def test_a_copy_that_lacks_a_table_of_its_receipt_is_not_called_restored(
    shop: Instance, backup: Path
) -> None:
    missing = {"schema": "otus-database", "table": "lost", "rows": 1}
    edit_receipt(backup, contents=[missing])

    outcome = pods.run(shop, "restore")

    assert outcome.result["reason"] == "RestoreIncomplete", outcome.output
    assert "otus-database.lost" in outcome.result["message"]
    assert not shop.probe("ready")


@pytest.mark.parametrize(
    ("requires", "setting"),
    [
        ({"lowerCaseTableNames": 1}, "lower_case_table_names=1"),
        ({"pageSize": 4096}, "innodb_page_size=4096"),
    ],
)
def test_files_that_no_server_of_this_configuration_can_use_are_refused_before_anything_is_touched(
    shop: Instance, backup: Path, requires: dict[str, int], setting: str
) -> None:
    edit_receipt(backup, requires=requires)

    outcome = pods.run(shop, "restore")

    assert outcome.result["reason"] == "IncompatibleServer", outcome.output
    assert setting in outcome.result["message"]
    assert markers(shop) == "0\n"


@pytest.mark.parametrize(
    "env", [{"RESTORE_POLICY": "Require"}, {"RESTORE_FROM": "shop-20010101T000000Z.tar.zst"}]
)
def test_what_is_required_must_be_there(shop: Instance, env: dict[str, str]) -> None:
    outcome = pods.run(shop, "restore", **env)

    assert outcome.result["reason"] == "NoBackup"
    assert markers(shop) == "0\n"


def test_a_fresh_start_can_be_asked_for(shop: Instance, backup: Path) -> None:
    outcome = pods.restore(shop, RESTORE_POLICY="Never")

    assert outcome.result["result"] == "fresh"
    assert backup.exists()


def test_data_that_is_there_is_never_restored_over(shop: Instance, backup: Path) -> None:
    shop.sql("CREATE TABLE `otus-database`.test (id INT, v TEXT)")

    outcome = pods.restore(shop, RESTORE_POLICY="Require")

    assert outcome.result["result"] == "kept"
    assert stories.rows(shop) == ""


@pytest.mark.parametrize("policy", ["IfAvailable", "Never"])
def test_a_volume_that_has_lost_its_data_is_not_filled_behind_anybodys_back(
    shop: Instance, backup: Path, policy: str
) -> None:
    outcome = pods.run(shop, "restore", RESTORE_EXPECTS_DATA="true", RESTORE_POLICY=policy)

    assert outcome.result["reason"] == "DataLost"
    assert markers(shop) == "0\n"

    shop.sql("CREATE TABLE `otus-database`.test (id INT, v TEXT)")
    kept = pods.restore(shop, RESTORE_EXPECTS_DATA="true")
    assert kept.result["result"] == "kept"


# --- after a restore that did not end ---


@pytest.mark.parametrize("policy", ["Never", "IfAvailable"])
def test_a_fresh_start_after_half_a_restore_leaves_nothing_of_it(
    shop: Instance, policy: str
) -> None:
    shop.sql(
        "CREATE DATABASE half; CREATE USER half; CREATE TABLE `otus-database`.test (id INT);"
        "INSERT INTO mysql_operator.marker (id, state, result, settings, volume)"
        " SELECT 1, 'loading', '', '', volume FROM mysql_operator.server"
    )

    outcome = pods.restore(shop, RESTORE_POLICY=policy)

    assert outcome.result["result"] == "fresh"
    assert shop.user_schemas() == ["otus-database"]
    assert shop.sql("SHOW TABLES FROM `otus-database`") == ""
    assert shop.sql("SELECT COUNT(*) FROM mysql.user WHERE user = 'half'") == "0\n"
    assert shop.probe("ready")


def test_a_server_that_fell_silent_over_a_lost_schema_keeps_its_data(shop: Instance) -> None:
    pods.restore(shop)
    stories.some_rows(shop)
    shop.sql("DROP DATABASE mysql_operator")

    refused = pods.run(shop, "restore")
    shop.stop_server()
    shop.start_server()

    assert refused.result["reason"] == "MarkerMissing", refused.output
    assert pods.restore(shop).result["result"] == "kept"
    assert stories.rows(shop) == "one\ntwo 😀\n"


# --- a backup that fails ---


@pytest.mark.parametrize(
    ("call", "reason"), [("fsync EIO", "BackupVolumeFailed"), ("fsync EDQUOT", "DiskFull")]
)
def test_a_backup_that_does_not_reach_the_disk_does_not_count(
    shop: Instance, run_faulty: RunFaulty, call: str, reason: str
) -> None:
    pods.restore(shop)

    outcome = run_faulty("back-up", BROKEN_CALL=call)

    assert outcome.result["reason"] == reason, outcome.output
    assert list(shop.backups.iterdir()) == []
    assert stories.is_open(shop)


def test_a_backup_has_no_name_before_everything_is_known_of_it(
    shop: Instance, held_up: HeldUp
) -> None:
    pods.restore(shop)
    pod = held_up.start(shop, "back-up", before=STILL_CLOSED)
    before = names(shop)

    held_up.let_go()

    assert all(name.startswith(".") for name in before)
    assert pod.wait().code == 0
    assert not [name for name in names(shop) if name.startswith(".")]


def test_a_database_that_was_never_restored_is_not_backed_up(shop: Instance, backup: Path) -> None:
    before = names(shop)

    outcome = pods.run(shop, "back-up")

    assert outcome.result["reason"] == "NotRestored"
    assert names(shop) == before
    assert stories.is_open(shop)


# --- the backup volume ---


def test_backups_are_never_overwritten_and_old_ones_are_pruned(shop: Instance) -> None:
    pods.restore(shop)
    future = "shop-20991231T235959Z.sql.zst"
    for name in (future, "shop-20200101T000000Z.sql.gz", ".shop-x.tar.zst.partial"):
        (shop.backups / name).write_text("somebody's")
    (shop.backups / "shop-20990101T000000Z.json").write_text("{}")
    (shop.backups / "another-20200101T000000Z.sql.gz").write_text("another database's")

    first = pods.back_up(shop)
    last = pods.back_up(shop, BACKUP_KEEP="2")

    assert first.name == "shop-21000101T000000Z.tar.zst"
    assert names(shop) == {  # what has no receipt is a person's to remove
        future,
        "shop-20200101T000000Z.sql.gz",
        "another-20200101T000000Z.sql.gz",
        "shop-21000101T000000Z.json",
        "shop-21000101T000000Z.tar.zst",
        "shop-21000101T000001Z.json",
        last.name,
    }


# --- questions without an answer ---


@pytest.mark.parametrize("question", ["information_schema.tables", "IS_USED_LOCK"])
def test_a_server_that_does_not_say_what_it_holds_is_not_filled(
    shop: Instance, backup: Path, run_faulty: RunFaulty, question: str
) -> None:
    stories.some_rows(shop)
    shop.sql("DELETE FROM `otus-database`.test WHERE id = 1")

    outcome = run_faulty("restore", REFUSED=question)

    assert outcome.code == 1, outcome.output
    assert "Too many connections" in outcome.result["message"]
    assert stories.rows(shop) == "two 😀\n"
    assert markers(shop) == "0\n"


def test_a_backup_volume_that_cannot_be_read_is_not_called_empty(
    shop: Instance, run_faulty: RunFaulty
) -> None:
    outcome = run_faulty("restore", BROKEN_CALL="listdir ESTALE")

    assert outcome.result["reason"] == "BackupVolumeMissing", outcome.output
    assert "Stale file handle" in outcome.result["message"]
    assert markers(shop) == "0\n"


def test_a_server_that_does_not_say_whether_it_is_fenced_is_not_called_open(
    shop: Instance, run_faulty: RunFaulty
) -> None:
    pods.restore(shop)

    outcome = run_faulty("restore", REFUSED="@@GLOBAL.super_read_only")

    assert outcome.code == 1, outcome.output
    assert "Too many connections" in outcome.result["message"]


def test_a_wrong_password_of_the_jobs_is_reported_in_words(shop: Instance) -> None:
    shop.secret("operator-password", "wrong")

    outcome = pods.run(shop, "restore", WAIT_SECONDS="1")

    shop.secret("operator-password", OPERATOR_PASSWORD)
    assert outcome.code == 1
    assert outcome.result["reason"] == "AccessDenied"


def test_an_empty_secret_is_reported_in_words(shop: Instance) -> None:
    outcome = pods.run(shop, "restore", CREDENTIALS_DIR=str(shop.home / "nothing"))

    assert outcome.result["reason"] == "MissingCredentials"
    assert "has no key root-password" in outcome.result["message"]
