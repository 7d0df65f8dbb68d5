"""Turns of helm commands: those that work, those that only wait, and who goes first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from mysql_operator.model.status import MySQLStatus
from mysql_operator.names import Key
from mysql_operator.reconcile import helm_commands
from mysql_operator.reconcile.facts.observations import Claim, Instance, JobState, OperationKind
from mysql_operator.reconcile.turns import Rank, Turns
from tests.unit.reconcile.builders import (
    BACKUP_CLAIM,
    CREATED,
    NOW,
    a_job,
    an_instance,
    an_operation,
    seen,
)


def key(name: str) -> Key:
    return Key("team", name)


@dataclass
class Commands:
    """Commands that hold their turn until a story ends them."""

    turns: Turns
    began: list[str] = field(default_factory=list)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def asked(self, *names: str, rank: Rank = Rank.SHORT) -> None:
        for name in names:
            self._tasks[name] = asyncio.create_task(self._hold(name, rank))
        await asyncio.sleep(0)

    async def ended(self, name: str) -> None:
        self._tasks[name].cancel()
        await asyncio.gather(self._tasks[name], return_exceptions=True)
        await asyncio.sleep(0)

    async def waits_for_its_hook(self, name: str) -> None:
        self.turns.release_slot(key(name))
        await asyncio.sleep(0)

    async def hang(self, count: int, *, rank: Rank) -> None:
        """So many are asked for, each of which waits for its hook for ever."""
        names = [f"hangs-{number}" for number in range(count)]
        await self.asked(*names, rank=rank)
        for name in names:
            await self.waits_for_its_hook(name)

    async def reclaims_slot(self, name: str) -> None:
        self.turns.reclaim_slot(key(name))
        await asyncio.sleep(0)

    async def _hold(self, name: str, rank: Rank) -> None:
        async with self.turns.turn(key(name), rank):
            self.began.append(name)
            await asyncio.Event().wait()


async def test_no_more_commands_work_at_once_than_there_are_slots() -> None:
    commands = Commands(Turns(slots=2, waiting=10))

    await commands.asked("a", "b", "c", "d")
    assert commands.began == ["a", "b"]

    await commands.ended("a")
    assert commands.began == ["a", "b", "c"]


async def test_a_deletion_goes_before_a_birth_and_a_long_restore_comes_last() -> None:
    commands = Commands(Turns(slots=1, waiting=10))
    await commands.asked("runs")
    await commands.asked("restore", rank=Rank.LONG)
    await commands.asked("birth", rank=Rank.SHORT)
    await commands.asked("first deletion", "second deletion", rank=Rank.DELETION)

    for name in ("runs", "first deletion", "second deletion", "birth"):
        await commands.ended(name)

    assert commands.began[1:] == ["first deletion", "second deletion", "birth", "restore"]


async def test_a_hundred_restores_of_hours_leave_a_turn_for_a_new_database() -> None:
    commands = Commands(Turns(slots=8, waiting=100))
    await commands.hang(120, rank=Rank.LONG)
    assert len(commands.began) == 100

    await commands.asked("new", rank=Rank.SHORT)
    await commands.asked("deleted", rank=Rank.DELETION)

    assert commands.began[100:] == ["new", "deleted"]


async def test_deletions_whose_backups_take_hours_leave_a_turn_for_a_new_database() -> None:
    commands = Commands(Turns(slots=8, waiting=100))
    await commands.hang(150, rank=Rank.DELETION)
    assert len(commands.began) == 108

    await commands.asked("new", rank=Rank.SHORT)

    assert commands.began[108:] == ["new"]


async def test_the_end_of_a_restore_gives_its_place_to_the_one_that_waited_longest() -> None:
    commands = Commands(Turns(slots=8, waiting=1))
    await commands.asked("first", "second", "third", rank=Rank.LONG)
    await commands.waits_for_its_hook("first")
    assert commands.began == ["first"]

    await commands.ended("first")

    assert commands.began == ["first", "second"]


async def test_nobody_begins_while_as_many_as_there_are_slots_are_about_to_end() -> None:
    commands = Commands(Turns(slots=1, waiting=10))
    await commands.asked("first", "second", "third", "fourth")
    await commands.waits_for_its_hook("first")
    await commands.waits_for_its_hook("second")
    await commands.reclaims_slot("first")
    await commands.reclaims_slot("second")
    assert commands.began == ["first", "second", "third"]

    for name in ("third", "second"):
        await commands.ended(name)
        assert commands.began == ["first", "second", "third"]
    await commands.ended("first")

    assert commands.began == ["first", "second", "third", "fourth"]
    assert commands.turns.waiting_for_hooks == 0


async def test_a_command_that_never_waited_or_has_ended_works_no_second_time() -> None:
    commands = Commands(Turns(slots=2, waiting=10))
    await commands.asked("first")

    await commands.reclaims_slot("first")
    await commands.ended("first")
    await commands.reclaims_slot("first")

    assert commands.turns.working == 0


async def test_a_command_that_is_cancelled_while_it_waits_takes_nobodys_turn() -> None:
    commands = Commands(Turns(slots=1, waiting=10))
    await commands.asked("runs", "gives up", "waits")

    await commands.ended("gives up")
    await commands.ended("runs")

    assert commands.began == ["runs", "waits"]


async def test_it_is_known_how_many_are_ahead() -> None:
    turns = Turns(slots=1, waiting=10)
    commands = Commands(turns)

    await commands.asked("runs", "next", "last")

    assert [turns.ahead_of(key(name)) for name in ("runs", "next", "last")] == [0, 1, 2]
    assert turns.ahead_of(key("unknown")) == 0


def test_a_command_only_waits_once_the_job_of_its_hook_is_at_work() -> None:
    operation = an_operation(OperationKind.INSTALL)
    job = a_job(JobState.RUNNING)

    assert helm_commands.waits_only_for_hook(seen(operation=operation, restore_job=job))
    assert not helm_commands.waits_only_for_hook(seen(operation=operation))
    assert not helm_commands.waits_only_for_hook(
        seen(operation=operation, restore_job=a_job(JobState.SUCCEEDED))
    )
    assert not helm_commands.waits_only_for_hook(
        seen(operation=replace(operation, has_hooks=False), backup_job=job)
    )
    assert not helm_commands.waits_only_for_hook(seen(restore_job=job))


def test_a_command_works_again_once_its_job_has_ended_and_no_other_is_at_work() -> None:
    operation = replace(an_operation(OperationKind.INSTALL), running_seconds=30.0)
    ended = replace(a_job(JobState.SUCCEEDED), ended=NOW - timedelta(seconds=1))
    long_ago = replace(ended, ended=NOW - timedelta(minutes=1))

    def has_hook_ended(**changes: Any) -> bool:
        return helm_commands.has_hook_ended(seen(**{"operation": operation, **changes}))

    assert has_hook_ended(restore_job=ended)
    assert not has_hook_ended()
    assert not has_hook_ended(restore_job=long_ago)
    assert not has_hook_ended(restore_job=ended, password_job=a_job(JobState.RUNNING))
    assert not has_hook_ended(restore_job=ended, operation=replace(operation, has_hooks=False))
    assert not has_hook_ended(restore_job=ended, operation=None)


def test_a_restore_is_long_only_where_a_backup_of_an_earlier_object_may_be_loaded() -> None:
    older = replace(BACKUP_CLAIM, created=CREATED - timedelta(days=1))
    unrestored = an_instance(status=MySQLStatus())
    never = an_instance(status=MySQLStatus(), spec={"restore": {"policy": "Never"}})

    def rank(instance: Instance, claim: Claim | None = older, *, restore: bool = True) -> Rank:
        return helm_commands.rank_of_upgrade(
            seen(instance=instance, backup_claim=claim), restore=restore
        )

    assert rank(unrestored) is Rank.LONG
    assert rank(unrestored, BACKUP_CLAIM) is Rank.SHORT
    assert rank(unrestored, None) is Rank.SHORT
    assert rank(unrestored, restore=False) is Rank.SHORT
    assert rank(an_instance()) is Rank.SHORT
    assert rank(never) is Rank.SHORT
