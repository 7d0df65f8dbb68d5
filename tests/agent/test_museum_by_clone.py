"""All that MySQL can hold comes back by Clone, whatever users set for their applications."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.agent import museums
from tests.scripts import pods
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import Instance, Outcome
from tests.support import museum

OTHER_ENGINES = """
SELECT CONCAT('DROP TABLE museum.`', table_name, '`') FROM information_schema.tables
WHERE table_schema = 'museum' AND engine NOT IN ('InnoDB') ORDER BY engine = 'MyISAM', 1
"""
PREPARED = (
    # As applications do. MySQL itself rolls back at a restart what was prepared without it.
    "SET SESSION sql_log_bin = 1",
    "CREATE TABLE museum.transfer (id INT PRIMARY KEY)",
    "CREATE TABLE museum.held (id INT AUTO_INCREMENT PRIMARY KEY)",
    "INSERT INTO museum.held VALUES (1), (2), (3)",
    "DELETE FROM museum.held WHERE id > 1",
    "COMMIT",
    "XA START 'order-17', 'branch', 7",
    "INSERT INTO museum.transfer VALUES (1)",
    "INSERT INTO museum.held VALUES (2)",
    "XA END 'order-17', 'branch', 7",
    "XA PREPARE 'order-17', 'branch', 7",
)


@dataclass(frozen=True)
class Life:
    """One database, and the database that came back from its backup."""

    before: list[str]
    after: list[str]
    prepared: list[list[tuple[Any, ...]]]
    receipt: dict[str, Any]
    restore: Outcome
    again: Instance


def prepared_in(shop: Instance) -> list[tuple[Any, ...]]:
    with museums.session_of(shop) as session:
        return session.rows("XA RECOVER CONVERT XID")


@pytest.fixture(scope="module")
def life(make_instance: MakeInstance) -> Life:
    shop = make_instance()
    shop.configure(museums.CONFIGURED)
    shop.serve()
    pods.run(shop, "restore")
    with museums.session_of(shop) as session:
        museum.fill(session)
        for (drop,) in session.rows(OTHER_ENGINES):
            session.run(drop)
        session.run("SET GLOBAL sql_select_limit = 1")
    before = museums.fingerprint(shop)
    with museums.session_of(shop) as session:
        for statement in PREPARED:
            session.run(statement)
    prepared = [prepared_in(shop)]
    backup = pods.run(shop, "back-up")
    assert backup.code == 0, backup.output
    again = make_instance()
    again.configure(museums.CONFIGURED)
    again.mount_backups(shop.backups)
    again.serve()
    restore = pods.run(again, "restore")
    assert restore.code == 0, restore.output
    prepared.append(prepared_in(again))
    with museums.session_of(again) as session:
        session.run("XA ROLLBACK 'order-17', 'branch', 7")
        session.run("DROP TABLE museum.transfer, museum.held")
    (receipt,) = (json.loads(file.read_text()) for file in shop.backups.glob("*.json"))
    return Life(before, museums.fingerprint(again), prepared, receipt, restore, again)


def test_everything_is_the_same(life: Life) -> None:
    assert len(life.after) > 150
    assert set(life.before) ^ set(life.after) == set()


def test_the_prepared_transaction_is_prepared_again(life: Life) -> None:
    before, after = life.prepared

    assert len(before) == 1
    assert after == before


def test_a_counter_that_the_transaction_holds_is_named_in_the_receipt(life: Life) -> None:
    (named,) = life.receipt["notIncluded"]

    assert named.startswith("AUTO_INCREMENT = 4 of museum.held: ")


def test_it_was_a_copy_that_lacked_nothing(life: Life) -> None:
    assert life.receipt["method"] == "Clone"
    assert life.restore.result["result"] == "restored"
    assert "missing" not in life.restore.result


def test_the_new_database_takes_writes(life: Life) -> None:
    assert life.again.probe("ready")
    assert museums.is_open(life.again)
