"""Whatever ends an agent, and whenever: complete backups or none, and no data is lost."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent import pods
from tests.scripts import stories
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import Instance
from tests.support.waiting import eventually

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
    return shop


@pytest.fixture(scope="module")
def backup(filled: Instance) -> Path:
    return pods.back_up(filled)


@pytest.fixture(scope="module")
def empty(make_instance: MakeInstance, backup: Path) -> Instance:
    """A database that is to be filled from the backup, beside whose server none other runs."""
    again = make_instance()
    again.backups.rmdir()
    again.backups.symlink_to(backup.parent)
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
    outcome = pod.wait()

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
    pod.wait()

    wait_for_server(empty)
    assert not empty.probe("ready")
    outcome = pods.run(empty, "restore")
    assert outcome.result["result"] == "restored", outcome.output
    assert stories.rows(empty) == "one\ntwo 😀\n"
    assert stories.is_open(empty)


def test_a_server_that_is_killed_while_it_copies_is_filled_all_the_same(empty: Instance) -> None:
    unconfirmed(empty)
    pod = pods.start(empty, "restore")
    pod.wait_for("Cloning")

    empty.stop_server(signal.SIGKILL)
    pod.kill(signal.SIGKILL)
    pod.wait()
    empty.start_server()

    outcome = pods.run(empty, "restore")
    assert outcome.result["result"] == "restored", outcome.output
    assert stories.rows(empty) == "one\ntwo 😀\n"


def unconfirmed(shop: Instance) -> None:
    """As after a restore of which nobody knows whether it came to its end."""
    shop.sql(
        "REPLACE INTO mysql_operator.marker (id, state, result, settings, volume)"
        " SELECT 1, 'loading', '', '', volume FROM mysql_operator.server"
    )
    (shop.home / "run" / "restored").unlink(missing_ok=True)


def wait_for_server(shop: Instance) -> None:
    """Wait until the server is at rest: it may be about to restart on a copy."""
    eventually(lambda: shop.probe("alive") and is_at_rest(shop), within=300, every=0.1)


def is_at_rest(shop: Instance) -> bool:
    return "CLONE" not in shop.sql("SHOW FULL PROCESSLIST")


# --- full disks ---


@pytest.fixture
def small(request: pytest.FixtureRequest) -> Iterator[list[Path]]:
    """Folders that are made small; they get their size back."""
    mounted: list[Path] = []
    yield mounted
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def shrink(folder: Path, size: str, small: list[Path]) -> None:
    volume = ["mount", "-t", "tmpfs", "-o", f"size={size},uid=999,gid=999", "tmpfs"]
    subprocess.run([*volume, str(folder)], check=True)
    small.append(folder)


def test_a_full_backup_volume_fails_the_backup_and_opens_the_server(
    filled: Instance, small: list[Path]
) -> None:
    shrink(filled.backups, "256k", small)

    outcome = pods.run(filled, "back-up")

    assert outcome.result["reason"] == "DiskFull", outcome.output
    assert "enlarge the claim" in outcome.result["message"]
    assert list(filled.backups.iterdir()) == []
    assert stories.is_open(filled)


@pytest.mark.parametrize("size", ["40m", "160m"])
def test_a_full_scratch_volume_fails_the_backup_and_opens_the_server(
    filled: Instance, small: list[Path], size: str
) -> None:
    before = pairs(filled)
    shrink(filled.home / "scratch", size, small)

    outcome = pods.run(filled, "back-up")

    assert outcome.result["reason"] == "DiskFull", outcome.output
    assert "scratch volume" in outcome.result["message"]
    assert pairs(filled) == before
    assert stories.is_open(filled)


# --- the network ---


def test_a_network_that_drops_for_a_while_costs_no_more_than_an_attempt(filled: Instance) -> None:
    before = pairs(filled)
    pod = pods.start(filled, "back-up")
    pod.wait_for("Cloning")

    for state in ("down", "up"):
        link = ["ip", "link", "set", "lo", state]
        subprocess.run(["nsenter", f"--net=/proc/{filled.network}/ns/net", *link], check=True)
    outcome = pod.wait()

    new = set(pairs(filled)) - set(before)
    assert len(new) == (2 if outcome.code == 0 else 0), outcome.output
    assert pods.run(filled, "restore").code == 0
    assert stories.is_open(filled)
