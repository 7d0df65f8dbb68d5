"""A copy takes the place of the data at a restart, or the data of before come back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.scripts import pods, stories
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import Instance
from tests.support.waiting import eventually

TOKEN = "0123456789abcdef"
BEFORE = ".before-restore"
OF_THE_COPY, OF_BEFORE = "one\ntwo 😀\n", "one\ntwo 😀\nlater\n"


@pytest.fixture
def copied(make_instance: MakeInstance) -> Instance:
    """A complete database with a copy that lacks the last row, named for the next start."""
    shop = make_instance()
    shop.serve()
    pods.restore(shop)
    assert shop.probe("ready")
    stories.some_rows(shop)
    shop.sql(f"CLONE LOCAL DATA DIRECTORY = '/var/lib/mysql/.restored-{TOKEN}'")
    shop.sql("INSERT INTO `otus-database`.test VALUES (3, 'later')")
    shop.sql(f"SET PERSIST clone_valid_donor_list = 'restored-{TOKEN}:1'")
    return shop


def copy_of(shop: Instance) -> Path:
    return shop.data / f".restored-{TOKEN}"


def beside_the_data(shop: Instance) -> set[str]:
    return {path.name for path in shop.data.iterdir() if path.is_dir()} - {"data"}


def restart(shop: Instance) -> str:
    """What kubelet does with the pod; returns what its server logged."""
    output = shop.stop_server()
    shop.serve()
    return output


def test_the_copy_is_served_and_what_was_before_goes_once_the_restore_is_complete(
    copied: Instance,
) -> None:
    copied.stop_server()
    copied.start_server()

    kept = beside_the_data(copied)
    assert stories.rows(copied) == OF_THE_COPY
    assert kept == {BEFORE}
    assert copied.probe("ready")
    eventually(lambda: beside_the_data(copied) == set(), every=0.1)
    assert not (copied.data / "data" / "mysqld-auto.cnf").exists()


def test_a_pod_that_ended_between_the_renames_goes_on_with_them(copied: Instance) -> None:
    copied.stop_server()
    (copied.data / "data").rename(copied.data / BEFORE)

    copied.serve()

    assert stories.rows(copied) == OF_THE_COPY


def test_a_pod_that_ended_on_the_way_back_goes_on_with_that(copied: Instance) -> None:
    copied.stop_server()
    (copied.data / "data").rename(copied.data / BEFORE)
    copy_of(copied).rename(copied.data / ".restored-refused")

    copied.serve()

    assert stories.rows(copied) == OF_BEFORE
    assert beside_the_data(copied) == set()


def test_where_no_server_starts_on_the_copy_the_data_of_before_are_served(
    copied: Instance,
) -> None:
    copied.stop_server()
    (copy_of(copied) / "mysql.ibd").write_bytes(b"\0" * (1 << 20))

    copied.start_server()

    assert stories.rows(copied) == OF_BEFORE
    assert copied.probe("ready")
    assert beside_the_data(copied) == set()


def test_a_copy_that_was_served_stays_although_a_later_start_fails(copied: Instance) -> None:
    copied.stop_server()
    copied.start_server()
    copied.stop_server()
    (copied.data / "data" / "mysql.ibd").write_bytes(b"\0" * (1 << 20))

    ended = copied.run("serve")

    assert ended.code != 0
    assert beside_the_data(copied) == {BEFORE}


@pytest.mark.parametrize("state", ["unnamed", "incomplete", "another"])
def test_no_other_copy_is_taken(copied: Instance, state: str) -> None:
    if state == "unnamed":
        copied.sql("RESET PERSIST clone_valid_donor_list")
    elif state == "incomplete":
        (copy_of(copied) / "#clone" / "#status_in_progress").touch()
    else:
        shutil.move(copy_of(copied), copied.data / ".restored-fedcba9876543210")

    restart(copied)

    assert stories.rows(copied) == OF_BEFORE
    assert beside_the_data(copied) == set()
