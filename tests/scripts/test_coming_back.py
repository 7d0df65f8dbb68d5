"""A database is backed up, and a new server gets all of it back."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import pytest

from tests.scripts import stories
from tests.scripts.leaks import Watch
from tests.scripts.sandbox import Instance, Outcome


@dataclass(frozen=True)
class Return:
    """What was there before and after, and what the Jobs said."""

    before: list[str]
    after: list[str]
    backup: Outcome
    restore: Outcome
    receipt: dict[str, object]
    leaks: list[str]


@pytest.fixture(scope="module")
def _come_back(shop_of_module: Instance) -> tuple[Instance, Return]:
    shop = shop_of_module
    shop.make_new()
    shop.run("restore")
    stories.fill(shop)
    shop.secret("user-password", "ali-s3cret-word")
    with Watch([shop.password, "ali-s3cret-word", stories.SECOND_PASSWORD]) as watch:
        watch.read(shop.run("change-user-password").output)
        backup = shop.run("backup")
        watch.read(backup.output)
        before = shop.fingerprint()
        receipt = json.loads(stories.receipt_of(shop.backups / backup.result["file"]).read_text())
        stories.begin_again(shop)
        restore = shop.run("restore")
        watch.read(restore.output)
    return shop, Return(before, shop.fingerprint(), backup, restore, receipt, watch.found)


@pytest.fixture
def came_back(_come_back: tuple[Instance, Return]) -> Return:
    return _come_back[1]


@pytest.fixture
def shop_again(_come_back: tuple[Instance, Return]) -> Instance:
    return _come_back[0]


def without_clock(lines: list[str]) -> list[str]:
    """An event writes to this table each second, as soon as it may."""
    return [line for line in lines if not line.startswith("second.ticks\t")]


def test_everything_is_the_same(came_back: Return) -> None:
    assert came_back.restore.result["result"] == "restored", came_back.restore.output
    assert without_clock(came_back.before) == without_clock(came_back.after)


def test_schemas_that_are_nearly_named_like_the_servers_own_are_there(came_back: Return) -> None:
    contents = came_back.receipt["contents"]

    assert {"schema": "Sys", "table": "mine", "rows": 1} in contents  # type: ignore[operator]
    assert {"schema": "MySQL", "table": "user", "rows": 0} in contents  # type: ignore[operator]
    assert [line for line in came_back.after if line.startswith("Sys.mine")]


def test_the_second_account_can_log_in(came_back: Return, shop_again: Instance) -> None:
    rows = shop_again.sql(
        "SELECT CURRENT_ROLE(); SELECT `otus-database`.greet('you');"
        "SELECT COUNT(*) FROM `otus-database`.orders",
        user=stories.SECOND_ACCOUNT,
        password=stories.SECOND_PASSWORD,
    )

    assert rows.splitlines() == ["`clerk`@`%`", "héllo 😀; you", "2"]


def test_the_receipt_tells_what_the_dump_holds(came_back: Return) -> None:
    contents = came_back.receipt["contents"]

    assert {"schema": "otus-database", "table": "people", "rows": 3} in contents  # type: ignore[operator]
    assert {"schema": "otus-database", "table": "odd`na.me %", "rows": 3} in contents  # type: ignore[operator]
    assert came_back.receipt["objects"] == {"views": 2, "routines": 2, "triggers": 1, "events": 1}
    assert came_back.receipt["accounts"] == 4
    shared = ("file", "size", "sha256", "schemas", "tables", "rows", "serverVersion", "time")
    assert {key: came_back.receipt[key] for key in shared} == {
        key: came_back.backup.result[key] for key in shared
    }


def test_the_outcome_tells_which_backup_it_was(came_back: Return) -> None:
    assert came_back.restore.result["file"] == came_back.backup.result["file"]
    assert came_back.restore.result["backupTime"] == came_back.backup.result["time"]
    assert came_back.restore.result["rows"] == came_back.backup.result["rows"]


def test_a_second_run_repeats_the_outcome(came_back: Return, shop_again: Instance) -> None:
    assert shop_again.run("restore").result == came_back.restore.result


def test_what_made_the_load_quick_is_undone(came_back: Return, shop_again: Instance) -> None:
    settings = shop_again.sql(
        "SELECT @@event_scheduler, @@innodb_flush_log_at_trx_commit, @@max_allowed_packet;"
        "SHOW STATUS LIKE 'Innodb_redo_log_enabled'; SHOW DATABASES LIKE 'mysql_operator%'"
    )

    assert settings.split() == "ON 1 67108864 Innodb_redo_log_enabled ON mysql_operator".split()
    before = shop_again.sql("SELECT COUNT(*) FROM second.ticks")
    time.sleep(1.1)
    assert shop_again.sql("SELECT COUNT(*) FROM second.ticks") != before


def test_no_password_was_to_be_seen(came_back: Return) -> None:
    assert came_back.leaks == []
