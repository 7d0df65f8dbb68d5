"""An object of a release is read when it has changed, and what a revision holds is not kept."""

from __future__ import annotations

from typing import Any, cast

import yaml
from lightkube.models.meta_v1 import ObjectMeta

from mysql_operator.adapters.kube import Kube
from mysql_operator.adapters.marks import Mark, mark_of_content
from mysql_operator.adapters.release_secrets import Content
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.facts.revisions import Revisions

KEY = Key("team", "db")
FOUND = reading.Found(KEY, None, None, None, {}, [], None, None)


def an_object(kind: str, version: str, **content: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "metadata": {"name": "db", "resourceVersion": version, "generation": 1},
        **content,
    }


class OneRelease:
    """An API server with a release of one ConfigMap and one Deployment."""

    def __init__(self) -> None:
        self.live = {
            "ConfigMap": an_object("ConfigMap", "1", data={"a": "b"}),
            "Deployment": an_object("Deployment", "2", spec={"replicas": 1}),
        }
        self.manifest = yaml.safe_dump_all(list(self.live.values()))
        self.remembers = True
        self.read: list[str] = []

    async def release_content(self, key: Key, secret: str) -> Content:
        self.read.append(secret)
        return Content("mysql-instance", self.manifest)

    async def made(self, key: Key, kind: str, name: str) -> dict[str, Any] | None:
        self.read.append(kind)
        return self.live.get(kind)

    def mark(self, key: Key, kind: str, name: str) -> Mark | None:
        live = self.live.get(kind)
        return mark_of_content(kind, live) if live and self.remembers else None

    async def drift(self, revisions: Revisions) -> list[str]:
        """What differs, the reading of it being forgotten."""
        self.read.clear()
        return [it.what for it in await revisions.drift(FOUND)]


async def a_compared_release(world: OneRelease, version: str = "7") -> Revisions:
    revisions = Revisions(cast("Kube", world))
    await revisions.newest(KEY, _secret(version))
    assert await world.drift(revisions) == []
    return revisions


def _secret(version: str) -> ObjectMeta:
    return ObjectMeta(name="v1", resourceVersion=version)


async def test_what_has_not_changed_is_not_read_again() -> None:
    world = OneRelease()
    revisions = await a_compared_release(world)

    await revisions.newest(KEY, _secret("7"))
    assert await world.drift(revisions) == []

    assert world.read == []


async def test_what_has_changed_is_read_and_nothing_else() -> None:
    world = OneRelease()
    revisions = await a_compared_release(world)
    world.live["ConfigMap"] = an_object("ConfigMap", "3", data={"a": "c"})

    for _ in range(2):
        said = await world.drift(revisions)
        assert said == ["ConfigMap db: data.a is c, not b"]

    assert world.read == []


async def test_a_status_of_a_deployment_is_no_change() -> None:
    world = OneRelease()
    revisions = await a_compared_release(world)
    world.live["Deployment"] = an_object("Deployment", "9", spec={"replicas": 1}, status={"a": 1})

    await world.drift(revisions)

    assert world.read == []


async def test_what_is_gone_is_said_until_it_is_back() -> None:
    world = OneRelease()
    revisions = await a_compared_release(world)
    gone = world.live.pop("Deployment")

    assert await world.drift(revisions) == ["Deployment db is gone"]
    world.live["Deployment"] = gone
    assert await world.drift(revisions) == []


async def test_without_memory_everything_is_read() -> None:
    world = OneRelease()
    revisions = await a_compared_release(world)
    world.remembers = False

    await world.drift(revisions)

    assert world.read == ["v1", "ConfigMap", "Deployment"]


async def test_another_revision_is_compared_anew_and_not_kept() -> None:
    world = OneRelease()
    revisions = await a_compared_release(world)

    await revisions.newest(KEY, _secret("8"))
    await world.drift(revisions)

    assert world.read == ["ConfigMap", "Deployment"]
    assert revisions._revisions[KEY].manifest == ""
