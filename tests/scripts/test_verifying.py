"""A backup that was loaded once before anything is deleted on its strength."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest

from tests.scripts import stories
from tests.scripts.conftest import AnotherProgram
from tests.scripts.sandbox import Instance
from tests.support.waiting import eventually

LOSES_A_ROW = """#!/bin/bash
/usr/bin/mysqldump "$@" | sed "s/(1,'ä'),//; s/(1,'ä');/;/"
"""


@pytest.fixture
def filled(shop: Instance) -> Instance:
    """A shop with something in it."""
    shop.run("restore")
    stories.fill(shop)
    return shop


def nothing_left(shop: Instance) -> bool:
    return not list(shop.backups.iterdir()) and not list((shop.home / "scratch").glob("*ata"))


def test_a_verified_backup_says_so(filled: Instance) -> None:
    outcome = filled.run("backup", BACKUP_VERIFY="true")

    assert outcome.result["verified"] is True, outcome.output
    dump = filled.backups / outcome.result["file"]
    assert json.loads(stories.receipt_of(dump).read_text())["verified"] is True
    assert not (filled.home / "scratch" / "data").exists()
    assert not is_writable(filled)


def test_a_backup_that_was_not_loaded_does_not(filled: Instance) -> None:
    outcome = filled.run("backup")

    assert outcome.result["result"] == "complete"
    assert "verified" not in outcome.result


def is_writable(shop: Instance) -> bool:
    return shop.sql("SELECT @@super_read_only") == "0\n"


def test_a_dump_that_lacks_a_row_gets_no_name(
    filled: Instance, another_program: AnotherProgram
) -> None:
    path = another_program("mysqldump", LOSES_A_ROW)

    outcome = filled.run("backup", BACKUP_VERIFY="true", PATH=path)

    assert outcome.code == 1
    assert outcome.result["reason"] == "VerificationFailed", outcome.output
    assert '"table":"parts","rows":2' in outcome.result["message"]
    assert nothing_left(filled)
    assert stories.is_open(filled)


def test_a_full_scratch_volume_is_told_in_words(filled: Instance) -> None:
    earlier = stories.backed_up(filled)
    filled.run("restore")
    scratch = filled.home / "scratch"
    volume = ["mount", "-t", "tmpfs", "-o", "size=64m,uid=999", "tmpfs", str(scratch)]
    subprocess.run(volume, check=True)
    try:
        outcome = filled.run("backup", BACKUP_VERIFY="true")
    finally:
        subprocess.run(["umount", str(scratch)], check=True)

    assert outcome.result["reason"] == "DiskFull", outcome.output
    assert "set backup.verify to false" in outcome.result["message"]
    assert {file.name for file in filled.backups.iterdir()} == {
        earlier.name,
        stories.receipt_of(earlier).name,
    }
    assert stories.is_open(filled)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_verification_that_is_ended_leaves_nothing_half(
    filled: Instance, number: signal.Signals
) -> None:
    (filled.home / "run" / "trial.sock").unlink(missing_ok=True)
    container = filled.script("backup", BACKUP_VERIFY="true")
    eventually(lambda: (filled.home / "run" / "trial.sock").exists(), every=0.05)

    container.send(number)

    container.wait(20)
    if number == signal.SIGTERM:
        assert nothing_left(filled)
        assert stories.is_open(filled)
    assert not [file for file in filled.backups.iterdir() if not file.name.startswith(".")]
    outcome = filled.run("backup", BACKUP_VERIFY="true")
    assert outcome.result["verified"] is True, outcome.output
    assert len(list(filled.backups.iterdir())) == 2


def test_a_clean_up_while_the_trial_server_is_asked_speaks_to_the_instance(
    filled: Instance, another_program: AnotherProgram
) -> None:
    slow = 'case $* in *trial.cnf*) : >/run/mysqld/asked; sleep 2 ;; esac; exec /usr/bin/mysql "$@"'
    (filled.home / "run" / "asked").unlink(missing_ok=True)
    path = another_program("mysql", f"#!/bin/bash\n{slow}\n")
    container = filled.script("backup", BACKUP_VERIFY="true", PATH=path)
    eventually((filled.home / "run" / "asked").exists, every=0.05)

    container.send(signal.SIGTERM)

    container.wait(20)
    assert stories.is_open(filled)
