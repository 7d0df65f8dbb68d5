"""Whatever ends an agent that dumps or loads: complete backups or none, and no row is lost."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.scripts import pods, stories
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import MYSQL_UID, Instance
from tests.support.waiting import eventually

SIGNALS = [signal.SIGTERM, signal.SIGKILL]
BY_DUMP = {"BACKUP_METHOD": "Dump"}

# Enough to be ended in the middle.
_FILL = """
USE `otus-database`;
CREATE TABLE many (id INT PRIMARY KEY, v VARCHAR(60), KEY (v));
SET SESSION cte_max_recursion_depth = 1000000;
INSERT INTO many WITH RECURSIVE n AS
  (SELECT 1 AS id UNION ALL SELECT id + 1 FROM n WHERE id < 200000)
  SELECT id, LEFT(SHA2(id, 256), 60) FROM n;
CREATE EVENT every_second ON SCHEDULE EVERY 1 SECOND DO DELETE FROM many WHERE id = 0;
CREATE TABLE mysql.of_the_dba (id INT PRIMARY KEY);
SET PERSIST max_connections = 77;
"""


@pytest.fixture(scope="module")
def filled(make_instance: MakeInstance) -> Instance:
    shop = make_instance()
    shop.serve()
    pods.run(shop, "restore")
    stories.some_rows(shop)
    shop.sql(_FILL)
    return shop


@pytest.fixture(scope="module")
def backup(filled: Instance) -> Path:
    return pods.back_up(filled, **BY_DUMP)


@pytest.fixture(scope="module")
def empty(make_instance: MakeInstance, backup: Path) -> Instance:
    """A database that is to be filled from the backup, beside whose server none other runs."""
    again = make_instance()
    again.mount_backups(backup.parent)
    again.serve()
    return again


def pairs(shop: Instance) -> list[str]:
    """The files on the backup volume; fails unless they are complete pairs."""
    names = sorted(file.name for file in shop.backups.iterdir() if not file.name.startswith("."))
    stamps = {name.split(".")[0] for name in names}
    assert names == sorted(f"{stamp}.{end}" for stamp in stamps for end in ("json", "sql.zst"))
    return names


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("step", ["Dumping", "Loading the dump"])
def test_a_backup_that_is_ended_leaves_no_incomplete_one(
    filled: Instance, step: str, number: signal.Signals
) -> None:
    before = pairs(filled)
    pod = pods.start(filled, "back-up", **BY_DUMP)
    pod.wait_for(step)

    pod.kill(number)
    outcome = pod.wait()

    assert pairs(filled) == before
    if number is signal.SIGTERM:
        assert outcome.result["reason"] == "Interrupted"
        assert not list(filled.backups.glob(".*"))
    else:  # the next Job does what this one could not
        assert pods.run(filled, "restore").code == 0
    assert stories.is_open(filled)


def test_the_next_backup_removes_what_a_killed_one_left(filled: Instance, backup: Path) -> None:
    assert pods.run(filled, "restore").code == 0
    pod = pods.start(filled, "back-up", **BY_DUMP)
    pod.wait_for("Dumping")
    pod.kill(signal.SIGKILL)
    pod.wait()

    again = pods.back_up(filled, **BY_DUMP)

    assert {file.name for file in filled.backups.iterdir()} == set(pairs(filled))
    assert again.name > backup.name


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_restore_that_is_ended_starts_over(empty: Instance, number: signal.Signals) -> None:
    pod = begin_loading(empty)

    pod.kill(number)
    pod.wait()
    assert not empty.probe("ready")

    outcome = pods.run(empty, "restore")

    assert outcome.result["result"] == "restored", outcome.output
    assert_restored(empty)


def test_a_server_that_is_killed_while_it_loads_is_filled_all_the_same(empty: Instance) -> None:
    pod = begin_loading(empty)

    empty.stop_server(signal.SIGKILL)
    outcome = pod.wait()
    empty.start_server()

    assert outcome.result["reason"] in ("ServerUnreachable", "ServerFailed"), outcome.output
    assert not empty.probe("ready")
    again = pods.run(empty, "restore")
    assert again.result["result"] == "restored", again.output
    assert_restored(empty)


def begin_loading(shop: Instance) -> pods.Pod:
    """Start a restore, as into a server that was never ready and has a load behind it."""
    never_ready = shop.data / ".never-ready"
    never_ready.touch()
    os.chown(never_ready, MYSQL_UID, MYSQL_UID)
    shop.sql(
        "REPLACE INTO mysql_operator.marker (id, state, result, settings, volume)"
        " SELECT 1, 'loading', '', '', volume FROM mysql_operator.server"
    )
    (shop.home / "run" / "restored").unlink(missing_ok=True)
    pod = pods.start(shop, "restore")
    pod.wait_for("Loading")
    eventually(lambda: has_some_rows(shop), within=60, every=0.05)
    return pod


def has_some_rows(shop: Instance) -> bool:
    there = "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'many'"
    some = "SELECT COUNT(*) FROM (SELECT 1 FROM `otus-database`.many LIMIT 1) AS rows_there"
    return shop.sql(there) == "1\n" and shop.sql(some) == "1\n"


def assert_restored(shop: Instance) -> None:
    right = "SELECT COUNT(*), SUM(v = LEFT(SHA2(id, 256), 60)), SUM(id) FROM `otus-database`.many"
    assert shop.sql(right) == "200000\t200000\t20000100000\n"
    assert stories.rows(shop) == "one\ntwo 😀\n"
    settings = "SELECT @@event_scheduler, @@innodb_flush_log_at_trx_commit, @@max_connections"
    assert shop.sql(settings) == "ON\t1\t77\n"
    redo_log = "SHOW GLOBAL STATUS LIKE 'Innodb_redo_log_enabled'"
    assert shop.sql(redo_log) == "Innodb_redo_log_enabled\tON\n"
    assert not (shop.data / "data" / "mysql_operator_load").exists()
    assert shop.probe("ready")
    assert stories.is_open(shop)
