"""Which databases of other namespaces keep a backup from being removed: those that can read it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from lightkube.generic_resource import GenericGlobalResource, GenericNamespacedResource

from mysql_operator import names
from mysql_operator.adapters.kube import Kube
from mysql_operator.names import Key
from mysql_operator.reconcile.runs.readers import Readers

SHOP = Key("prod", "shop")
SHARED = {"storageRef": {"kind": "ClusterMySQLBackupStorage", "name": "shared"}}
OWN = {"storageRef": {"name": "bucket"}}
GRANT = [{"namespace": "prod", "readers": ["staging"]}]


def a_bucket(**place: Any) -> dict[str, Any]:
    return {"bucket": "backups", "endpoint": "https://store:9000", **place}


class Memory:
    """What the operator knows."""

    def __init__(self, backup: dict[str, Any] | None = None) -> None:
        self.databases = {SHOP: {"backup": backup} if backup else {}}
        self.stores: dict[Key, tuple[dict[str, Any], str]] = {}
        self.shared: dict[str, Any] = {
            "s3": {**a_bucket(), "credentialsSecretRef": {"name": "keys"}}
        }
        self.labels: dict[str, dict[str, str]] = {}

    def add(self, key: Key, **spec: Any) -> None:
        self.databases[key] = spec

    async def instance(self, key: Key) -> GenericNamespacedResource:
        return _resource(key, self.databases[key])

    def instances(self) -> list[GenericNamespacedResource]:
        return [_resource(key, spec) for key, spec in self.databases.items()]

    def cluster_storage(self, name: str, reader: Key) -> GenericGlobalResource | None:
        assert reader == SHOP
        whole = {"metadata": {"name": name}, "spec": self.shared}
        return GenericGlobalResource(whole) if name == "shared" else None

    def labels_of_namespace(self, namespace: str) -> dict[str, str]:
        return self.labels.get(namespace, {})

    def remembered_storage(self, key: Key) -> GenericNamespacedResource | None:
        place = Key(key.namespace, names.storage_of(key) or "")
        if place not in self.stores:
            return None
        spec, reachable = self.stores[place]
        condition = {
            "type": "Reachable", "status": reachable, "reason": "R", "message": "m",
            "lastTransitionTime": "2026-11-28T00:00:00Z", "observedGeneration": 1,
        }  # fmt: skip
        return _resource(place, {"s3": spec}, {"conditions": [condition]})


def _resource(
    key: Key, spec: dict[str, Any], status: dict[str, Any] | None = None
) -> GenericNamespacedResource:
    metadata = {"namespace": key.namespace, "name": key.name}
    whole = {"metadata": metadata, "spec": spec, "status": status or {}}
    return GenericNamespacedResource(whole)


def readers(memory: Memory) -> set[str]:
    """Who could read the backups of prod/shop, but for itself."""
    found = asyncio.run(Readers(cast(Kube, memory)).of(SHOP))
    every = {f"{it['metadata']['namespace']}/{it['metadata']['name']}" for it in found}
    return every - {"prod/shop"}


def source(**reference: Any) -> dict[str, Any]:
    return {"restore": {"source": {"namespace": "prod", "name": "shop", **reference}}}


def test_one_beside_it_can_and_one_elsewhere_reads_no_claim() -> None:
    memory = Memory()
    memory.add(Key("prod", "copy"), restore={"source": {"name": "shop"}})
    memory.add(Key("evil", "x"), **source())

    assert readers(memory) == {"prod/copy"}


@pytest.mark.parametrize(
    ("grants", "selector", "can"),
    [
        (None, None, False),
        (GRANT, None, True),
        ([{"namespace": "other", "readers": ["staging"]}], None, False),
        (GRANT, {"matchLabels": {"backups": "yes"}}, False),
    ],
)
def test_a_shared_store_says_who_can(grants: Any, selector: Any, can: bool) -> None:
    memory = Memory(SHARED)
    memory.labels["prod"] = {"backups": "yes"}
    memory.shared |= {"readGrants": grants, "namespaceSelector": selector}
    memory.add(Key("staging", "copy"), backup=SHARED, **source())

    assert readers(memory) == ({"staging/copy"} if can else set())


@pytest.mark.parametrize(
    ("place", "reachable", "can"),
    [
        (a_bucket(), "True", True),
        (a_bucket(), "False", False),
        (a_bucket(), "Unknown", False),
        (a_bucket(bucket="another"), "True", False),
        (a_bucket(prefix="below"), "True", False),
        (a_bucket(endpoint="https://evil:9000"), "True", False),
    ],
)
@pytest.mark.parametrize("field", ["backup", "source"])
def test_keys_of_the_same_bucket_count_once_a_check_has_succeeded(
    field: str, place: Any, reachable: str, can: bool
) -> None:
    memory = Memory(OWN)
    memory.stores[Key("prod", "bucket")] = a_bucket(), "True"
    memory.stores[Key("evil", "bucket")] = place, reachable
    if field == "backup":
        memory.add(Key("evil", "x"), backup=OWN, **source())
    else:
        memory.add(Key("evil", "x"), **source(**OWN))

    assert readers(memory) == ({"evil/x"} if can else set())


def test_what_cannot_be_read_is_no_reader() -> None:
    memory = Memory(OWN)
    memory.stores[Key("prod", "bucket")] = a_bucket(), "True"
    memory.stores[Key("evil", "bucket")] = {"nonsense": 1}, "True"
    memory.add(Key("evil", "x"), backup={"storageRef": {"name": 7}}, **source())
    memory.add(Key("evil", "y"), backup=OWN, **source())
    memory.add(Key("evil", "z"), backup={"storageRef": {"name": "not-there"}}, **source())

    assert readers(memory) == set()
