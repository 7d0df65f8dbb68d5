"""Whatever goes wrong with the watches, and in whatever order: memory comes to what is stored."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import pytest

from mysql_operator.adapters import kinds
from mysql_operator.adapters.kinds import Watched
from mysql_operator.adapters.stores import Place
from mysql_operator.names import Key
from tests.support.fake_api import FakeApi
from tests.support.virtual_time import in_virtual_time
from tests.unit.adapters.test_caches import (
    KEY,
    World,
    a_mysql,
    a_pod,
    a_revision,
    a_secret,
    following,
)

STORED = {"mysqls": kinds.INSTANCES, "pods": kinds.PODS, "secrets": kinds.SECRETS}


class Trouble:
    """Writes and faults in an order that a seed gives."""

    def __init__(self, world: World, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311
        self.world = world
        self.api = world.api

    async def step(self) -> None:
        """Do one thing, and let some time go by, or none."""
        steps: list[Callable[[], object]] = [
            *[self._write] * 8,
            *[self._remove] * 3,
            self._doubt,
            self.api.break_watches,
            self.api.forget_history,
            self.api.deliver,
            lambda: setattr(self.api, "is_late", True),
            lambda: setattr(self.api, "is_silent", self.chance.random() < 0.3),
            lambda: setattr(self.api, "is_down", self.chance.random() < 0.3),
        ]
        self.chance.choice(steps)()
        await asyncio.sleep(self.chance.choice((0, 0, 0.1, 1, 20, 100)))

    def heal(self) -> None:
        self.api.is_down = self.api.is_silent = False
        self.api.deliver()

    def _write(self) -> None:
        number = self.chance.randrange(4)
        plural, whole = self.chance.choice(
            [
                ("mysqls", a_mysql(spec={"image": f"mysql:{self.chance.random()}"})),
                ("pods", a_pod(f"db-{number}", self.chance.choice(["Pending", "Running"]))),
                ("secrets", a_secret(f"words-{number}")),
                ("secrets", a_revision(number, self.chance.choice(["deployed", "failed"]))),
            ]
        )
        self.api.put(plural, whole)

    def _remove(self) -> None:
        places = [it for it in self.api.objects if it.plural in STORED]
        if places:
            place = self.chance.choice(places)
            self.api.remove(place.plural, place.name)

    def _doubt(self) -> None:
        self.world.kube.doubt(KEY)


def remembered(world: World, watched: Watched) -> dict[Place, int]:
    store = world.kube._caches._reflectors[watched.name, "*"].store
    return {place: cached.version for place, cached in store._objects.items()}


def stored(api: FakeApi, plural: str) -> dict[Place, int]:
    return {
        Key(place.namespace, place.name): int(whole["metadata"]["resourceVersion"])
        for place, whole in api.objects.items()
        if place.plural == plural
    }


@pytest.mark.parametrize("seed", range(10))
@in_virtual_time
async def test_memory_comes_to_what_is_stored(seed: int) -> None:
    async with following(World()) as world:
        trouble = Trouble(world, seed)
        for _ in range(60):
            await trouble.step()

        trouble.heal()
        await asyncio.sleep(200)

        for plural, watched in STORED.items():
            assert remembered(world, watched) == stored(world.api, plural)
            assert world.kube._caches.is_current(watched, "team")


@pytest.mark.parametrize("seed", range(10))
@in_virtual_time
async def test_what_is_asked_for_is_what_is_stored_in_the_middle_of_it(seed: int) -> None:
    async with following(World()) as world:
        trouble = Trouble(world, seed)
        for _ in range(60):
            await trouble.step()
            if not world.api.is_down:
                world.kube.doubt(KEY)
                assert await world.kube.ensure_current(KEY)
                pods = await world.kube.pods(KEY)
                names = {pod.metadata.name for pod in pods if pod.metadata}
                assert names == {place.name for place in stored(world.api, "pods")}


@pytest.mark.parametrize("seed", range(10))
@in_virtual_time
async def test_no_object_goes_back_to_an_older_state(seed: int) -> None:
    async with following(World()) as world:
        trouble, newest = Trouble(world, seed), dict[Place, int]()
        for _ in range(60):
            await trouble.step()
            now = remembered(world, kinds.INSTANCES) | remembered(world, kinds.PODS)
            assert all(version >= newest.get(place, 0) for place, version in now.items())
            newest |= now
