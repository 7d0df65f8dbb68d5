"""What the agent reports beside its result: which backups there are, and how far a restore is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.agent.conftest import HeldUp
from tests.scripts import pods, stories
from tests.scripts.sandbox import Instance, Outcome

LONGEST = "n" * 40

SIZES = {"size": 1, "sha256": "a" * 64, "schemas": 1, "tables": 1, "rows": 2}
RECEIPT = SIZES | {"method": "Clone", "serverVersion": "9.7.4", "time": "2026-11-23T12:00:00Z"}


def a_backup(shop: Instance, stamp: str, *, of: str = "shop", **receipt: object) -> str:
    """A backup as far as a list looks at it; its file."""
    name = f"{of}-{stamp}"
    (shop.backups / f"{name}.tar.zst").write_text("x")
    document = RECEIPT | {"file": f"{name}.tar.zst"} | receipt
    (shop.backups / f"{name}.json").write_text(json.dumps(document))
    return f"{name}.tar.zst"


def files(outcome: Outcome) -> list[str]:
    return [backup["file"] for backup in outcome.result["backups"]]


def test_a_restore_reports_which_backups_there_are(shop: Instance) -> None:
    older = a_backup(shop, "20261123T120000Z")
    newer = a_backup(shop, "20261124T120000Z", rows=10**12, method="Dump")
    a_backup(shop, "20261125T120000Z", of="another")

    reported = pods.restore(shop, RESTORE_POLICY="Never")

    assert files(reported) == [newer, older]
    assert reported.result["backups"][0].keys() == {"file", "size", "rows", "time", "trigger"}
    assert reported.result["newest"]["rows"] == 10**12
    assert reported.result["newest"]["method"] == "Dump"
    assert len(reported.result["newest"]["sha256"]) == 64


def test_a_backup_is_in_the_list_that_it_reports(shop: Instance) -> None:
    pods.restore(shop)

    outcome = pods.run(shop, "back-up")

    assert files(outcome) == [outcome.result["file"]], outcome.output
    assert outcome.result["newest"]["sha256"] == outcome.result["sha256"]


def test_the_list_is_bounded_whatever_the_names_are(shop: Instance) -> None:
    for day in range(10, 31):
        a_backup(shop, f"202611{day}T120000Z", of=LONGEST, size=10**15, rows=10**12)

    outcome = pods.restore(shop, RESTORE_POLICY="Never", INSTANCE=LONGEST)

    assert len(json.dumps(outcome.result, separators=(",", ":"))) < 4096
    assert files(outcome) == sorted(files(outcome), reverse=True)
    assert files(outcome)[0] == f"{LONGEST}-20261130T120000Z.tar.zst"
    assert len(files(outcome)) > 10


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"rows": 2}', '{"file": "\udcff"}', "null"])
def test_a_receipt_that_cannot_be_read_harms_no_result(shop: Instance, damage: str) -> None:
    intact = a_backup(shop, "20261123T120000Z")
    a_backup(shop, "20261124T120000Z")
    receipt = shop.backups / "shop-20261124T120000Z.json"
    receipt.write_bytes(damage.encode(errors="surrogateescape"))

    outcome = pods.restore(shop, RESTORE_POLICY="Never")

    assert outcome.result["result"] == "fresh"
    assert files(outcome) == [intact]


def test_a_restore_that_was_over_is_so_without_its_backup_volume(
    shop: Instance, run_faulty: Callable[..., Outcome]
) -> None:
    pods.restore(shop)

    outcome = run_faulty("restore", BROKEN_CALL="listdir ESTALE")

    assert outcome.code == 0, outcome.output
    assert (outcome.result["result"], "backups" in outcome.result) == ("fresh", False)


def test_a_long_message_of_a_failure_fits_too(shop: Instance) -> None:
    outcome = pods.run(shop, "restore", RESTORE_FROM="x" * 9000)

    assert outcome.result["reason"] == "NoBackup"
    assert len(json.dumps(outcome.result)) < 4096


def test_a_long_restore_shows_how_far_it_is(shop: Instance, held_up: HeldUp) -> None:
    pods.restore(shop)
    stories.some_rows(shop)
    backup = pods.back_up(shop)
    stories.begin_again(shop)

    restore = held_up.start(shop, "restore", before="CLONE INSTANCE")
    shown = shop.ask("ready").output
    held_up.let_go()

    assert re.search(rf"not complete: loading {backup.name} \(\d+ of \d+ MB\)", shown), shown
    assert restore.wait().result["result"] == "restored"
    assert shop.probe("ready")
