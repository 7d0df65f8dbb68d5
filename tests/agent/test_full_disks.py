"""A volume that is full ends a backup or a restore with words, and costs no data."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mysql_operator.names import FINAL_EXIT_CODE
from tests.agent.conftest import HeldUp
from tests.scripts import pods, stories
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import Instance
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def filled(make_instance: MakeInstance) -> Instance:
    """A database with rows."""
    shop = make_instance()
    shop.serve()
    pods.restore(shop)
    stories.some_rows(shop)
    shop.sql(stories.NOISE)
    return shop


@contextmanager
def of_size(folder: Path, size: str) -> Iterator[None]:
    """An empty volume of that size in the place of a folder."""
    volume = ["mount", "-t", "tmpfs", "-o", f"size={size},uid=999,gid=999", "tmpfs"]
    subprocess.run([*volume, str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_backup_volume_fails_the_backup_and_the_server_takes_writes(
    filled: Instance,
) -> None:
    with of_size(filled.backups, "4m"):
        outcome = pods.run(filled, "back-up")
        left = list(filled.backups.iterdir())

    assert outcome.result["reason"] == "DiskFull", outcome.output
    assert "enlarge the claim" in outcome.result["message"]
    assert left == []
    assert stories.is_open(filled)


@pytest.mark.parametrize("size", ["40m", "120m", "160m"])
def test_a_full_scratch_volume_fails_the_backup_and_the_server_takes_writes(
    filled: Instance, size: str
) -> None:
    with of_size(filled.home / "scratch", size):
        outcome = pods.run(filled, "back-up")

    assert outcome.result["reason"] == "DiskFull", outcome.output
    assert "scratch volume" in outcome.result["message"]
    assert list(filled.backups.iterdir()) == []
    assert stories.is_open(filled)


@pytest.mark.parametrize("size", ["40m", "100m"])
def test_a_full_scratch_volume_fails_the_restore_and_the_next_one_succeeds(
    make_instance: MakeInstance, filled: Instance, size: str
) -> None:
    again = next_life(make_instance, filled)
    again.serve()

    with of_size(again.home / "scratch", size):
        outcome = pods.run(again, "restore")

    assert outcome.result["reason"] == "DiskFull", outcome.output
    assert "scratch volume" in outcome.result["message"]
    assert not again.probe("ready")
    assert pods.restore(again).result["result"] == "restored"
    assert stories.rows(again) == "one\ntwo 😀\n"


def test_a_data_volume_that_is_too_small_is_named_and_a_larger_one_is_filled(
    make_instance: MakeInstance, filled: Instance
) -> None:
    again = next_life(make_instance, filled)
    with of_size(again.data, "230m"):
        again.serve()

        outcome = pods.run(again, "restore")
        is_ready = again.probe("ready")
        resize(again.data, "1g")
        restored = pods.run(again, "restore")
        rows = stories.rows(again)
        again.stop_server()

    assert outcome.result["reason"] == "DiskFull", outcome.output
    assert "the volume shop-pvc is too small" in outcome.result["message"]
    assert not is_ready
    assert restored.result["result"] == "restored", restored.output
    assert rows == "one\ntwo 😀\n"


def test_a_data_volume_that_becomes_full_during_the_copy_is_filled_once_it_is_larger(
    make_instance: MakeInstance, filled: Instance, held_up: HeldUp
) -> None:
    again = next_life(make_instance, filled)
    with of_size(again.data, "1g"):
        again.serve()
        pod = held_up.start(again, "restore", before="CLONE INSTANCE")
        again.sql("SET GLOBAL clone_max_data_bandwidth = 8, GLOBAL clone_autotune_concurrency = 0")
        used = shutil.disk_usage(again.data).used
        held_up.let_go()
        eventually(lambda: shutil.disk_usage(again.data).used > used + 10_000_000, every=0.01)
        eventually(lambda: try_to_fill(again.data), every=0.01)

        outcome = pod.wait()
        is_ready = again.probe("ready")
        resize(again.data, "1g")
        restored = pods.run(again, "restore")
        rows = stories.rows(again)
        again.stop_server()

    assert outcome.result["reason"] == "DiskFull", outcome.output
    assert not is_ready
    assert restored.result["result"] == "restored", restored.output
    assert rows == "one\ntwo 😀\n"


def test_a_data_volume_without_room_for_a_second_copy_keeps_the_data_that_it_has(
    make_instance: MakeInstance,
) -> None:
    shop = make_instance()
    with of_size(shop.data, "1g"):
        shop.serve()
        pods.restore(shop)
        assert shop.probe("ready")
        stories.some_rows(shop)
        given = {"RESTORE_FROM": pods.back_up(shop, BACKUP_TRIGGER="OnDemand").name}
        resize(shop.data, str(shutil.disk_usage(shop.data).used + 30_000_000))

        refused = pods.run(shop, "restore-into", RESTORE_REQUEST="uid-1", **given)

        assert (refused.result["reason"], refused.code) == ("DiskFull", FINAL_EXIT_CODE)
        assert "storage_size" in refused.result["message"]
        assert not list(shop.data.glob(".restored-*/*.ibd"))
        assert stories.is_open(shop)
        resize(shop.data, "1g")
        assert pods.run(shop, "restore-into", RESTORE_REQUEST="uid-2", **given).code == 0
        assert stories.rows(shop) == "one\ntwo 😀\n"
        assert not list(shop.data.glob(".restored-*"))
        shop.stop_server()


def try_to_fill(volume: Path) -> bool:
    """Leave almost no room; whether it was not outgrown meanwhile."""
    size = shutil.disk_usage(volume).used + 2_000_000
    shrunk = ["mount", "-o", f"remount,size={size}", str(volume)]
    return subprocess.run(shrunk, check=False, capture_output=True).returncode == 0


def resize(volume: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(volume)], check=True)


def next_life(make_instance: MakeInstance, filled: Instance) -> Instance:
    """A new instance beside a backup of the old one."""
    if not list(filled.backups.iterdir()):
        pods.back_up(filled)
    again = make_instance()
    again.mount_backups(filled.backups)
    return again
