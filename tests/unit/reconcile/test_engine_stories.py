"""The engine and its memory, against an API server and a helm that keep state, in virtual time."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mysql_operator.adapters import reflecting
from mysql_operator.adapters.kube import Kube
from mysql_operator.names import Key
from mysql_operator.reconcile.engine import Engine
from mysql_operator.settings import Settings
from tests.support.fake_api import FakeApi, Object, connected
from tests.support.fake_helm import FakeHelm
from tests.support.virtual_time import in_virtual_time, until

KEY = Key("team", "db")


def a_mysql(name: str = "db", **spec: Any) -> Object:
    whole = {"image": "mysql:9", "database": "app", "storage_size": "1Gi"}
    whole["passwordSecretRef"] = {"name": "words", "key": "root"}  # type: ignore[assignment]
    metadata = {"name": name, "namespace": "team"}
    return {"metadata": metadata, "spec": {**whole, **spec}}


def a_secret(word: str) -> Object:
    data = {"root": base64.b64encode(word.encode()).decode()}
    metadata = {"name": "words", "namespace": "team"}
    return {"metadata": metadata, "type": "kubernetes.io/basic-auth", "data": data}


class World:
    """A cluster with an operator."""

    def __init__(self, names: tuple[str, ...] = ("db",)) -> None:
        self.api = FakeApi()
        self.helm = FakeHelm(self.api)
        self.api.put("secrets", a_secret("first-word"))
        for name in names:
            self.api.put("mysqls", a_mysql(name))
        self.engine: Engine

    def requests(self) -> list[str]:
        """What was asked since this was asked last, but for the watches."""
        asked = [f"{it.verb} {it.plural}" for it in self.api.asked if it.verb != "watch"]
        self.api.asked.clear()
        return asked

    def status(self, name: str = "db") -> Object:
        whole = self.api.at("mysqls", name) or {}
        status: Object = whole.get("status") or {}
        return status

    def is_ready(self, name: str = "db") -> bool:
        return self.status(name).get("phase") == "Ready"

    def edit(self, **spec: Any) -> None:
        whole = self.api.at("mysqls", "db")
        assert whole is not None
        self.api.put("mysqls", {**whole, "spec": {**whole["spec"], **spec}})

    def image(self) -> str:
        deployment = self.api.at("deployments", "db")
        assert deployment is not None
        image: str = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
        return image


@asynccontextmanager
async def operated(world: World, **settings: Any) -> AsyncIterator[World]:
    """An operator runs."""
    chosen = Settings(chart=Path(), **settings)
    kube = Kube(connected(world.api), chosen.served_namespaces)
    world.engine = Engine(kube, world.helm, chosen, chart_digest="chart")
    work = asyncio.create_task(world.engine.run())
    yield world
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await world.engine.stop()


@asynccontextmanager
async def at_rest(world: World) -> AsyncIterator[World]:
    """The database is ready, and nothing has happened for a while."""
    async with operated(world):
        await until(world.is_ready)
        await asyncio.sleep(60)
        world.requests()
        world.helm.commands.clear()
        yield world


@in_virtual_time
async def test_a_database_is_born() -> None:
    async with operated(World()) as world:
        took = await until(world.is_ready)
        await asyncio.sleep(60)
        requests = world.requests()

    assert took < 5
    assert world.helm.commands == ["upgrade db"]
    assert requests.count("get secrets") == 2, "the user's own, and the revision when it is done"
    assert len(requests) < 45


@in_virtual_time
async def test_a_pass_writes_the_status_at_most_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[list[str]] = []
    one_pass, write = Engine._reconcile, Kube.write_status

    async def begun(engine: Engine, key: Key) -> float | None:
        written.append([])
        return await one_pass(engine, key)

    async def counted(kube: Kube, key: Key, status: dict[str, Any]) -> str:
        written[-1].append(str(status["phase"]))
        return await write(kube, key, status)

    monkeypatch.setattr(Engine, "_reconcile", begun)
    monkeypatch.setattr(Kube, "write_status", counted)
    async with at_rest(World()) as world:
        world.edit(image="mysql:9.7")
        await until(lambda: world.image() == "mysql:9.7")
        await asyncio.sleep(60)

    assert max(map(len, written)) == 1
    assert ["Ready"] in written


@in_virtual_time
async def test_a_pass_at_rest_sends_no_request() -> None:
    async with at_rest(World()) as world:
        for _ in range(5):
            world.engine.enqueue(KEY)
            await asyncio.sleep(1)

        assert world.requests() == []


@in_virtual_time
async def test_hours_at_rest_cost_a_list_an_hour_and_nothing_for_an_object() -> None:
    async with at_rest(World(("db", "other"))) as world:
        await asyncio.sleep(4 * 3600)
        requests = world.requests()

    assert {it.split()[0] for it in requests} == {"list"}
    assert len(requests) <= 12 * 5
    assert world.helm.commands == []


@in_virtual_time
async def test_an_edit_is_followed_at_once() -> None:
    async with at_rest(World()) as world:
        world.edit(image="mysql:9.7")

        assert await until(lambda: world.image() == "mysql:9.7") < 5
        assert world.helm.commands == ["upgrade db"]


@in_virtual_time
async def test_another_password_in_a_secret_is_noticed() -> None:
    async with at_rest(World()) as world:
        world.api.put("secrets", a_secret("second-word"))

        assert await until(lambda: world.helm.commands) < 10
        await asyncio.sleep(30)

    credentials = world.api.at("secrets", "db-credentials")
    assert credentials is not None
    assert base64.b64decode(credentials["data"]["root-password"]) == b"second-word"
    assert world.helm.commands == ["upgrade db"]


@in_virtual_time
async def test_a_secret_that_goes_and_comes_is_noticed() -> None:
    async with at_rest(World()) as world:
        world.api.remove("secrets", "words")
        gone = await until(lambda: world.status().get("reason") == "SecretNotFound")

        world.api.put("secrets", a_secret("first-word"))
        back = await until(world.is_ready)

    assert (gone < 10, back < 10) == (True, True)


@in_virtual_time
async def test_a_manual_change_of_any_object_is_reverted() -> None:
    async with at_rest(World()) as world:
        for plural, name, part in (
            ("deployments", "db", {"spec": {"replicas": 0, "selector": {}, "template": {}}}),
            ("configmaps", "db-config", {"data": {"my.cnf": "[mysqld]\nport = 1\n"}}),
            ("services", "db", {"spec": {"ports": []}}),
        ):
            world.helm.commands.clear()
            whole = world.api.at(plural, name)
            assert whole is not None
            world.api.put(plural, {**whole, **part})

            assert await until(lambda: world.helm.commands) < 5
            await asyncio.sleep(5)
            assert world.helm.commands == ["upgrade db"]


@in_virtual_time
async def test_a_deleted_service_is_made_again() -> None:
    async with at_rest(World()) as world:
        world.api.remove("services", "db")

        assert await until(lambda: world.api.at("services", "db")) < 5


@in_virtual_time
async def test_news_that_is_late_starts_no_second_helm_command() -> None:
    async with at_rest(World()) as world:
        world.api.is_late = True
        world.edit(image="mysql:9.7")
        world.engine.enqueue(KEY)
        await asyncio.sleep(20)
        assert world.helm.commands == []

        world.api.deliver()
        await until(lambda: world.helm.commands)
        world.api.is_late = True
        await asyncio.sleep(reflecting.SILENT_SECONDS - 10)
        world.api.deliver()
        await asyncio.sleep(60)

    assert world.helm.commands == ["upgrade db"]


@in_virtual_time
async def test_watches_that_say_nothing_hold_up_no_edit_for_long() -> None:
    async with at_rest(World()) as world:
        world.api.is_silent = True
        world.edit(image="mysql:9.7")

        took = await until(lambda: world.image() == "mysql:9.7", within=600)

    assert took < 2 * reflecting.SILENT_SECONDS


@in_virtual_time
async def test_an_api_server_that_restarts_changes_nothing() -> None:
    async with at_rest(World()) as world:
        world.api.is_down = True
        world.api.break_watches()
        await asyncio.sleep(120)
        world.api.is_down = False
        await asyncio.sleep(120)
        assert world.helm.commands == []

        world.edit(image="mysql:9.7")
        assert await until(lambda: world.image() == "mysql:9.7") < 5


@in_virtual_time
async def test_a_restart_of_the_operator_changes_nothing_and_asks_little() -> None:
    world = World()
    async with at_rest(world):
        before = dict(world.api.objects)

    async with operated(world):
        await asyncio.sleep(60)
        requests = [it for it in world.requests() if not it.startswith("list")]

    assert world.api.objects == before
    assert world.helm.commands == []
    assert len(requests) <= 8


@in_virtual_time
async def test_a_deletion_is_decided_on_what_was_asked_for() -> None:
    async with at_rest(World()) as world:
        world.edit(deletionPolicy="Delete")
        await asyncio.sleep(30)
        world.helm.commands.clear()
        world.requests()
        world.api.remove("mysqls", "db")

        took = await until(lambda: world.api.at("mysqls", "db") is None)
        await asyncio.sleep(60)
        requests = world.requests()
        left = {place.plural for place in world.api.objects if place.name.startswith("db")}

    assert took < 10
    assert world.helm.commands == ["uninstall db"]
    assert left == {"events"}
    assert requests.count("get namespaces") == 1
    assert len([it for it in requests if it.startswith("list")]) < 3 * 7


@in_virtual_time
async def test_a_release_that_was_left_behind_only_in_memory_is_left_alone() -> None:
    async with at_rest(World()) as world:
        name = "sh.helm.release.v1.db.v1"
        deployed = world.api.at("secrets", name)
        assert deployed is not None
        labels = {**deployed["metadata"]["labels"], "status": "pending-upgrade"}
        world.api.is_late = True
        world.api.put("secrets", {**deployed, "metadata": {"name": name, "labels": labels}})
        pending = world.api.version
        world.api.put("secrets", deployed)
        world.api.deliver_until(pending)
        await asyncio.sleep(20)

        secret = world.api.at("secrets", name)
        assert secret is not None
        assert secret["metadata"]["labels"]["status"] == "deployed"
        assert "list secrets" in world.requests()
        assert world.helm.commands == []
