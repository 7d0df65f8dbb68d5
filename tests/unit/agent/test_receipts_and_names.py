"""Receipts and file names: the agent and the operator read what the agent writes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.backup_spec import BACKUP_FILE
from mysql_operator.model.receipts import BackupFile, Method, Receipt, Stamp, TableRows

SUMMARY = {
    "file": "shop-20261123T120000Z.tar.zst",
    "size": 9,
    "sha256": "a" * 64,
    "method": "Clone",
    "schemas": 1,
    "tables": 1,
    "rows": 7,
    "serverVersion": "9.7.4",
    "time": "2026-11-23T12:00:00Z",
}


def test_a_receipt_comes_back_as_it_was_written() -> None:
    receipt = Receipt.model_validate(SUMMARY).model_copy(
        update={"contents": [TableRows(schema="a", table="b", rows=7)], "server_uuid": "u"}
    )

    written = receipts.as_json(receipt)

    assert receipts.parsed(Receipt, written) == receipt
    assert json.loads(written)["contents"] == [{"schema": "a", "table": "b", "rows": 7}]


def test_the_summary_fits_into_a_pods_status() -> None:
    rows = [TableRows(schema="s" * 64, table=f"{n:064}", rows=n) for n in range(1000)]
    receipt = Receipt.model_validate(SUMMARY).model_copy(update={"contents": rows})

    assert len(receipts.as_json(receipt.summary())) < receipts.TERMINATION_LIMIT
    assert receipt.summary().method is Method.CLONE


def test_a_receipt_of_the_shell_scripts_is_one_of_a_dump() -> None:
    document = {key: value for key, value in SUMMARY.items() if key != "method"}

    assert receipts.parsed(Receipt, {**document, "unknown": 1}).method is Method.DUMP


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ({**SUMMARY, "size": "many"}, "size"),
        ({key: value for key, value in SUMMARY.items() if key != "sha256"}, "sha256"),
        ("{", "JSON"),
        (b"\xff\xfe", "JSON"),
        ("", "JSON"),
    ],
)
def test_an_unreadable_receipt_says_which_field(document: dict[str, object], names: str) -> None:
    with pytest.raises(OperatorError) as raised:
        receipts.parsed(Receipt, document)

    assert raised.value.reason == "ReceiptUnreadable"
    assert names in raised.value.message


def test_an_sql_file_for_people_goes_with_its_backup_and_is_none() -> None:
    file = BackupFile("shop", Stamp("20261123T120000Z"), receipts.CLONE_SUFFIX)

    assert receipts.backup_file(file.export) is None
    assert receipts.stamp_of_companion(file.export, "shop") == file.stamp
    assert receipts.is_partial(receipts.partial(file.export), "shop")


def test_a_list_is_cut_where_a_pods_status_ends() -> None:
    receipt = Receipt.model_validate(SUMMARY | {"notIncluded": [f"view ü{n}" for n in range(999)]})

    summary = receipt.summary()

    assert len(receipts.as_json(summary)) < receipts.TERMINATION_LIMIT / 2
    assert summary.not_included is not None
    assert summary.not_included[0] == "view ü0"
    assert summary.not_included[-1] == f"and {999 - len(summary.not_included) + 1} more"


def test_the_name_of_a_backup_is_taken_apart_and_put_together() -> None:
    stamp = receipts.stamp_of(datetime(2026, 11, 23, 12, tzinfo=UTC))
    file = BackupFile("my-shop", stamp, receipts.CLONE_SUFFIX)

    assert file.name == "my-shop-20261123T120000Z.tar.zst"
    assert file.receipt == "my-shop-20261123T120000Z.json"
    assert receipts.backup_file(file.name) == file
    assert stamp.time() == datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("suffix", "method"), [("tar.zst", Method.CLONE), ("sql.zst", Method.DUMP)]
)
def test_an_encrypted_backup_is_known_by_its_name(suffix: str, method: Method) -> None:
    stamp = Stamp("20261123T120000Z")
    file = BackupFile("my-shop", stamp, f"{suffix}.age")

    assert receipts.backup_file(file.name) == file
    assert re.match(BACKUP_FILE, file.name)
    assert receipts.is_encrypted(file.name)
    assert file.method is method
    assert file.receipt == "my-shop-20261123T120000Z.json"
    assert file.export == "my-shop-20261123T120000Z.export.sql.zst.age"
    assert receipts.stamp_of_companion(file.export, "my-shop") == stamp
    assert not receipts.is_encrypted(file._replace(suffix=suffix).export)


@pytest.mark.parametrize(
    "name",
    ["shop.sql", "shop-20261123T120000Z.json", ".shop-20261123T120000Z.sql.zst.partial", "x-1.zst"],
)
def test_other_files_are_no_backups(name: str) -> None:
    assert receipts.backup_file(name) is None


def test_files_that_a_killed_run_left_are_known_by_their_names() -> None:
    left = receipts.partial("shop-20261123T120000Z.tar.zst")

    assert receipts.is_partial(left, "shop")
    assert not receipts.is_partial(left, "shop-2")
    assert receipts.stamp_of_companion("shop-2-20261123T120000Z.json", "shop") is None
    assert receipts.stamp_of_companion("shop-20261123T120000Z.json", "shop") == Stamp(
        "20261123T120000Z"
    )
