"""The election, against an API server that answers as the real one does. Clocks are the test's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from lightkube import ApiError
from lightkube.models.coordination_v1 import LeaseSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.coordination_v1 import Lease

from mysql_operator.adapters import lease as leases
from mysql_operator.adapters.lease import Leadership


class Server:
    """Holds one Lease, and refuses to replace a version that is not the newest."""

    def __init__(self) -> None:
        self.lease: Lease | None = None
        self.version = 0
        self.is_away = False

    async def get(self, kind: type[Lease], name: str, *, namespace: str) -> Lease:
        await self._answer()
        if self.lease is None:
            raise an_error(404)
        return Lease.from_dict(self.lease.to_dict())

    async def create(self, lease: Lease) -> None:
        await self._answer()
        if self.lease is not None:
            raise an_error(409)
        self._store(lease)

    async def replace(self, lease: Lease) -> None:
        await self._answer()
        assert lease.metadata is not None
        if lease.metadata.resourceVersion != str(self.version):
            raise an_error(409)
        self._store(lease)

    def _store(self, lease: Lease) -> None:
        self.version += 1
        assert lease.metadata is not None
        lease.metadata.resourceVersion = str(self.version)
        self.lease = Lease.from_dict(lease.to_dict())

    async def _answer(self) -> None:
        if self.is_away:
            raise an_error(503)


def an_error(code: int) -> ApiError:
    class Response:
        def json(self) -> dict[str, Any]:
            return {"code": code, "reason": "x", "message": "x"}

    return ApiError(request=None, response=Response())  # type: ignore[arg-type]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = [1000.0]
    monkeypatch.setattr(leases.time, "monotonic", lambda: now[0])

    def pass_time(seconds: float) -> None:
        now[0] += seconds

    return pass_time


def stands(server: Server, name: str) -> Leadership:
    return Leadership(server, "ns", name)  # type: ignore[arg-type]


def takes(leadership: Leadership) -> bool:
    return asyncio.run(leadership._try())


def test_the_first_gets_the_lease_and_the_second_waits(
    server: Server, pass_time: Callable[[float], None]
) -> None:
    first, second = stands(server, "first"), stands(server, "second")

    assert takes(first)
    assert not takes(second)
    assert first.is_held
    assert not second.is_held


def test_a_lease_that_is_not_renewed_is_taken_over_after_its_duration(
    server: Server, pass_time: Callable[[float], None]
) -> None:
    first, second = stands(server, "first"), stands(server, "second")
    takes(first)
    takes(second)

    pass_time(leases.DURATION_SECONDS - 1)
    assert not takes(second)
    pass_time(2)
    assert takes(second)
    assert not takes(first)


def test_who_was_stopped_knows_before_anybody_else_may_begin(
    server: Server, pass_time: Callable[[float], None]
) -> None:
    first = stands(server, "first")
    takes(first)

    pass_time(leases.GIVE_UP_SECONDS + leases.TRY_SECONDS)

    assert not first.is_held
    assert leases.GIVE_UP_SECONDS + leases.TRY_SECONDS < leases.DURATION_SECONDS


def test_who_cannot_reach_the_server_keeps_the_lease_for_a_while_only(
    server: Server, pass_time: Callable[[float], None]
) -> None:
    first = stands(server, "first")
    takes(first)
    server.is_away = True

    pass_time(leases.GIVE_UP_SECONDS)
    assert not takes(first)
    assert first.is_held
    pass_time(leases.TRY_SECONDS)
    assert not first.is_held


def test_a_lease_that_was_given_up_is_free_at_once(
    server: Server, pass_time: Callable[[float], None]
) -> None:
    first, second = stands(server, "first"), stands(server, "second")
    takes(first)

    asyncio.run(first.give_up())

    assert takes(second)


def test_whoever_sees_another_holder_stops_at_once(
    server: Server, pass_time: Callable[[float], None]
) -> None:
    """A machine that was suspended has lost time that its clock does not know of."""
    first, second = stands(server, "first"), stands(server, "second")
    takes(first)
    takes(second)
    assert server.lease is not None
    assert server.lease.spec is not None
    server.lease.spec.holderIdentity = "second"

    assert not takes(first)

    assert not first.is_held
    asyncio.run(asyncio.wait_for(first.keep(), 10))


def test_of_two_that_take_a_stale_lease_at_once_one_gets_it(
    server: Server, pass_time: Callable[[float], None]
) -> None:
    server._store(Lease(metadata=ObjectMeta(name="x"), spec=LeaseSpec(holderIdentity="")))
    first, second = stands(server, "first"), stands(server, "second")

    async def both() -> list[bool]:
        return list(await asyncio.gather(first._try(), second._try()))

    assert sorted(asyncio.run(both())) == [False, True]
