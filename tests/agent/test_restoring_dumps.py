"""Dumps that lie on the volume come back, whoever wrote them; one that is not intact does not."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scripts import pods
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import Instance, Outcome

OF_BASH = Path(__file__).parent / "dumps" / "of-bash-engine"
STAMP = "20261127T082701Z"

Edit = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def shop_of_module(make_instance: MakeInstance) -> Instance:
    shop = make_instance()
    shop.serve()
    return shop


@pytest.fixture
def shop(shop_of_module: Instance) -> Instance:
    """A database that was just made, with nothing on its backup volume."""
    shop_of_module.make_new()
    return shop_of_module


def put(shop: Instance, edit: Edit = bytes, stamp: str = STAMP, **receipt: object) -> Path:
    """Put a backup of the engine in bash on the volume, changed, with a receipt that agrees."""
    text = edit((OF_BASH / "shop.sql").read_bytes())
    file = shop.backups / f"shop-{stamp}.sql.zst"
    file.write_bytes(subprocess.run(["zstd", "-qc"], input=text, capture_output=True).stdout)
    content = file.read_bytes()
    document = json.loads((OF_BASH / "shop.json").read_text()) | {
        "file": file.name,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    file.with_name(f"shop-{stamp}.json").write_text(json.dumps(document | receipt))
    return file


def put_by_hand(shop: Instance, text: bytes) -> Path:
    """Put a dump there as a person does: without a receipt."""
    file = shop.backups / f"shop-{STAMP}.sql.gz"
    file.write_bytes(gzip.compress(text))
    return file


def restore(shop: Instance, **env: str) -> Outcome:
    return pods.run(shop, "restore", **env)


def refusal(shop: Instance) -> tuple[str, str]:
    """Why a restore failed, which lets nobody in."""
    outcome = restore(shop)
    assert outcome.code == 1, outcome.output
    assert not shop.probe("ready")
    return str(outcome.result["reason"]), str(outcome.result["message"])


def is_as_in_the_backup(shop: Instance) -> bool:
    kept = [line for line in shop.fingerprint() if "ticks" not in line]
    kept = "\n".join(kept).splitlines()
    expected = (OF_BASH / "fingerprint.txt").read_text().splitlines()
    return [
        line for line in kept if "ticks" not in line and "mysql_operator" not in line
    ] == expected


def test_a_backup_of_the_engine_in_bash_comes_back(shop: Instance) -> None:
    put(shop)

    outcome = restore(shop)

    assert outcome.code == 0, outcome.output
    assert outcome.result["rows"] == 13
    assert "missing" not in outcome.result
    assert is_as_in_the_backup(shop)
    assert shop.sql("SELECT @@event_scheduler, @@max_allowed_packet") == "ON\t67108864\n"
    assert shop.probe("ready")


def test_a_dump_that_a_person_puts_there_needs_no_receipt(shop: Instance) -> None:
    put_by_hand(shop, (OF_BASH / "shop.sql").read_bytes())

    outcome = restore(shop)

    assert outcome.code == 0, outcome.output
    assert (outcome.result["tables"], outcome.result["rows"]) == (9, 13)
    assert outcome.result["backupTime"] == "2026-11-27T08:27:01Z"
    assert is_as_in_the_backup(shop)


@pytest.mark.parametrize("cut", [lambda text: text[:-300], lambda text: text[: len(text) // 2]])
def test_a_dump_that_was_cut_off_is_refused_before_anything_is_loaded(
    shop: Instance, cut: Edit
) -> None:
    put_by_hand(shop, cut((OF_BASH / "shop.sql").read_bytes()))

    reason, message = refusal(shop)

    assert reason in ("DumpIncomplete", "ChecksumMismatch")
    assert "nothing was restored; no other backup is intact" in message
    assert shop.sql("SELECT COUNT(*) FROM mysql_operator.marker") == "0\n"


def test_a_file_that_was_cut_off_is_refused_before_anything_is_loaded(shop: Instance) -> None:
    file = put_by_hand(shop, (OF_BASH / "shop.sql").read_bytes())
    file.write_bytes(file.read_bytes()[:-100])

    reason, message = refusal(shop)

    assert reason == "ChecksumMismatch"
    assert "nothing was restored" in message


def test_a_damaged_backup_is_refused_and_an_intact_one_offered(shop: Instance) -> None:
    file = put(shop)
    older = put(shop, stamp="20261126T000000Z")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)

    reason, message = refusal(shop)

    assert reason == "ChecksumMismatch"
    assert f"set restore.from to {older.name}" in message
    assert restore(shop, RESTORE_FROM=older.name).result["file"] == older.name
    assert is_as_in_the_backup(shop)


def test_rows_that_the_server_refuses_keep_the_database_closed(shop: Instance) -> None:
    put(shop, lambda text: text.replace(b"INSERT INTO `orders`", b"INSERT INTO `no_orders`"))

    reason, message = refusal(shop)

    assert reason == "RestoreIncomplete"
    assert "table otus-database.no_orders: 2 rows were not loaded: ERROR 1146" in message


def test_rows_that_are_not_those_of_the_receipt_keep_the_database_closed(shop: Instance) -> None:
    put(shop, contents=[{"schema": "second", "table": "parts", "rows": 4}])

    reason, message = refusal(shop)

    assert reason == "RestoreIncomplete"
    assert "second.parts has 3 rows, and the receipt says 4" in message


def test_the_restore_after_that_starts_over(shop: Instance) -> None:
    put(shop, contents=[{"schema": "second", "table": "parts", "rows": 4}])
    refusal(shop)
    shutil.rmtree(shop.home / "scratch", ignore_errors=True)
    put(shop)

    assert restore(shop).code == 0
    assert is_as_in_the_backup(shop)
    assert shop.sql("SELECT @@event_scheduler") == "ON\n"


def test_a_restore_that_is_given_up_leaves_nothing(shop: Instance) -> None:
    put(shop, contents=[{"schema": "second", "table": "parts", "rows": 4}])
    refusal(shop)

    outcome = restore(shop, RESTORE_POLICY="Never")

    assert outcome.result["result"] == "fresh"
    assert shop.user_schemas() == ["otus-database"]
    assert shop.sql("SELECT COUNT(*) FROM mysql.user WHERE user IN ('reader', 'clerk')") == "0\n"


def test_a_definition_that_the_server_refuses_is_named_and_rows_come_back(shop: Instance) -> None:
    put(shop, lambda text: text.replace(b"`orders`.`total` AS `total`", b"`orders`.`x` AS `total`"))

    outcome = restore(shop)

    assert outcome.code == 0, outcome.output
    (named,) = outcome.result["missing"]
    assert named.startswith("view otus-database.z_last: ERROR 1054")
    assert shop.sql("SELECT COUNT(*) FROM `otus-database`.orders") == "2\n"
    assert shop.probe("ready")
