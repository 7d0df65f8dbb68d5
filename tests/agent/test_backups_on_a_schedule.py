"""A backup of a database that people work with: one moment of it, and nobody is held up."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.agent import ledger
from tests.agent.conftest import HeldUp
from tests.scripts import pods, stories
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import Instance
from tests.support.commands import ROOT

SCHEDULED = {"BACKUP_TRIGGER": "Scheduled"}
MOST_SECONDS = "600"


@pytest.fixture
def filled(shop: Instance) -> Instance:
    """A shop with something in it."""
    pods.restore(shop)
    stories.some_rows(shop)
    return shop


@contextmanager
def clients(shop: Instance) -> Iterator[dict[str, Any]]:
    """Clients that write meanwhile; what became of it is filled in at their end."""
    shop.sql(ledger.SCHEMA)
    outcome: dict[str, Any] = {}
    enter = ["nsenter", f"--net=/proc/{shop.network}/ns/net"]
    command = [sys.executable, "-m", "tests.agent.ledger", "127.0.0.1", "3306", MOST_SECONDS]
    process = subprocess.Popen(
        [*enter, *command],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{shop.password}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "open\n"
    try:
        yield outcome
        process.terminate()
        outcome |= json.loads(process.communicate(timeout=120)[0])
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("method", ["Clone", "Dump"])
def test_a_backup_under_writes_is_of_one_moment_and_no_write_fails(
    make_instance: MakeInstance, method: str
) -> None:
    shop = make_instance()
    shop.serve()
    pods.restore(shop)
    stories.some_rows(shop)

    with clients(shop) as outcome:
        backups = [pods.back_up(shop, **SCHEDULED, BACKUP_METHOD=method) for _ in range(2)]
    is_open = stories.is_open(shop)
    restored = make_instance()
    restored.mount_backups(shop.backups)
    restored.serve()
    pods.restore(restored)

    assert outcome["failures"] == []
    print(method, summary(outcome["transfers"]), "definitions", summary(outcome["definitions"]))
    assert is_open
    assert restored.sql(ledger.IS_BALANCED) == ledger.BALANCED
    assert stories.rows(restored) == "one\ntwo 😀\n"
    receipts = [json.loads(stories.receipt_of(file).read_text()) for file in backups]
    assert [(one["trigger"], one["method"]) for one in receipts] == [("Scheduled", method)] * 2
    restored.stop_server()


def summary(took: list[float]) -> str:
    """For people: how long the clients waited."""
    half, most = took[len(took) // 2], took[len(took) * 99 // 100]
    return f"{len(took)}: p50 {half * 1e3:.1f} ms, p99 {most * 1e3:.1f} ms, most {took[-1]:.2f} s"


def test_the_server_takes_writes_before_and_after_and_the_report_is_no_final_one(
    filled: Instance,
) -> None:
    outcome = pods.run(filled, "back-up", **SCHEDULED, OBJECT_UID="u-1")

    assert outcome.code == 0, outcome.output
    assert (outcome.result["trigger"], outcome.result["objectUid"]) == ("Scheduled", "u-1")
    assert stories.is_open(filled)


def test_a_table_that_no_clone_holds_and_that_comes_meanwhile_fails_the_backup(
    filled: Instance, held_up: HeldUp
) -> None:
    pod = held_up.start(filled, "back-up", before="CLONE INSTANCE FROM", **SCHEDULED)
    filled.sql(
        "CREATE TABLE `otus-database`.old (id INT PRIMARY KEY) ENGINE=MyISAM;"
        "INSERT INTO `otus-database`.old VALUES (1)"
    )
    held_up.let_go()

    outcome = pod.wait()
    again = pods.run(filled, "back-up", **SCHEDULED)

    assert outcome.result["reason"] == "CloneFailed", outcome.output
    assert "otus-database.old is MyISAM" in outcome.result["message"]
    assert (again.result["method"], again.result["rows"]) == ("Dump", 3), again.output
    assert len(list(filled.backups.glob("*.json"))) == 1


def test_behind_the_fence_of_the_final_backup_there_is_no_further_one(filled: Instance) -> None:
    final = pods.back_up(filled)

    outcome = pods.run(filled, "back-up", **SCHEDULED, BACKUP_KEEP="1")

    assert outcome.result["reason"] == "Busy", outcome.output
    assert "final backup" in outcome.result["message"]
    assert [file.name for file in filled.backups.glob("*.zst")] == [final.name]
    assert filled.sql("SELECT @@super_read_only") == "1\n"


def test_the_final_backup_waits_for_one_on_the_schedule_and_is_the_newer(
    filled: Instance, held_up: HeldUp
) -> None:
    scheduled = held_up.start(filled, "back-up", before="CLONE INSTANCE FROM", **SCHEDULED)
    final = pods.start(filled, "back-up", scratch="scratch-2")
    stories.is_open(filled)
    held_up.let_go()

    first, last = scheduled.wait(), final.wait()

    assert (first.code, last.code) == (0, 0), first.output + last.output
    assert first.result["file"] < last.result["file"]
    assert last.result["trigger"] == "Final"
    assert filled.sql("SELECT @@super_read_only") == "1\n"


def test_a_database_whose_restore_is_not_complete_is_not_backed_up(shop: Instance) -> None:
    outcome = pods.run(shop, "back-up", **SCHEDULED)

    assert outcome.result["reason"] == "NotRestored", outcome.output
    assert list(shop.backups.iterdir()) == []
