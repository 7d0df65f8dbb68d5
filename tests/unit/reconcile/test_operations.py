"""helm commands in the background: seen while they run, and their end is never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from mysql_operator.errors import HelmError, OperatorError
from mysql_operator.names import Key
from mysql_operator.reconcile.facts.observations import OperationKind, Outcome
from mysql_operator.reconcile.operations import Command, Operations
from mysql_operator.reconcile.turns import Turns

KEY, OTHER = Key("team", "db"), Key("team", "other")


@pytest.fixture
def ended() -> asyncio.Queue[Key]:
    return asyncio.Queue()


@pytest.fixture
def operations(ended: asyncio.Queue[Key]) -> Operations:
    return Operations(Turns(slots=1, waiting=1), ended=ended.put_nowait)


def start(operations: Operations, run: Coroutine[Any, Any, None], key: Key = KEY) -> None:
    command = Command(
        kind=OperationKind.UPGRADE, run=run, values_digest="v", attempted="v-c", has_hooks=True
    )
    operations.start(key, command)


async def well() -> None:
    await asyncio.sleep(0)


async def for_ever() -> None:
    await asyncio.Event().wait()


async def badly() -> None:
    raise HelmError("Invalid", "no")


async def test_a_command_is_seen_until_it_ends(
    operations: Operations, ended: asyncio.Queue[Key]
) -> None:
    start(operations, well())
    assert operations.of(KEY) is not None

    assert await ended.get() == KEY

    assert operations.of(KEY) is None
    assert operations.outcome(KEY) == Outcome(attempted="v-c", error=None)
    assert operations.has_begun(KEY)
    operations.settle(KEY)
    assert not operations.has_begun(KEY)


async def test_a_command_that_waits_for_its_turn_has_not_run_yet(operations: Operations) -> None:
    start(operations, for_ever(), OTHER)
    start(operations, for_ever())
    await asyncio.sleep(0.01)

    assert operations.of(OTHER).running_seconds > 0
    assert operations.of(KEY).running_seconds == 0
    assert (operations.of(OTHER).ahead, operations.of(KEY).ahead) == (0, 1)
    assert (operations.has_begun(OTHER), operations.has_begun(KEY)) == (True, False)
    await operations.stop(grace_seconds=0)


async def test_a_command_that_only_waits_for_its_hook_holds_up_nobody(
    operations: Operations, ended: asyncio.Queue[Key]
) -> None:
    start(operations, for_ever(), OTHER)
    start(operations, well())
    await asyncio.sleep(0)

    operations.release_slot(OTHER)

    assert await ended.get() == KEY
    assert operations.of(OTHER) is not None
    await operations.stop(grace_seconds=0)


async def test_a_failure_is_kept_until_it_has_been_written_down(
    operations: Operations, ended: asyncio.Queue[Key]
) -> None:
    start(operations, badly())
    await ended.get()

    assert operations.outcome(KEY).error.reason == "Invalid"
    operations.settle(KEY)
    assert operations.outcome(KEY) is None


async def test_a_command_that_is_not_wanted_any_more_is_no_failure(
    operations: Operations, ended: asyncio.Queue[Key]
) -> None:
    start(operations, for_ever())
    await asyncio.sleep(0)

    operations.cancel(KEY, None)
    await ended.get()

    assert operations.of(KEY) is None
    assert operations.outcome(KEY) is None


async def test_a_command_that_cannot_succeed_fails_for_the_reason_that_was_seen(
    operations: Operations, ended: asyncio.Queue[Key]
) -> None:
    start(operations, for_ever())
    await asyncio.sleep(0)

    operations.cancel(KEY, OperatorError("ImageCannotBePulled", "spec.image"))
    await ended.get()

    assert operations.outcome(KEY).error.reason == "ImageCannotBePulled"


async def test_a_command_waits_for_a_slot_and_can_be_cancelled_there(
    operations: Operations, ended: asyncio.Queue[Key]
) -> None:
    start(operations, for_ever())
    start(operations, well(), OTHER)
    await asyncio.sleep(0)

    operations.cancel(OTHER, None)

    assert await ended.get() == OTHER
    await operations.stop(grace_seconds=0)


async def test_what_does_not_finish_in_time_is_ended_at_shutdown(
    operations: Operations, ended: asyncio.Queue[Key]
) -> None:
    start(operations, for_ever())
    await asyncio.sleep(0)

    await operations.stop(grace_seconds=0)

    assert operations.of(KEY) is None
