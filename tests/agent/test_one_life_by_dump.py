"""A database is deleted and written again, and all of it is there: by SQL that the agent writes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.agent import museums
from tests.scripts import pods
from tests.scripts.conftest import MakeInstance
from tests.scripts.leaks import Watch
from tests.scripts.sandbox import Instance, Outcome
from tests.support import museum

BROKEN = (
    "CREATE TABLE museum.gone_soon (id INT PRIMARY KEY)",
    "CREATE VIEW museum.forgotten AS SELECT id FROM museum.gone_soon",
    "DROP TABLE museum.gone_soon",
)


@dataclass(frozen=True)
class Life:
    """One database, its backup, and the database that came back from it."""

    blocked: Outcome
    takes_writes_while_blocked: bool
    before: list[str]
    after: list[str]
    backup: Outcome
    restore: Outcome
    receipt: dict[str, Any]
    shop: Instance
    again: Instance
    leaks: list[str]


def ways_out(blocked: Outcome) -> list[str]:
    """The statements that the message gives to whoever wants the deletion to go on."""
    message = str(blocked.result["message"])
    return re.findall(r": run (.*?)(?=; |\. The server takes writes)", message)


@pytest.fixture(scope="module")
def life(make_instance: MakeInstance) -> Life:
    shop = make_instance()
    shop.configure(museums.CONFIGURED)
    shop.serve()
    pods.run(shop, "restore")
    with museums.session_of(shop) as session:
        museum.fill(session)
        for statement in BROKEN:
            session.run(statement)
        session.run("SET GLOBAL sql_select_limit = 1")
    blocked = pods.run(shop, "back-up", BACKUP_METHOD="Dump")
    writes = museums.is_open(shop)
    with museums.session_of(shop) as session:
        for statement in ways_out(blocked):
            session.run(statement)
    with Watch([shop.password]) as watch:
        backup = pods.run(shop, "back-up", BACKUP_METHOD="Dump")
        watch.read(backup.output)
        assert backup.code == 0, backup.output
        before = museums.fingerprint(shop)
        again = make_instance()
        again.configure(museums.CONFIGURED)
        again.mount_backups(shop.backups)
        again.serve()
        restore = pods.run(again, "restore")
        watch.read(restore.output)
    assert restore.code == 0, restore.output
    after = museums.fingerprint(again)
    (receipt,) = (json.loads(file.read_text()) for file in shop.backups.glob("*.json"))
    return Life(blocked, writes, before, after, backup, restore, receipt, shop, again, watch.found)


def test_what_a_dump_does_not_hold_is_asked_about_before_the_server_is_closed(life: Life) -> None:
    result = life.blocked.result

    assert result["reason"] == "NotInDump"
    assert "password history of 'two'@'%' (1 entries)" in result["message"]
    assert "the method Clone would" in result["message"]
    assert life.takes_writes_while_blocked
    assert len(ways_out(life.blocked)) == 1


def test_everything_is_the_same_but_what_was_broken(life: Life) -> None:
    missing = set(life.before) ^ set(life.after)

    assert len(life.after) > 150
    assert [line for line in sorted(missing) if "forgotten" not in line] == []


def test_what_was_broken_is_named_in_the_receipt_and_after_the_restore(life: Life) -> None:
    (named,) = life.receipt["notIncluded"]

    assert named.startswith("view museum.forgotten: ERROR 1146")
    assert life.backup.result["notIncluded"] == [named]
    assert life.restore.result["missing"] == [named]


def test_the_receipt_says_how_and_why(life: Life) -> None:
    assert life.receipt["method"] == "Dump"
    assert life.receipt["methodReason"] == "the spec asks for it"
    assert life.receipt["verified"]
    assert life.receipt["file"].endswith(".sql.zst")
    assert life.receipt["rows"] == sum(row["rows"] for row in life.receipt["contents"])


def test_the_new_database_is_ready_and_takes_writes(life: Life) -> None:
    assert life.again.probe("ready")
    assert museums.is_open(life.again)


def test_settings_that_the_load_needs_are_as_before(life: Life) -> None:
    names = "event_scheduler log_bin_trust_function_creators max_allowed_packet"
    names += " innodb_flush_log_at_trx_commit"

    with museums.session_of(life.again) as session:
        found = [session.variable(name) for name in names.split()]

    assert found == ["ON", "ON", "67108864", "1"]


def test_a_second_run_repeats_the_outcome_and_touches_nothing(life: Life) -> None:
    life.again.sql("CREATE TABLE museum.later (id INT PRIMARY KEY)")

    assert pods.run(life.again, "restore").result == life.restore.result
    life.again.sql("DROP TABLE museum.later")


def test_no_password_was_to_be_seen(life: Life) -> None:
    assert life.leaks == []
