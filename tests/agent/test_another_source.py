"""A new database is filled from the backup of another one, and from its own once it has one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.agent import everything
from tests.scripts import pods
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import Instance, Outcome
from tests.support import buckets
from tests.support.buckets import Bucket

CLAIM = "claim"
STAGING = {"INSTANCE": "staging", "OBJECT_UID": "uid-of-staging"}


@pytest.fixture(
    scope="module", params=[pytest.param(CLAIM, marks=pytest.mark.campaign), buckets.VERSITYGW]
)
def bucket(
    request: pytest.FixtureRequest, network: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bucket | None]:
    """Where both databases keep their backups; None: each on a claim of its own."""
    if request.param == CLAIM:
        yield None
        return
    home, enter = tmp_path_factory.mktemp("store"), buckets.in_network_of(network)
    with buckets.served(request.param, home, enter=enter) as served:
        yield served


def run(instance: Instance, job: str, bucket: Bucket | None, **env: str) -> Outcome:
    storage = bucket.environment() if bucket else {}
    return pods.run(instance, job, **storage, **env)


@pytest.fixture(scope="module")
def production(make_instance: MakeInstance, bucket: Bucket | None) -> Instance:
    """A database with a backup; its server has ended."""
    shop = make_instance()
    shop.serve()
    assert run(shop, "restore", bucket).code == 0
    everything.fill(shop)
    assert run(shop, "back-up", bucket, OBJECT_UID="uid-of-shop").code == 0
    return shop


def of(production: Instance) -> dict[str, str]:
    return {"RESTORE_SOURCE_NAME": production.name, "RESTORE_SOURCE_DIR": str(production.backups)}


def test_a_copy_of_production_goes_its_own_way(
    make_instance: MakeInstance, production: Instance, bucket: Bucket | None
) -> None:
    """It has the data of production first, and its own when it is written again."""
    staging = make_instance(password="another root's")
    staging.serve()
    first = run(staging, "restore", bucket, **STAGING, **of(production))
    assert first.code == 0, first.output
    assert str(first.result["file"]).startswith(f"{production.name}-")
    assert staging.sql("SELECT COUNT(*) FROM `otus-database`.floats") == "3\n"
    staging.sql("CREATE TABLE `otus-database`.of_staging (id INT PRIMARY KEY)")
    own = run(staging, "back-up", bucket, **STAGING)
    assert own.code == 0, own.output
    assert str(own.result["file"]).startswith("staging-")

    again = make_instance()
    again.mount_backups(staging.backups)
    again.serve()
    second = run(again, "restore", bucket, **STAGING, **of(production))

    assert second.code == 0, second.output
    assert second.result["file"] == own.result["file"]
    assert again.sql("SELECT COUNT(*) FROM `otus-database`.of_staging") == "0\n"


def test_a_source_without_a_backup_never_makes_an_empty_database(
    make_instance: MakeInstance, bucket: Bucket | None
) -> None:
    fresh = make_instance()
    fresh.serve()
    source = {"RESTORE_SOURCE_NAME": "nobody", "RESTORE_SOURCE_DIR": str(fresh.backups)}

    outcome = run(fresh, "restore", bucket, INSTANCE="new", **source)

    assert outcome.code == 1
    assert outcome.result["reason"] == "NoBackup"
    assert "none of its source" in str(outcome.result["message"])
    assert not fresh.probe("ready")
