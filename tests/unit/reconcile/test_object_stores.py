"""A database whose backups an object store takes: what is read for it, and what is decided."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import pytest
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Secret

from mysql_operator import names
from mysql_operator.adapters.kinds import MySQLBackupStorage
from mysql_operator.adapters.kube import Kube, MySQL
from mysql_operator.errors import OperatorError
from mysql_operator.model.status import MySQLStatus
from mysql_operator.names import Key
from mysql_operator.reconcile import helm_commands
from mysql_operator.reconcile.actions import Refuse, Uninstall
from mysql_operator.reconcile.facts.observations import Claim, Desired, Observed
from mysql_operator.reconcile.turns import Rank
from tests.support import age
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import (
    BACKUP_CLAIM,
    DELETED,
    FRESH,
    NOW,
    RECEIPT,
    an_instance,
    seen,
)
from tests.unit.reconcile.test_observing import KEY, SITE, OneServer

IN_A_BUCKET = {"backup": {"keep": 3, "storageRef": {"name": "bucket"}}}
ENCRYPTION = {
    "ageRecipients": [age.pair().recipient],
    "identitySecretRef": {"name": "age-keys"},
}
S3 = {"bucket": "backups", "credentialsSecretRef": {"name": "keys"}}
ENCRYPTED = {"s3": S3, "encryption": ENCRYPTION}
GOING = replace(BACKUP_CLAIM, deleted=NOW)


@dataclass(frozen=True)
class World(OneServer):
    """An API server with one MySQL object, whose backups a bucket takes."""

    unready_for: timedelta = timedelta(0)
    storage: dict[str, Any] | None = field(default_factory=lambda: {"s3": S3})
    has_secret: bool = True
    keys_are_for: str | None = "bucket"
    identity_is_for: str | None = None
    spec: dict[str, Any] = field(default_factory=lambda: IN_A_BUCKET)

    async def instance(self, key: Key) -> Any:
        raw = await super().instance(key)
        return MySQL({**raw, "metadata": raw["metadata"], "spec": raw["spec"] | self.spec})

    async def storage_for(self, key: Key, name: str) -> Any:
        assert name == "bucket"
        metadata = {"name": name, "namespace": key.namespace}
        raw = {"metadata": metadata, "spec": self.storage}
        return None if self.storage is None else MySQLBackupStorage(raw)

    def runs(self, *_: Any) -> list[Any]:
        return []

    async def secret(self, key: Key, name: str) -> Any:
        if name == "age-keys" and self.identity_is_for is not None:
            labels = {names.STORAGE_FOR: self.identity_is_for}
            return Secret(metadata=ObjectMeta(name=name, labels=labels))
        if name != "keys" or not self.has_secret:
            return None
        labels = {names.STORAGE_FOR: self.keys_are_for} if self.keys_are_for else {}
        return Secret(metadata=ObjectMeta(name="keys", labels=labels))


async def desired_in(world: World) -> Desired | OperatorError | None:
    found = await builders.observer(cast("Kube", world), SITE).observe(KEY, None, None)
    assert found is not None
    return found.desired


async def test_the_release_gets_the_storage_and_no_reference() -> None:
    desired = await desired_in(World())

    assert isinstance(desired, Desired)
    assert desired.values["backup"] == {"keep": 3, "storageSize": "1Gi", "storage": {"s3": S3}}


async def test_another_bucket_is_another_release() -> None:
    one = await desired_in(World())
    other = await desired_in(World(storage={"s3": S3 | {"bucket": "other"}}))

    assert isinstance(one, Desired)
    assert isinstance(other, Desired)
    assert one.values_digest != other.values_digest
    assert one.server_digest == other.server_digest


@pytest.mark.parametrize(
    ("world", "reason"),
    [
        (World(storage=None), "StorageNotFound"),
        (World(has_secret=False), "StorageSecretNotFound"),
        (World(keys_are_for=None), "SecretNotShared"),
        (World(keys_are_for="another"), "SecretNotShared"),
        (World(storage=ENCRYPTED, identity_is_for="another"), "SecretNotShared"),
        (World(storage={"s3": S3, "encryption": {"ageRecipients": ["age1"]}}), "StorageInvalid"),
        (World(storage={}), "StorageInvalid"),
        (World(storage={"s3": {}}), "StorageInvalid"),
    ],
    ids=[
        "no object",
        "no Secret",
        "no label",
        "another's Secret",
        "another's identity",
        "no recipient",
        "no store",
        "no bucket",
    ],
)
async def test_a_storage_that_is_not_there_is_told_and_nothing_is_touched(
    world: World, reason: str
) -> None:
    desired = await desired_in(world)

    assert isinstance(desired, OperatorError)
    action = builders.decided(seen(desired=desired))
    assert isinstance(action, Refuse)
    assert action.reason == reason


@pytest.mark.parametrize("identity_is_for", ["bucket", None], ids=["there", "not there"])
async def test_backups_do_without_the_secret_that_decrypts_them(
    identity_is_for: str | None,
) -> None:
    desired = await desired_in(World(storage=ENCRYPTED, identity_is_for=identity_is_for))

    assert isinstance(desired, Desired)
    assert desired.values["backup"]["storage"] == ENCRYPTED


async def test_the_store_of_a_source_is_read_too() -> None:
    source = {"name": "production", "namespace": "shop", "storageRef": {"name": "bucket"}}
    desired = await desired_in(World(spec={"restore": {"source": source}}))

    assert isinstance(desired, Desired)
    assert desired.values["restore"]["source"] == {
        "name": "production", "namespace": "shop", "storage": {"s3": S3},
    }  # fmt: skip
    assert "storage" not in desired.values["backup"]


async def test_a_source_without_its_store_is_named_by_its_field() -> None:
    source = {"name": "production", "storageRef": {"name": "bucket"}}
    desired = await desired_in(World(spec={"restore": {"source": source}}, storage=None))

    assert isinstance(desired, OperatorError)
    assert "spec.restore.source.storageRef" in desired.message


async def test_a_secret_may_be_for_all_storages_of_its_namespace() -> None:
    assert isinstance(await desired_in(World(keys_are_for=names.ANY_OBJECT)), Desired)


async def test_the_message_has_the_line_that_lets_a_storage_use_a_secret() -> None:
    desired = await desired_in(World(keys_are_for=None))

    assert isinstance(desired, OperatorError)
    way_out = "kubectl label secret -n team keys --overwrite otus.homework/storage-for=bucket"
    assert way_out in desired.message


def in_a_bucket(**changes: Any) -> Observed:
    status = changes.pop("status", MySQLStatus(restore=FRESH))
    instance = an_instance(spec=IN_A_BUCKET, deleted=DELETED, status=status)
    return seen(instance=instance, **changes)


@pytest.mark.parametrize("claim", [None, GOING], ids=["no claim", "a claim that goes"])
def test_the_final_backup_needs_no_claim(claim: Claim | None) -> None:
    action = builders.decided(in_a_bucket(backup_claim=claim))

    assert isinstance(action, Uninstall)
    assert action.backup


@pytest.mark.parametrize("claim", [None, GOING], ids=["no claim", "a claim that goes"])
def test_with_its_receipt_the_release_goes(claim: Claim | None) -> None:
    receipt = RECEIPT.model_copy(update={"storage": "s3://backups/team/db", "backup_claim": None})
    status = MySQLStatus(restore=FRESH, final_backup=receipt)

    action = builders.decided(in_a_bucket(backup_claim=claim, status=status))

    assert isinstance(action, Uninstall)
    assert not action.backup


def test_a_restore_from_a_bucket_may_take_long() -> None:
    new = seen(instance=an_instance(spec=IN_A_BUCKET, status=MySQLStatus()), backup_claim=None)

    assert helm_commands.rank_of_upgrade(new, restore=True) is Rank.LONG
