"""A database is deleted and written again, and its data has come from an object store."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent import everything
from tests.agent.test_interruptions import SIGNALS
from tests.scripts import pods, stories
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import Instance, Outcome
from tests.support import buckets
from tests.support.buckets import Bucket
from tests.support.waiting import GRACE_SECONDS

OWN = "team/shop/uid-1/"


OTHERS = [
    pytest.param(it, marks=pytest.mark.campaign) for it in (buckets.FAKE_GCS, buckets.AZURITE)
]


def served(request: pytest.FixtureRequest) -> Iterator[Bucket]:
    """Serve a bucket of the store that a test is given, in the network of its databases."""
    home = request.getfixturevalue("tmp_path_factory").mktemp(request.param)
    enter = buckets.in_network_of(request.getfixturevalue("network"))
    with buckets.served(request.param, home, enter=enter) as bucket:
        yield bucket


any_bucket = pytest.fixture(served, scope="module", params=[*buckets.OF_S3, *OTHERS])
"""A bucket of each store."""

bucket = pytest.fixture(served, scope="module", params=buckets.OF_S3)
"""A bucket of each store that speaks S3."""


@pytest.fixture(scope="module")
def filled(make_instance: MakeInstance, any_bucket: Bucket) -> Instance:
    """A database with something of every kind."""
    shop = make_instance()
    shop.serve()
    run(shop, any_bucket, "restore")
    everything.fill(shop)
    return shop


def run(shop: Instance, bucket: Bucket, job: str, uid: str = "uid-1", **env: str) -> Outcome:
    """Run a Job of the object with that UID."""
    outcome = pods.run(shop, job, **bucket.environment(), OBJECT_UID=uid, **env)
    assert outcome.code == 0, outcome.output
    return outcome


def own_names(bucket: Bucket) -> list[str]:
    return sorted(key.removeprefix(OWN) for key in bucket.keys() if key.startswith(OWN))


def pairs(bucket: Bucket) -> list[str]:
    """Names in the folder of the object; fails unless they are complete pairs."""
    names = own_names(bucket)
    stamps = {name.partition(".")[0] for name in names}
    assert names == sorted(f"{stamp}.{end}" for stamp in stamps for end in ("json", "tar.zst"))
    return names


def test_all_of_it_comes_back_and_the_volume_stays_empty(
    filled: Instance, any_bucket: Bucket, make_instance: MakeInstance
) -> None:
    before = everything.picture(filled)
    backup = run(filled, any_bucket, "back-up")
    again = make_instance()
    again.serve()
    restore = run(again, any_bucket, "restore", uid="uid-2")

    assert everything.picture(again) == before
    assert not any(
        key in outcome.output for key in any_bucket.secrets for outcome in (backup, restore)
    )
    assert not list(filled.backups.iterdir())
    assert restore.result["file"] == backup.result["file"]
    assert [file["file"] for file in restore.result["backups"]] == [backup.result["file"]]
    assert backup.result["storage"] == f"{any_bucket.title}/{buckets.PREFIX}/team/shop"
    assert any_bucket.uploads() == []
    filled.stop_server()


def test_a_dump_goes_the_same_way(bucket: Bucket, make_instance: MakeInstance) -> None:
    shop = make_instance(name="dumped")
    shop.serve()
    run(shop, bucket, "restore")
    stories.some_rows(shop)
    backup = run(shop, bucket, "back-up", BACKUP_METHOD="Dump")

    again = make_instance(name="dumped")
    again.serve()
    restore = run(again, bucket, "restore", uid="uid-2", RESTORE_FROM=backup.result["file"])

    assert restore.result["result"] == "restored"
    assert stories.rows(again) == "one\ntwo 😀\n"


@pytest.fixture(scope="module")
def busy(make_instance: MakeInstance, bucket: Bucket) -> Instance:
    """A database whose backup takes a few parts."""
    shop = make_instance()
    shop.serve()
    run(shop, bucket, "restore", RESTORE_POLICY="Never")
    stories.some_rows(shop)
    shop.sql(stories.NOISE)
    return shop


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_backup_that_is_ended_leaves_no_incomplete_one(
    busy: Instance, bucket: Bucket, number: signal.Signals
) -> None:
    before = pairs(bucket)
    pod = pods.start(busy, "back-up", **bucket.environment(), OBJECT_UID="uid-1")
    pod.wait_for("Packing")

    pod.kill(number)
    outcome = pod.wait(GRACE_SECONDS)

    if number is signal.SIGTERM:
        # A signal that comes late finds a backup that is complete.
        assert outcome.code == 0 or outcome.result["reason"] == "Interrupted", outcome.output
        assert len(pairs(bucket)) == len(before) + (2 if outcome.code == 0 else 0)
        assert bucket.uploads() == []
    run(busy, bucket, "restore")
    assert stories.is_open(busy)
    again = run(busy, bucket, "back-up", BACKUP_TRIGGER="OnDemand")
    assert again.result["file"] in pairs(bucket)
    assert bucket.uploads() == []


def test_an_sql_file_lies_beside_its_backup(busy: Instance, bucket: Bucket) -> None:
    backup = run(busy, bucket, "back-up", BACKUP_TRIGGER="OnDemand", BACKUP_SQL_DUMP="true")
    stamp = backup.result["file"].removesuffix(".tar.zst")

    receipt = json.loads(bucket.read(f"{OWN}{stamp}.json"))

    assert receipt["sqlFile"] == f"{stamp}.export.sql.zst"
    assert receipt["sqlFile"] in own_names(bucket)


def test_old_backups_go(busy: Instance, bucket: Bucket) -> None:
    backup = run(busy, bucket, "back-up", BACKUP_TRIGGER="OnDemand", BACKUP_KEEP="1")

    assert pairs(bucket) == sorted(
        [backup.result["file"], backup.result["file"].replace(".tar.zst", ".json")]
    )


def test_a_store_that_is_away_costs_nothing(busy: Instance, bucket: Bucket, tmp_path: Path) -> None:
    away = Bucket("http://127.0.0.1:1", tmp_path, bucket.enter)

    outcome = pods.run(busy, "back-up", **away.environment(), OBJECT_UID="uid-1")

    assert outcome.code == 1
    assert outcome.result["reason"] == "StorageUnreachable"
    assert "http://127.0.0.1:1" in outcome.result["message"]
    assert "Fence" not in outcome.output
    assert stories.is_open(busy)
