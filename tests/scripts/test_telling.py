"""What the Jobs say beside their results: which backups there are, and how far a restore is."""

from __future__ import annotations

import json
import re

import pytest

from tests.scripts import stories
from tests.scripts.sandbox import Instance
from tests.support.waiting import eventually

LONGEST = "n" * 40
SLOW_ROWS = """
CREATE TABLE `otus-database`.slow (id INT PRIMARY KEY, noise BLOB,
  hard CHAR(64) AS (SHA2(REPEAT(HEX(noise), 400), 256)) STORED);
SET SESSION cte_max_recursion_depth = 10000;
INSERT INTO `otus-database`.slow (id, noise)
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
  SELECT i, RANDOM_BYTES(1000) FROM n;
"""
"""Noise does not compress, and the server has to compute a column of each row that it loads."""


def a_backup(shop: Instance, stamp: str, *, of: str = "shop", **receipt: object) -> None:
    """A dump and its receipt, as far as a list looks at them."""
    fields = {"size": 1, "sha256": "a", "rows": 2, "time": "2026-11-23T12:00:00Z"} | receipt
    lines = ",\n  ".join(f'"{name}":{json.dumps(value)}' for name, value in fields.items())
    (shop.backups / f"{of}-{stamp}.sql.zst").write_text("x")
    (shop.backups / f"{of}-{stamp}.json").write_text("{\n  " + lines + "\n}\n")


def test_a_restore_says_which_backups_there_are(shop: Instance) -> None:
    shop.run("restore")
    stories.some_rows(shop)
    older, newer = stories.backed_up(shop).name, stories.backed_up(shop).name
    stories.begin_again(shop)

    told = shop.run("restore").result

    assert [backup["file"] for backup in told["backups"]] == [newer, older]
    assert told["backups"][0].keys() == {"file", "size", "rows", "time"}
    assert (told["newest"]["rows"], told["newest"]["tables"]) == (2, 1)
    assert len(told["newest"]["sha256"]) == 64


def test_a_backup_is_in_the_list_that_it_reports(shop: Instance) -> None:
    shop.run("restore")

    told = shop.run("backup").result

    assert [backup["file"] for backup in told["backups"]] == [told["file"]]


def test_the_list_is_bounded_whatever_the_names_are(shop: Instance) -> None:
    for day in range(10, 31):
        a_backup(shop, f"202611{day}T120000Z", of=LONGEST, size=10**15, rows=10**12)

    told = shop.run("restore", RESTORE_POLICY="Never", INSTANCE=LONGEST)

    assert len(json.dumps(told.result, separators=(",", ":"))) < 4096
    files = [backup["file"] for backup in told.result["backups"]]
    assert files == sorted(files, reverse=True)
    assert files[0] == f"{LONGEST}-20261130T120000Z.sql.zst"
    assert len(files) > 10


@pytest.mark.parametrize("damage", ["", "{", '{\n  "rows":2}, "x": [\n'])
def test_a_receipt_that_cannot_be_read_harms_no_result(shop: Instance, damage: str) -> None:
    a_backup(shop, "20261123T120000Z")
    a_backup(shop, "20261124T120000Z")
    (shop.backups / "shop-20261124T120000Z.json").write_text(damage)

    told = shop.run("restore", RESTORE_POLICY="Never").result

    assert told["result"] == "fresh"
    assert [backup["file"] for backup in told["backups"]] == ["shop-20261123T120000Z.sql.zst"]


def test_a_restore_that_was_over_is_so_without_its_backup_volume(shop: Instance) -> None:
    shop.run("restore")
    shop.backups.chmod(0o000)

    told = shop.run("restore")
    shop.backups.chmod(0o755)

    assert told.code == 0, told.output
    assert (told.result["result"], "backups" in told.result) == ("fresh", False)


def test_a_long_restore_says_how_far_it_is(shop: Instance) -> None:
    shop.run("restore")
    shop.sql(SLOW_ROWS)
    dump = stories.backed_up(shop).name
    stories.begin_again(shop)
    shop.sql("DELETE FROM mysql_operator.marker")

    loading = shop.script("restore")
    eventually(lambda: "MB)" in shop.ask("ready").output, "the probe says how far it is")
    told = shop.ask("ready").output

    assert re.search(rf"not complete: loading {dump} \(\d+ of \d+ MB\)", told), told
    assert loading.wait().result["result"] == "restored"
    assert shop.probe("ready")
