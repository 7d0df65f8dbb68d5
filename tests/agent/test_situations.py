"""Everyday situations through a Job's backup and back into a new database, by Clone and by Dump."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.agent import (
    museums,
    situations,
    situations_of_cases,
    situations_of_code,
    situations_of_servers,
    situations_of_tables,
)
from tests.agent.situations import Situation
from tests.scripts import pods
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import MY_CNF, Instance, Outcome

SITUATIONS = {
    **situations_of_cases.CASES,
    **situations_of_servers.OF_THE_SESSION,
    **situations_of_servers.OF_EVENTS,
    **situations_of_tables.OF_TABLES,
    **situations_of_code.OF_CODE,
    **situations_of_servers.OF_ACCOUNTS,
    **situations_of_cases.LAST,
}
METHODS = ["Clone", "Dump"]
Answers = dict[str, list[str]]


@dataclass(frozen=True)
class Life:
    """A database that came back from its backup, and what both were asked."""

    before: Answers
    after: Answers
    receipt: dict[str, Any]
    restore: Outcome
    prepared: list[Any]


@dataclass(frozen=True)
class Lives:
    """One database that came back by each method."""

    blocked: Outcome
    by: dict[str, Life]


def new_database(make_instance: MakeInstance) -> Instance:
    shop = make_instance(database=situations.DATABASE)
    shop.configure(MY_CNF + situations.SETTINGS)
    shop.secret("user-password", situations.APP_PASSWORD)
    shop.serve()
    return shop


def fill(shop: Instance) -> None:
    shop.sql("SET GLOBAL event_scheduler = OFF")  # so that events are there when they are copied
    for situation in SITUATIONS.values():
        if situation.user != "root":
            statements = ";".join(situation.fill)
            shop.sql(statements, user=situation.user, password=situations.APP_PASSWORD)
            continue
        with museums.session_of(shop) as session:
            for statement in situation.fill:
                session.run(statement)


def answers(shop: Instance) -> Answers:
    return {name: _answers(shop, situation) for name, situation in SITUATIONS.items()}


def _answers(shop: Instance, situation: Situation) -> list[str]:
    if situation.user != "root":
        asked = ";".join(situation.look)
        return [shop.sql(asked, user=situation.user, password=situations.APP_PASSWORD)]
    with museums.session_of(shop) as session:
        session.run("SET SESSION div_precision_increment = 4")
        lines = [f"{asked}: {row}" for asked in situation.look for row in session.rows(asked)]
    # Written or not by how a column was made, where a COLLATE says it.
    return [re.sub(r" CHARACTER SET (\w+)(?= COLLATE \1_)", "", line) for line in lines]


def as_5_7_says_it(dump: Path) -> None:
    """Let triggers and routines have a mode that no server since 8.0 knows (C16)."""
    text = subprocess.run(["zstd", "-dcq", dump], capture_output=True, check=True).stdout
    old = re.sub(rb"(sql_mode *= ')", rb"\1NO_AUTO_CREATE_USER,", text)
    packed = subprocess.run(["zstd", "-qc"], input=old, capture_output=True, check=True).stdout
    dump.write_bytes(packed)
    receipt = dump.with_name(dump.name.replace(".sql.zst", ".json"))
    document = json.loads(receipt.read_text())
    document |= {"size": len(packed), "sha256": hashlib.sha256(packed).hexdigest()}
    receipt.write_text(json.dumps(document))


def restored(make_instance: MakeInstance, backup: Path, before: Answers) -> Life:
    again = new_database(make_instance)
    again.backups.rmdir()
    again.backups.symlink_to(backup.parent)
    restore = pods.restore(again, RESTORE_FROM=backup.name)
    assert again.probe("ready")
    with museums.session_of(again) as session:
        prepared = session.rows("XA RECOVER")
    receipt = json.loads(backup.with_name(backup.name.split(".")[0] + ".json").read_text())
    assert pods.run(again, "set-passwords").code == 0
    return Life(before, answers(again), receipt, restore, prepared)


@pytest.fixture(scope="module")
def lives(make_instance: MakeInstance) -> Lives:
    shop = new_database(make_instance)
    pods.restore(shop)
    assert pods.run(shop, "set-passwords").code == 0
    fill(shop)
    before = answers(shop)
    blocked = pods.run(shop, "back-up", BACKUP_METHOD="Dump")
    dump = pods.back_up(shop, BACKUP_METHOD="Dump", BACKUP_TRIGGER="OnDemand")
    as_5_7_says_it(dump)
    clone = pods.back_up(shop)
    backups = {"Dump": dump, "Clone": clone}
    return Lives(
        blocked, {how: restored(make_instance, file, before) for how, file in backups.items()}
    )


@pytest.mark.parametrize("name", SITUATIONS)
@pytest.mark.parametrize("method", METHODS)
def test_the_same_is_answered_before_and_after(lives: Lives, method: str, name: str) -> None:
    life = lives.by[method]

    assert life.after[name] == life.before[name] != []


def test_each_method_was_taken(lives: Lives) -> None:
    assert {how: life.receipt["method"] for how, life in lives.by.items()} == {
        how: how for how in METHODS
    }
    assert all(life.receipt["verified"] for life in lives.by.values())


def is_named(lines: Iterable[str], beginnings: Iterable[str]) -> list[str]:
    """The lines that begin otherwise, and the beginnings that no line has."""
    lines, beginnings = list(lines), list(beginnings)
    others = [line for line in lines if not line.startswith(tuple(beginnings))]
    return others + [start for start in beginnings if not any(x.startswith(start) for x in lines)]


def test_a_dump_names_all_that_it_leaves_out_and_nothing_else(lives: Lives) -> None:
    expected = [line for situation in SITUATIONS.values() for line in situation.left_out]

    assert is_named(lives.by["Dump"].receipt["notIncluded"], expected) == []


def test_a_copy_names_no_more_than_what_was_gone_before(lives: Lives) -> None:
    (named,) = lives.by["Clone"].receipt["notIncluded"]

    assert named.startswith("rows of discarded.t")


@pytest.mark.parametrize("method", METHODS)
def test_events_whose_time_passed_are_named_by_the_restore(lives: Lives, method: str) -> None:
    expected = [line for situation in SITUATIONS.values() for line in situation.named]
    if method == "Clone":
        assert is_named(lives.by[method].restore.result["missing"], expected) == []
        return
    for line in expected:
        assert f"Not as in the backup: {line}" in lives.by[method].restore.output


def test_a_prepared_transaction_is_copied_and_holds_a_deletion_by_dump(lives: Lives) -> None:
    assert lives.blocked.result["reason"] == "NotInDump"
    assert "run XA COMMIT 0x6F726465722D3137" in lives.blocked.result["message"]
    assert [row[3] for row in lives.by["Clone"].prepared] == ["order-17"]


def test_no_more_rows_than_the_limit_were_left_behind(lives: Lives) -> None:
    for life in lives.by.values():
        rows = {row["table"]: row["rows"] for row in life.receipt["contents"]}
        assert rows["reading"] == 900
