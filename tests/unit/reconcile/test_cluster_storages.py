"""Stories of ClusterMySQLBackupStorage objects, whose stores the operator itself checks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.adapters import agent_process
from mysql_operator.adapters.agent_process import Report
from mysql_operator.adapters.signing_server import SigningServer
from mysql_operator.model.release_storage import ReleaseStorage
from tests.support import age
from tests.support.fake_api import Object
from tests.support.signing import HOME, KEYS, encoded
from tests.support.virtual_time import in_virtual_time, until
from tests.unit.reconcile.test_engine_stories import World, operated

PLURAL = names.CLUSTER_STORAGE.plural
GOOD: Object = {"result": "reachable", "store": "s3://backups"}
BAD: Object = {"result": "failed", "reason": "StorageCredentialsRefused", "message": "no"}


@dataclass
class Agent:
    """What runs beside the operator, as often as it is wanted."""

    says: Object = field(default_factory=lambda: GOOD)
    given: list[dict[str, str]] = field(default_factory=list)

    async def run(self, command: str, environment: dict[str, str], *, seconds: float) -> Report:
        assert command == "check-storage"
        self.given.append(environment)
        await asyncio.sleep(3)
        return Report(self.says, datetime.now(UTC))


async def started(*_: Any) -> None:
    """Serve nobody: a real server has no place in virtual time (see test_signing)."""


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> Agent:
    made = Agent()
    monkeypatch.setattr(agent_process, "run", made.run)
    monkeypatch.setattr(SigningServer, "start", started)
    return made


def a_storage(**fields: Any) -> Object:
    place = {"bucket": "backups", "credentialsSecretRef": {"name": "keys"}}
    return {"metadata": {"name": "shared"}, "spec": {"s3": place, **fields}}


def keys(word: str = "a-key", *, label: str | None = "shared") -> Object:
    labels = {} if label is None else {names.STORAGE_FOR: label}
    content = encoded(KEYS | {"AWS_ACCESS_KEY_ID": word})
    metadata = {"name": "keys", "namespace": HOME, "labels": labels}
    return {"metadata": metadata, "type": "Opaque", "data": content}


def a_world(*objects: Object, databases: tuple[str, ...] = ()) -> World:
    world = World(names=databases)
    world.api.put("namespaces", {"metadata": {"name": "team", "labels": {"team": "yes"}}})
    for whole in objects:
        world.api.put("secrets" if "data" in whole else PLURAL, whole)
    return world


def at_work(world: World, **settings: Any) -> AbstractAsyncContextManager[World]:
    given = {"signing_port": 8443, "own_namespace": HOME, **settings}
    return operated(world, **given)


def condition(world: World) -> tuple[str, str]:
    whole = world.api.at(PLURAL, "shared", "") or {}
    found = whole.get("status", {}).get("conditions") or [{"status": "", "reason": ""}]
    return found[0]["status"], found[0]["reason"]


def says(world: World, status: str, reason: str) -> Callable[[], bool]:
    return lambda: condition(world) == (status, reason)


@in_virtual_time
async def test_a_new_storage_is_checked_by_signed_urls_and_then_left_alone(agent: Agent) -> None:
    async with at_work(a_world(keys(), a_storage())) as world:
        await until(says(world, "Unknown", "Checking"))
        await until(says(world, "True", "CheckSucceeded"))
        world.requests()
        await asyncio.sleep(600)
        requests = world.requests()
        authority = world.api.at("secrets", names.SIGNING_SECRET, HOME)

    assert {request for request in requests if "leases" not in request} == set()
    (given,) = agent.given
    storage = ReleaseStorage.model_validate_json(given["BACKUP_STORAGE"])
    assert storage.signed_by is not None
    assert storage.credentials_secret == ""
    assert not any(word in str(given) for word in KEYS.values())
    assert given["NAMESPACE"] == HOME
    assert authority is not None
    assert authority["type"] == "Opaque"


def series(world: World) -> list[tuple[dict[str, str], float]]:
    families = (family for it in world.engine.metrics() for family in it.collect())
    found = (it for it in families if it.name == "mysql_operator_storage_reachable")
    return [(sample.labels, sample.value) for family in found for sample in family.samples]


@in_virtual_time
async def test_the_metric_of_a_storage_ends_with_it(agent: Agent) -> None:
    agent.says = BAD
    async with at_work(a_world(keys(), a_storage())) as world:
        await until(says(world, "False", "StorageCredentialsRefused"))
        labels = {"kind": names.CLUSTER_STORAGE.kind, "namespace": "", "name": "shared"}
        assert series(world) == [(labels, 0)]
        world.api.remove(PLURAL, "shared", "")
        await until(lambda: series(world) == [])


@in_virtual_time
async def test_keys_that_somebody_changes_are_checked_anew(agent: Agent) -> None:
    agent.says = BAD
    async with at_work(a_world(keys(), a_storage())) as world:
        await until(says(world, "False", "StorageCredentialsRefused"))
        agent.says = GOOD
        world.api.put("secrets", keys("another-key"))
        await until(says(world, "True", "CheckSucceeded"))

    assert len(agent.given) == 2


@pytest.mark.parametrize(
    ("secrets", "reason"),
    [
        ((), "StorageSecretNotFound"),
        ((keys(label=None),), "SecretNotShared"),
        ((keys(label="another"),), "SecretNotShared"),
        ((keys(""),), "MissingStorageCredentials"),
    ],
    ids=["no Secret", "no label", "another's", "no key"],
)
@in_virtual_time
async def test_keys_that_cannot_be_used_are_named_and_nothing_is_run(
    agent: Agent, secrets: tuple[Object, ...], reason: str
) -> None:
    async with at_work(a_world(*secrets, a_storage())) as world:
        await until(says(world, "False", reason))
        assert agent.given == []
        world.api.put("secrets", keys())
        await until(says(world, "True", "CheckSucceeded"))


@in_virtual_time
async def test_a_storage_that_goes_ends_its_check(agent: Agent) -> None:
    async with at_work(a_world(keys(), a_storage())) as world:
        await until(lambda: agent.given)
        world.api.remove(PLURAL, "shared", "")
        await asyncio.sleep(60)

    assert len(agent.given) == 1


REFERRED = {"backup": {"storageRef": {"kind": names.CLUSTER_STORAGE.kind, "name": "shared"}}}
STRANGER = {"namespaceSelector": {"matchLabels": {"team": "no"}}}


@in_virtual_time
async def test_a_database_gets_the_store_without_its_keys(agent: Agent) -> None:
    async with at_work(a_world(keys(), a_storage(), databases=("db",))) as world:
        world.edit(**REFERRED)
        await until(lambda: "storage" in world.helm.values.get("backup", {}))
        storage = world.helm.values["backup"]["storage"]

    assert storage["s3"] == {"bucket": "backups"}
    assert storage["signedBy"]["storage"] == "shared"
    assert storage["signedBy"]["caBundle"].startswith("-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize(
    ("storages", "reason", "word"),
    [
        ((), "StorageNotFound", "does not exist"),
        ((a_storage(**STRANGER),), "StorageNotAllowed", "spec.namespaceSelector"),
    ],
    ids=["none", "not for this namespace"],
)
@in_virtual_time
async def test_a_store_that_a_database_may_not_use_is_named_and_nothing_is_touched(
    agent: Agent, storages: tuple[Object, ...], reason: str, word: str
) -> None:
    async with at_work(a_world(keys(), *storages, databases=("db",))) as world:
        await until(world.is_ready)
        commands = list(world.helm.commands)
        world.edit(**REFERRED)
        await until(lambda: world.status().get("reason") == reason)
        assert word in world.status()["message"]
        assert world.helm.commands == commands
        world.api.put(PLURAL, a_storage())
        await until(lambda: world.helm.commands != commands, within=1200)


@in_virtual_time
async def test_an_operator_of_single_namespaces_says_that_it_has_none(agent: Agent) -> None:
    served = at_work(a_world(keys(), a_storage(), databases=("db",)), namespaces="team")
    async with served as world:
        await until(world.is_ready)
        world.edit(**REFERRED)
        await until(lambda: world.status().get("reason") == "StorageNotFound")

    assert "single namespaces" in world.status()["message"]
    assert agent.given == []


@in_virtual_time
async def test_a_check_encrypts_and_has_nothing_to_decrypt_with(agent: Agent) -> None:
    recipients = [age.pair().recipient]
    encryption = {"ageRecipients": recipients, "identitySecretRef": {"name": "age-keys"}}
    async with at_work(
        a_world(keys(), a_storage(encryption=encryption), databases=("db",))
    ) as world:
        await until(says(world, "True", "CheckSucceeded"))
        world.edit(**REFERRED)
        await until(lambda: "storage" in world.helm.values.get("backup", {}))

    (given,) = agent.given
    checked = ReleaseStorage.model_validate_json(given["BACKUP_STORAGE"])
    assert checked.encryption is not None
    assert (checked.encryption.age_recipients, checked.identity_secret) == (recipients, "")
    assert world.helm.values["backup"]["storage"]["encryption"] == encryption
