"""A network that drops, and sessions that the server ends, cost an attempt and no data."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.agent.conftest import STILL_CLOSED, HeldUp
from tests.scripts import pods, stories
from tests.scripts.sandbox import Instance

OF_A_BACKUP = ["INTO mysql_operator.fence", "CLONE INSTANCE FROM", STILL_CLOSED]
OF_A_RESTORE = ["CLONE INSTANCE FROM", "'complete'"]


@pytest.fixture
def filled(shop: Instance) -> Instance:
    """A shop with something in it."""
    pods.restore(shop)
    stories.some_rows(shop)
    return shop


def link(shop: Instance, state: str) -> None:
    command = ["ip", "link", "set", "lo", state]
    subprocess.run(["nsenter", f"--net=/proc/{shop.network}/ns/net", *command], check=True)


@contextmanager
def without_network(shop: Instance) -> Iterator[None]:
    link(shop, "down")
    try:
        yield
    finally:
        link(shop, "up")


def end_sessions(shop: Instance) -> None:
    """The server ends all sessions of the agent, as a proxy or a firewall may."""
    question = "SELECT id FROM information_schema.processlist WHERE user = 'mysql_operator'"
    shop.sql(";".join(f"KILL {number}" for number in shop.sql(question).split()))


def complete_pairs(shop: Instance) -> bool:
    """Whether each file on the backup volume is one of a complete backup."""
    names = {file.name for file in shop.backups.iterdir()}
    stamps = {name.split(".")[0] for name in names}
    return names == {f"{stamp}.{end}" for stamp in stamps for end in ("json", "tar.zst")}


def test_a_network_that_is_away_when_the_copy_begins_costs_an_attempt(
    filled: Instance, held_up: HeldUp
) -> None:
    backup = held_up.start(filled, "back-up", before="CLONE INSTANCE FROM")

    with without_network(filled):
        held_up.let_go()
        backup.wait_for("Lifting the fence")

    outcome = backup.wait()
    assert outcome.code == 1, outcome.output
    assert list(filled.backups.iterdir()) == []
    assert stories.is_open(filled)


@pytest.mark.parametrize("statement", OF_A_BACKUP)
def test_a_backup_whose_sessions_are_ended_is_complete_or_there_is_none(
    filled: Instance, held_up: HeldUp, statement: str
) -> None:
    backup = held_up.start(filled, "back-up", before=statement)

    end_sessions(filled)
    held_up.let_go()
    outcome = backup.wait()

    assert complete_pairs(filled)
    if outcome.code:
        assert list(filled.backups.iterdir()) == []
        assert stories.is_open(filled)
    assert pods.restore(filled).result["result"] == "fresh"
    assert stories.is_open(filled)


@pytest.mark.parametrize("statement", OF_A_RESTORE)
def test_a_restore_whose_sessions_are_ended_lets_nobody_in_before_the_next_one(
    filled: Instance, held_up: HeldUp, statement: str
) -> None:
    pods.back_up(filled)
    stories.begin_again(filled)
    restore = held_up.start(filled, "restore", before=statement)

    end_sessions(filled)
    held_up.let_go()
    outcome = restore.wait(60)

    assert outcome.code == 1, outcome.output
    assert not filled.probe("ready")
    assert pods.restore(filled).result["result"] == "restored"
    assert stories.rows(filled) == "one\ntwo 😀\n"


def test_an_agent_that_is_told_to_end_while_the_network_is_away_ends(
    filled: Instance, held_up: HeldUp
) -> None:
    backup = held_up.start(filled, "back-up", before="CLONE INSTANCE FROM")

    with without_network(filled):
        backup.kill(signal.SIGTERM)
        outcome = backup.wait(30)

    assert outcome.result["reason"] in ("Interrupted", "ServerUnreachable"), outcome.output
    assert pods.restore(filled).result["result"] == "fresh"
    assert stories.is_open(filled)
