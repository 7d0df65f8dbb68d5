"""One pass after the other, against a small world instead of a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from mysql_operator.adapters.kube import Kube, MySQL
from mysql_operator.model.events import Event
from mysql_operator.names import Key
from mysql_operator.reconcile.acting import ReleaseManager
from mysql_operator.reconcile.engine import Engine
from mysql_operator.settings import Settings

KEY = Key("team", "db")
UNREADABLE = {
    "metadata": {
        "name": "db",
        "namespace": "team",
        "uid": "u",
        "generation": 2,
        "creationTimestamp": "2026-11-23T12:00:00Z",
    },
    "spec": {"image": "mysql:9", "database": "app", "storage_size": "1Gi", "deletionPolicy": "Hm"},
    "status": {"phase": "Ready", "version": "9.7.4"},
}


class OneObject:
    """An API server with one MySQL object, which remembers what is written into it."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self.whole = whole
        self.looks: asyncio.Queue[int] = asyncio.Queue()
        self.writes = 0
        self.told: list[str] = []

    async def instance(self, key: Key) -> Any:
        self.looks.put_nowait(self.writes)
        return MySQL(self.whole) if self.whole else None

    async def write_status(self, key: Key, status: dict[str, Any]) -> str:
        self.writes += 1
        self.whole = {**self.whole, "status": status}
        return str(self.writes)

    async def record_event(self, key: Key, uid: str, event: Event, now: object) -> None:
        self.told.append(event.reason)

    async def ensure_current(self, key: Key) -> bool:
        return False

    async def follow(self, changed: object) -> None:
        await asyncio.Event().wait()

    async def filled(self, seconds: float) -> None:
        """Everything is remembered from the beginning."""

    def forget(self, key: Key) -> None:
        """Nothing is remembered that could be dropped."""

    async def close(self) -> None:
        """Nothing to close."""


@asynccontextmanager
async def running(world: OneObject) -> AsyncIterator[Engine]:
    settings = Settings(chart=Path())
    no_helm = cast("ReleaseManager", None)
    engine = Engine(cast("Kube", world), no_helm, settings, chart_digest="chart")
    work = asyncio.create_task(engine.run())
    yield engine
    work.cancel()
    await engine.stop()


async def test_an_object_that_cannot_be_read_says_so_once_and_loses_nothing() -> None:
    world = OneObject(UNREADABLE)

    async with asyncio.timeout(10), running(world) as engine:
        for _ in range(2):
            engine.enqueue(KEY)
            for _ in range(2):  # the pass reads it, and reads it again to tell of it
                await world.looks.get()

    reconciling, stalled = world.whole["status"]["conditions"]
    assert (reconciling["type"], reconciling["status"]) == ("Reconciling", "False")
    assert (stalled["type"], stalled["reason"]) == ("Stalled", "SpecInvalid")
    assert "deletionPolicy" in stalled["message"]
    assert (world.writes, world.told) == (1, ["SpecInvalid"])
    assert world.whole["status"]["version"] == "9.7.4"


def conditions_shown_by(engine: Engine) -> set[str]:
    families = (family for collector in engine.metrics() for family in collector.collect())
    return {
        sample.labels["type"]
        for family in families
        if family.name == "mysql_operator_object_condition"
        for sample in family.samples
        if sample.value
    }


async def a_pass_ended(world: OneObject, engine: Engine) -> None:
    """One pass, and the beginning of another, which waits for the first to end."""
    for _ in range(2):
        engine.enqueue(KEY)
        await world.looks.get()
    engine.enqueue(KEY)
    await world.looks.get()


async def test_the_series_of_an_object_come_and_go_with_it() -> None:
    world = OneObject(UNREADABLE)

    async with asyncio.timeout(10), running(world) as engine:
        assert conditions_shown_by(engine) == set()

        await a_pass_ended(world, engine)
        assert conditions_shown_by(engine) == {"Stalled"}

        world.whole = {}
        await a_pass_ended(world, engine)
        assert conditions_shown_by(engine) == set()
