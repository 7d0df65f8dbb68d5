"""Whose fence it is: an attempt at a backup opens no server that another has closed."""

from __future__ import annotations

import contextlib
import signal

import pytest

from tests.agent.conftest import HeldUp
from tests.scripts import pods, stories
from tests.scripts.sandbox import Instance
from tests.support.waiting import eventually

IN_THE_COPY = "CLONE INSTANCE FROM"


@pytest.fixture
def filled(shop: Instance) -> Instance:
    """A shop with something in it."""
    pods.restore(shop)
    stories.some_rows(shop)
    return shop


def cut_off(shop: Instance) -> None:
    """The server gives up the session that holds the lock."""
    with contextlib.suppress(AssertionError):  # it may have gone on its own
        shop.sql("KILL " + shop.sql("SELECT IS_USED_LOCK('mysql_operator')"))
    eventually(lambda: shop.sql("SELECT IS_FREE_LOCK('mysql_operator')") == "1\n", every=0.05)


def is_fenced_by(shop: Instance, holder: str) -> bool:
    fence = "SELECT @@super_read_only, holder FROM mysql_operator.fence"
    return shop.sql(fence) == f"1\t{holder}\n"


def second_backup(shop: Instance) -> str:
    """Another attempt, in a pod of its own; the file."""
    outcome = pods.start(shop, "back-up", scratch="scratch-2", FENCE_HOLDER="second").wait()
    assert outcome.code == 0, outcome.output
    return str(outcome.result["file"])


def test_a_late_end_leaves_the_fence_of_a_later_backup(filled: Instance, held_up: HeldUp) -> None:
    late = held_up.start(filled, "back-up", before=IN_THE_COPY, FENCE_HOLDER="first")
    cut_off(filled)
    file = second_backup(filled)

    late.kill(signal.SIGTERM)

    assert late.wait().result["reason"] == "Interrupted"
    assert is_fenced_by(filled, "second")
    assert (filled.backups / file).exists()


def test_a_late_beginning_leaves_the_fence_of_a_later_backup(
    filled: Instance, held_up: HeldUp
) -> None:
    late = held_up.start(
        filled, "back-up", before="INTO mysql_operator.fence", FENCE_HOLDER="first"
    )
    cut_off(filled)
    second_backup(filled)

    held_up.let_go()

    outcome = late.wait()
    assert outcome.code == 1, outcome.output
    assert is_fenced_by(filled, "second")


def test_a_copy_across_the_beginning_of_another_fence_does_not_count(
    filled: Instance, held_up: HeldUp
) -> None:
    late = held_up.start(filled, "back-up", before=IN_THE_COPY, FENCE_HOLDER="first")
    filled.sql(
        "SET GLOBAL read_only=OFF; UPDATE mysql_operator.fence SET holder='second';"
        "SET GLOBAL super_read_only=ON"
    )

    held_up.let_go()

    assert late.wait().result["reason"] == "FenceLost"
    assert is_fenced_by(filled, "second")
    assert list(filled.backups.iterdir()) == []


def test_the_fence_of_a_killed_attempt_becomes_that_of_the_next_one(
    filled: Instance, held_up: HeldUp
) -> None:
    killed = held_up.start(filled, "back-up", before=IN_THE_COPY, FENCE_HOLDER="first")
    killed.kill(signal.SIGKILL)
    killed.wait()
    assert is_fenced_by(filled, "first")

    second_backup(filled)

    assert is_fenced_by(filled, "second")


def test_a_fence_outlives_the_server_and_the_next_restore_job_lifts_it(filled: Instance) -> None:
    filled.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 0")
    pods.back_up(filled)
    filled.stop_server(signal.SIGKILL)
    filled.start_server()

    with pytest.raises(AssertionError, match="super-read-only"):
        filled.sql("INSERT INTO `otus-database`.test VALUES (3, 'late')")

    assert pods.restore(filled).result["result"] == "fresh"
    assert stories.is_open(filled)


def test_a_restore_that_has_lost_its_lock_lets_nobody_in(shop: Instance, held_up: HeldUp) -> None:
    late = held_up.start(shop, "restore", before="'complete'")
    cut_off(shop)

    held_up.let_go()

    assert late.wait().result["reason"] == "Busy"
    assert shop.sql("SELECT COUNT(*) FROM mysql_operator.marker WHERE state = 'complete'") == "0\n"
    assert pods.restore(shop).result["result"] == "fresh"


def test_a_restore_that_waited_for_a_backup_leaves_its_fence(
    filled: Instance, held_up: HeldUp
) -> None:
    backup = held_up.start(filled, "back-up", before=IN_THE_COPY, FENCE_HOLDER="first")
    restore = pods.start(filled, "restore", scratch="scratch-2")
    eventually(lambda: "GET_LOCK" in filled.sql("SHOW FULL PROCESSLIST"), every=0.05)

    held_up.let_go()

    assert backup.wait().code == 0
    waited = restore.wait()
    assert waited.result["reason"] == "Busy", waited.output
    assert "a backup was taken meanwhile" in waited.result["message"]
    assert is_fenced_by(filled, "first")
    assert pods.restore(filled).result["result"] == "fresh"
    assert stories.is_open(filled)


def test_a_session_that_holds_a_table_is_waited_for_and_an_interruption_opens_the_server(
    filled: Instance,
) -> None:
    holder = filled.start(
        "sh",
        "-c",
        "echo 'LOCK TABLES `otus-database`.test WRITE; DO SLEEP(60);'"
        " | mysql --defaults-file=/etc/mysql-operator/client.cnf",
    )
    eventually(lambda: "DO SLEEP" in filled.sql("SHOW FULL PROCESSLIST"), every=0.05)
    pod = pods.start(filled, "back-up")
    eventually(lambda: "super_read_only = ON" in filled.sql("SHOW FULL PROCESSLIST"), every=0.05)

    pod.kill(signal.SIGTERM)

    outcome = pod.wait(15)
    holder.send(signal.SIGKILL)
    holder.wait()
    assert outcome.result["reason"] == "Interrupted"
    assert list(filled.backups.iterdir()) == []
    assert stories.is_open(filled)


@pytest.mark.parametrize("lock", ["mysql_operator.load1", "mysql_operator.fence"])
def test_a_session_of_an_agent_whose_node_was_lost_holds_up_no_restore(
    shop: Instance, lock: str
) -> None:
    """The server keeps it for hours: nobody has told it that the other end is gone."""
    left = f"SELECT IF(GET_LOCK('{lock}', 0), 'held', ''); DO SLEEP(3600);"
    client = "mysql --defaults-file=/etc/mysql-operator/client.cnf"
    shop.sql("SELECT 1")  # writes the client's file
    holder = shop.start("sh", "-c", f'echo "{left}" | {client}')
    eventually(lambda: shop.sql(f"SELECT IS_USED_LOCK('{lock}') > 0") == "1\n", every=0.05)

    assert pods.restore(shop).result["result"] == "fresh"

    assert holder.wait(30).code != 0
    assert stories.is_open(shop)


def test_an_attempt_that_was_cut_off_before_its_fence_takes_no_other_for_its_own(
    filled: Instance, held_up: HeldUp
) -> None:
    late = held_up.start(
        filled, "back-up", before="INTO mysql_operator.fence", FENCE_HOLDER="first"
    )
    cut_off(filled)
    filled.sql("INSERT INTO mysql_operator.fence VALUES (1, UTC_TIMESTAMP(), 'second')")

    held_up.let_go()

    assert late.wait().result["reason"] == "FenceLost"
    assert list(filled.backups.iterdir()) == []
