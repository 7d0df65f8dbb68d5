"""Whatever ends an agent, and whenever: complete backups or none, and no data is lost."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.scripts import pods, stories
from tests.scripts.conftest import MakeInstance
from tests.scripts.pods import Pod
from tests.scripts.sandbox import MYSQL_UID, Instance
from tests.support.waiting import GRACE_SECONDS, eventually

STEPS_OF_A_BACKUP = ["Cloning", "Recovering", "Packing"]
STEPS_OF_A_RESTORE = [
    "Unpacking",
    "Starting a scratch server",
    "Cloning",
    "Waiting for the restart",
]
SIGNALS = [signal.SIGTERM, signal.SIGKILL]


@pytest.fixture(scope="module")
def filled(make_instance: MakeInstance) -> Instance:
    """A database with a few rows."""
    shop = make_instance()
    shop.serve()
    pods.run(shop, "restore")
    stories.some_rows(shop)
    shop.sql(stories.NOISE)
    return shop


@pytest.fixture(scope="module")
def backup(filled: Instance) -> Path:
    return pods.back_up(filled)


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
    assert names == sorted(f"{stamp}.{end}" for stamp in stamps for end in ("json", "tar.zst"))
    return names


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("step", STEPS_OF_A_BACKUP)
def test_a_backup_that_is_ended_leaves_no_incomplete_one(
    filled: Instance, step: str, number: signal.Signals
) -> None:
    before = pairs(filled)
    pod = pods.start(filled, "back-up")
    pod.wait_for(step)

    pod.kill(number)
    outcome = pod.wait(GRACE_SECONDS)

    assert pairs(filled) == before
    if number is signal.SIGTERM:
        assert outcome.result["reason"] == "Interrupted"
        assert not list(filled.backups.glob(".*"))
    else:  # the next Job does what this one could not
        assert pods.run(filled, "restore").code == 0
    assert stories.is_open(filled)


def test_the_next_backup_removes_what_a_killed_one_left(filled: Instance, backup: Path) -> None:
    left = backup.with_name(f".{backup.name}.partial")
    left.write_bytes(b"half")
    receipt = backup.with_name("shop-20010101T000000Z.json")
    receipt.write_text("{}")

    again = pods.back_up(filled)

    assert {file.name for file in filled.backups.iterdir()} == set(pairs(filled))
    assert not left.exists()
    assert not receipt.exists()
    assert again.name > backup.name
    assert pods.run(filled, "restore").code == 0


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("step", STEPS_OF_A_RESTORE)
def test_a_restore_that_is_ended_starts_over(
    empty: Instance, step: str, number: signal.Signals
) -> None:
    unconfirmed(empty)
    pod = pods.start(empty, "restore")
    pod.wait_for(step)

    pod.kill(number)
    pod.wait(GRACE_SECONDS)

    wait_for_server(empty)
    assert not empty.probe("ready")
    outcome = pods.run(empty, "restore")
    assert outcome.result["result"] == "restored", outcome.output
    assert stories.rows(empty) == "one\ntwo 😀\n"
    assert stories.is_open(empty)


def half_a_copy(shop: Instance) -> Pod:
    """A restore in the middle of its copy, when the server's own data is gone."""
    unconfirmed(shop)
    shop.sql("SET GLOBAL clone_max_data_bandwidth = 8, GLOBAL clone_autotune_concurrency = OFF")
    pod = pods.start(shop, "restore")
    pod.wait_for("Cloning")
    eventually((shop.data / "data" / "otus@002ddatabase" / "noise.ibd").exists, every=0.01)
    return pod


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_restore_that_is_ended_in_the_middle_of_the_copy_starts_over(
    empty: Instance, number: signal.Signals
) -> None:
    pod = half_a_copy(empty)

    pod.kill(number)
    pod.wait(GRACE_SECONDS)

    wait_for_server(empty)
    assert not empty.probe("ready")
    assert pods.restore(empty).result["result"] == "restored"
    assert stories.rows(empty) == "one\ntwo 😀\n"
    assert empty.probe("ready")


def test_a_server_that_is_killed_in_the_middle_of_the_copy_is_filled_all_the_same(
    empty: Instance,
) -> None:
    pod = half_a_copy(empty)

    empty.stop_server(signal.SIGKILL)
    pod.kill(signal.SIGKILL)
    pod.wait()
    empty.start_server()

    assert pods.restore(empty).result["result"] == "restored"
    assert stories.rows(empty) == "one\ntwo 😀\n"


def test_a_fresh_start_after_half_a_copy_takes_new_schemas(empty: Instance) -> None:
    pod = half_a_copy(empty)
    pod.kill(signal.SIGKILL)
    pod.wait()
    wait_for_server(empty)

    outcome = pods.restore(empty, RESTORE_POLICY="Never")

    assert outcome.result["result"] == "fresh"
    assert empty.user_schemas() == ["otus-database"]
    empty.sql("CREATE DATABASE nothing_in_it")
    empty.stop_server()
    empty.start_server()
    assert empty.probe("ready")
    empty.sql("CREATE TABLE nothing_in_it.t (id INT); DROP DATABASE nothing_in_it")


def unconfirmed(shop: Instance) -> None:
    """As after a first restore of which nobody knows whether it came to its end."""
    never_ready = shop.data / ".never-ready"
    never_ready.touch()
    os.chown(never_ready, MYSQL_UID, MYSQL_UID)
    shop.sql(
        "REPLACE INTO mysql_operator.marker (id, state, result, settings, volume)"
        " SELECT 1, 'loading', '', '', volume FROM mysql_operator.server;"
        "DROP TABLE IF EXISTS `otus-database`.noise"
    )
    (shop.home / "run" / "restored").unlink(missing_ok=True)


def wait_for_server(shop: Instance) -> None:
    """Wait until the server is at rest: it may be about to restart on a copy."""
    eventually(lambda: shop.probe("alive") and is_at_rest(shop), within=300, every=0.1)


def is_at_rest(shop: Instance) -> bool:
    return "CLONE" not in shop.sql("SHOW FULL PROCESSLIST")
