"""When the method is Dump, what holds a deletion then, and what is said of a backup."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.scripts import pods, stories
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import Instance

PREPARE = """
USE `otus-database`;
XA START 'transfer'; INSERT INTO test VALUES (7, 'seven'); XA END 'transfer';
XA PREPARE 'transfer';
"""


@pytest.fixture(scope="module")
def shop(make_instance: MakeInstance) -> Instance:
    """A database with a table that MySQL's clone plugin would leave empty."""
    shop = make_instance()
    shop.serve()
    pods.run(shop, "restore")
    stories.some_rows(shop)
    shop.sql(
        "CREATE TABLE `otus-database`.old (id INT PRIMARY KEY) ENGINE=MyISAM;"
        "INSERT INTO `otus-database`.old VALUES (1), (2)"
    )
    return shop


def receipt_of(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(stories.receipt_of(file).read_text())
    return document


def test_a_table_of_another_engine_makes_it_a_dump_and_the_receipt_says_so(shop: Instance) -> None:
    receipt = receipt_of(pods.back_up(shop, BACKUP_TRIGGER="OnDemand"))

    reason = "the clone plugin copies InnoDB tables only, and otus-database.old is MyISAM"
    assert receipt["method"] == "Dump"
    assert receipt["methodReason"] == reason
    assert receipt["verified"] is True
    assert receipt["position"]["binlogPosition"] > 0
    assert {row["table"]: row["rows"] for row in receipt["contents"]} == {"old": 2, "test": 2}


def test_a_backup_between_times_names_what_it_leaves_out(shop: Instance) -> None:
    shop.sql(PREPARE)

    receipt = receipt_of(pods.back_up(shop, BACKUP_TRIGGER="Scheduled"))

    (left_out,) = receipt["notIncluded"]
    assert left_out.startswith("prepared XA transaction 0x7472616E73666572, '', 1: run XA COMMIT")
    assert stories.is_open(shop)


def test_a_final_backup_is_held_with_the_way_out(shop: Instance) -> None:
    outcome = pods.run(shop, "back-up")

    message = outcome.result["message"]
    assert outcome.result["reason"] == "NotInDump"
    assert "because the clone plugin copies InnoDB tables only" in message
    assert "run XA COMMIT 0x7472616E73666572, '', 1 or XA ROLLBACK" in message
    assert stories.is_open(shop)
    shop.sql("XA COMMIT 0x7472616E73666572, '', 1")


def test_without_verification_no_backup_is_called_verified(shop: Instance) -> None:
    outcome = pods.run(shop, "back-up", BACKUP_VERIFY="false", BACKUP_METHOD="Dump")

    assert outcome.code == 0, outcome.output
    assert outcome.result["verified"] is False
    assert "Loading the dump" not in outcome.output
    assert outcome.result["rows"] == 5
    assert shop.sql("SELECT @@super_read_only") == "1\n"
