"""What goes wrong with a backup or a restore loses nothing, and is told in words."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.scripts import stories
from tests.scripts.conftest import AnotherProgram
from tests.scripts.sandbox import Container, Instance
from tests.support.waiting import eventually


@pytest.fixture
def backup(shop: Instance) -> Path:
    """A good backup of an instance that is new again."""
    shop.run("restore")
    stories.some_rows(shop)
    dump = stories.backed_up(shop)
    stories.begin_again(shop)
    return dump


def a_slow_load(shop: Instance, dump: Path) -> Container:
    """A restore that stands in the middle of its load."""
    whole = dump.read_bytes(), stories.receipt_of(dump).read_bytes()
    row = b"INSERT INTO `test`"
    stories.rewrite(dump, lambda text: text.replace(row, b"DO SLEEP(20);\n" + row))
    container = shop.script("restore")
    eventually(lambda: "DO SLEEP" in shop.sql("SHOW FULL PROCESSLIST"), every=0.05)
    dump.write_bytes(whole[0])
    stories.receipt_of(dump).write_bytes(whole[1])
    return container


def half_a_load(shop: Instance, dump: Path) -> None:
    """A restore that was killed in the middle of its load."""
    container = a_slow_load(shop, dump)
    container.send(signal.SIGKILL)
    container.wait()


def has_redo_log(shop: Instance) -> bool:
    return shop.sql("SHOW STATUS LIKE 'Innodb_redo_log_enabled'").split()[1] == "ON"


# --- damaged and missing backups ---


def test_a_damaged_backup_is_found_before_anything_is_loaded(shop: Instance, backup: Path) -> None:
    older = backup.with_name("shop-20200101T000000Z.sql.zst")
    older.write_bytes(backup.read_bytes())
    stories.receipt_of(older).write_bytes(stories.receipt_of(backup).read_bytes())
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    backup.write_bytes(content)

    outcome = shop.run("restore")

    assert outcome.code == 1
    assert outcome.result["reason"] == "ChecksumMismatch"
    assert backup.name in outcome.result["message"]
    assert f"the newest good one is {older.name}" in outcome.result["message"]
    assert shop.sql("SELECT COUNT(*) FROM mysql_operator.marker") == "0\n"
    assert shop.run("restore", RESTORE_FROM=older.name).result["file"] == older.name
    assert stories.rows(shop) == "one\ntwo 😀\n"


def test_a_dump_without_its_receipt_is_not_trusted(shop: Instance, backup: Path) -> None:
    stories.receipt_of(backup).unlink()

    outcome = shop.run("restore")

    assert outcome.result["reason"] == "ChecksumMismatch"
    assert "no other backup is intact" in outcome.result["message"]


def test_a_dump_that_lacks_rows_of_its_receipt_is_not_called_restored(
    shop: Instance, backup: Path
) -> None:
    stories.rewrite(backup, lambda text: text.replace(b"(1,'one'),", b""))

    outcome = shop.run("restore")

    assert outcome.result["reason"] == "DumpIncomplete"
    assert '"table":"test","rows":1' in outcome.result["message"]
    assert not shop.probe("ready")


@pytest.mark.parametrize(
    "env", [{"RESTORE_POLICY": "Require"}, {"RESTORE_FROM": "shop-20010101T000000Z.sql.gz"}]
)
def test_what_is_required_must_be_there(shop: Instance, env: dict[str, str]) -> None:
    outcome = shop.run("restore", **env)

    assert outcome.result["reason"] == "NoBackup"
    assert shop.sql("SELECT COUNT(*) FROM mysql_operator.marker") == "0\n"


def test_a_fresh_start_can_be_asked_for(shop: Instance, backup: Path) -> None:
    outcome = shop.run("restore", RESTORE_POLICY="Never")

    assert outcome.result["result"] == "fresh"
    assert backup.exists()


def test_data_that_is_there_is_never_restored_over(shop: Instance, backup: Path) -> None:
    shop.sql("CREATE TABLE `otus-database`.test (id INT, v TEXT)")

    outcome = shop.run("restore", RESTORE_POLICY="Require")

    assert outcome.result["result"] == "kept"
    assert stories.rows(shop) == ""


@pytest.mark.parametrize("policy", ["IfAvailable", "Never"])
def test_a_volume_that_has_lost_its_data_is_not_filled_behind_anybodys_back(
    shop: Instance, backup: Path, policy: str
) -> None:
    outcome = shop.run("restore", RESTORE_EXPECTS_DATA="true", RESTORE_POLICY=policy)

    assert outcome.result["reason"] == "DataLost"
    assert shop.sql("SELECT COUNT(*) FROM mysql_operator.marker") == "0\n"

    shop.sql("CREATE TABLE `otus-database`.test (id INT, v TEXT)")
    assert shop.run("restore", RESTORE_EXPECTS_DATA="true").result["result"] == "kept"


# --- a restore that is killed ---


def test_a_restore_that_was_killed_starts_from_the_beginning(shop: Instance, backup: Path) -> None:
    half_a_load(shop, backup)
    assert "the restore is not complete: loading" in shop.ask("ready").output
    shop.sql("CREATE DATABASE half; CREATE USER half; DELETE FROM `otus-database`.test")

    outcome = shop.run("restore")

    assert outcome.result["result"] == "restored", outcome.output
    assert stories.rows(shop) == "one\ntwo 😀\n"
    assert shop.user_schemas() == ["otus-database"]
    assert shop.sql("SELECT COUNT(*) FROM mysql.user WHERE user = 'half'") == "0\n"
    assert shop.sql("SELECT @@event_scheduler") == "ON\n"


def test_a_server_that_was_killed_during_the_first_load_is_made_anew(
    shop: Instance, backup: Path
) -> None:
    container = a_slow_load(shop, backup)
    shop.stop_server(signal.SIGKILL)

    failed = container.wait()
    shop.start_server()

    assert failed.result["reason"] == "ServerUnreachable"
    assert shop.run("restore").result["result"] == "restored"
    assert shop.probe("ready")
    assert stories.rows(shop) == "one\ntwo 😀\n"


def test_a_server_that_was_ready_keeps_its_redo_log(shop: Instance, backup: Path) -> None:
    shop.run("restore", RESTORE_POLICY="Never")
    assert shop.probe("ready")
    shop.stop_server()
    shop.start_server()
    shop.sql("DELETE FROM mysql_operator.marker")

    container = a_slow_load(shop, backup)

    assert has_redo_log(shop)
    container.send(signal.SIGTERM)
    assert container.wait().result["reason"] == "Interrupted"


@pytest.mark.parametrize("policy", ["Never", "IfAvailable"])
def test_a_fresh_start_after_half_a_load_runs_like_any_other(
    shop: Instance, backup: Path, policy: str
) -> None:
    half_a_load(shop, backup)
    if policy == "IfAvailable":
        backup.unlink()

    outcome = shop.run("restore", RESTORE_POLICY=policy)

    assert outcome.result["result"] == "fresh", outcome.output
    assert has_redo_log(shop)
    settings = "SELECT @@event_scheduler, @@innodb_flush_log_at_trx_commit, @@max_allowed_packet"
    assert shop.sql(settings) == "ON\t1\t67108864\n"
    assert shop.sql("SHOW DATABASES LIKE 'mysql\\_operator\\_%'") == ""


def test_a_server_that_stays_without_its_redo_log_is_not_opened(
    shop: Instance, backup: Path
) -> None:
    half_a_load(shop, backup)
    shop.sql("REVOKE INNODB_REDO_LOG_ENABLE ON *.* FROM mysql_operator@'%'")

    outcome = shop.run("restore")

    assert outcome.code == 1
    assert "INNODB_REDO_LOG_ENABLE" in outcome.result["message"], outcome.output
    assert not shop.probe("ready")
    shop.stop_server(signal.SIGKILL)
    shop.start_server()
    assert shop.run("restore").result["result"] == "restored"
    assert has_redo_log(shop)


# --- a backup that fails ---


def test_a_backup_leaves_the_server_closed_even_if_it_restarts(shop: Instance) -> None:
    shop.run("restore")
    stories.some_rows(shop)
    shop.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 0")
    stories.backed_up(shop)
    shop.stop_server(signal.SIGKILL)
    shop.start_server()

    with pytest.raises(AssertionError, match="super-read-only"):
        shop.sql("INSERT INTO `otus-database`.test VALUES (3, 'late')")

    assert shop.run("restore").result["result"] == "fresh"
    assert stories.is_open(shop)


def test_a_full_volume_fails_the_backup_and_opens_the_server(shop: Instance) -> None:
    shop.run("restore")
    shop.sql(
        "CREATE TABLE `otus-database`.big (b BLOB);"
        + "INSERT INTO `otus-database`.big VALUES (RANDOM_BYTES(1024));" * 100
    )
    shop.sql("USE `otus-database`; INSERT INTO big SELECT a.b FROM big a, big b LIMIT 9999")
    volume = ["mount", "-t", "tmpfs", "-o", "size=64k,uid=999", "tmpfs", str(shop.backups)]
    subprocess.run(volume, check=True)
    try:
        outcome = shop.run("backup")
        left = list(shop.backups.iterdir())
    finally:
        subprocess.run(["umount", str(shop.backups)], check=True)

    assert outcome.code == 1
    assert outcome.result["reason"] == "DiskFull", outcome.output
    assert "enlarge the claim" in outcome.result["message"]
    assert left == []
    assert stories.is_open(shop)


@pytest.mark.parametrize(
    ("error", "reason"),
    [("Input/output error", "DumpIncomplete"), ("Disk quota exceeded", "DiskFull")],
)
def test_a_dump_that_does_not_reach_the_disk_does_not_count(
    shop: Instance, another_program: AnotherProgram, error: str, reason: str
) -> None:
    shop.run("restore")
    sync = f"[[ $1 != -f ]] || {{ echo 'sync: error syncing: {error}' >&2; exit 1; }}"
    path = another_program("sync", f'#!/bin/bash\n{sync}\nexec /usr/bin/sync "$@"\n')

    outcome = shop.run("backup", PATH=path)

    assert outcome.result["reason"] == reason, outcome.output
    assert list(shop.backups.iterdir()) == []
    assert stories.is_open(shop)


def test_a_backup_that_is_told_to_stop_opens_the_server(shop: Instance) -> None:
    shop.run("restore")
    stories.some_rows(shop)
    holder = shop.start(
        "sh",
        "-c",
        "echo 'LOCK TABLES `otus-database`.test WRITE; DO SLEEP(20);'"
        " | mysql --defaults-file=/etc/mysql-operator/client.cnf",
    )
    eventually(lambda: "DO SLEEP" in shop.sql("SHOW FULL PROCESSLIST"), every=0.05)
    container = shop.script("backup")
    eventually(lambda: "super_read_only = ON" in shop.sql("SHOW FULL PROCESSLIST"), every=0.05)

    container.send(signal.SIGTERM)

    outcome = container.wait(15)
    holder.send(signal.SIGKILL)
    holder.wait()
    assert outcome.result["reason"] == "Interrupted"
    assert list(shop.backups.iterdir()) == []
    assert stories.is_open(shop)


def test_a_database_that_was_never_restored_is_not_backed_up(shop: Instance, backup: Path) -> None:
    before = {file.name for file in shop.backups.iterdir()}

    outcome = shop.run("backup")

    assert outcome.result["reason"] == "NotRestored"
    assert {file.name for file in shop.backups.iterdir()} == before
    assert stories.is_open(shop)


# --- the backup volume ---


def test_backups_are_never_overwritten_and_old_ones_are_pruned(shop: Instance) -> None:
    shop.run("restore")
    future = shop.backups / "shop-20991231T235959Z.sql.zst"
    for name in (future.name, "shop-20200101T000000Z.sql.gz", ".shop-x.sql.zst.partial"):
        (shop.backups / name).write_text("somebody's")
    (shop.backups / "shop-20990101T000000Z.json").write_text("{}")

    first = stories.backed_up(shop)
    stories.backed_up(shop)
    last = shop.run("backup", BACKUP_KEEP="2").result["file"]

    assert first.name == "shop-21000101T000000Z.sql.zst"
    kept = sorted(file.name for file in shop.backups.iterdir())
    assert kept == [
        "shop-21000101T000001Z.json",
        "shop-21000101T000001Z.sql.zst",
        "shop-21000101T000002Z.json",
        "shop-21000101T000002Z.sql.zst",
    ]
    assert last == kept[-1]


def test_a_dump_packed_with_gzip_is_restored_too(shop: Instance, backup: Path) -> None:
    plain = subprocess.run(["zstd", "-dcq", str(backup)], capture_output=True, check=True).stdout
    packed = subprocess.run(["gzip", "-c"], input=plain, capture_output=True, check=True).stdout
    dump = backup.with_suffix(".gz")
    receipt = stories.receipt_of(backup)
    backup.rename(dump)
    old = json.loads(receipt.read_text())
    dump.write_bytes(packed)
    stories.correct_receipt(dump, size=old["size"], sha256=old["sha256"])

    outcome = shop.run("restore")

    assert outcome.result["file"] == dump.name, outcome.output
    assert stories.rows(shop) == "one\ntwo 😀\n"
