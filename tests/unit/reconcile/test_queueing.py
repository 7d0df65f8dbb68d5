"""The queue loses nothing, doubles nothing and never hands one key out twice at a time."""

from __future__ import annotations

import asyncio

import pytest

from mysql_operator.names import Key
from mysql_operator.reconcile.queueing import KeyedQueue

A, B, C, D = (Key("team", name) for name in "abcd")


async def test_a_key_that_is_added_twice_is_handed_out_once() -> None:
    queue = KeyedQueue()
    queue.add(A)
    queue.add(A)
    queue.add(B)

    assert [await queue.take(), await queue.take()] == [A, B]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.take(), 0.01)


async def test_a_key_that_is_added_while_it_is_worked_on_comes_again_after() -> None:
    queue = KeyedQueue()
    queue.add(A)
    await queue.take()

    queue.add(A)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.take(), 0.01)
    queue.done(A)

    assert await asyncio.wait_for(queue.take(), 1) == A


async def test_the_soonest_of_several_plans_wins() -> None:
    queue = KeyedQueue()
    queue.add(A, after=3600)
    queue.add(A, after=0.001)
    queue.add(A, after=3600)

    assert await asyncio.wait_for(queue.take(), 1) == A


async def test_a_plan_is_dropped_when_the_key_comes_by_itself() -> None:
    queue = KeyedQueue()
    queue.add(A, after=0.001)
    queue.add(A)
    await queue.take()
    queue.done(A)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.take(), 0.02)


async def test_news_of_a_key_that_is_at_work_is_heard() -> None:
    queue = KeyedQueue()
    queue.add(A)
    await queue.take()
    queue.add(A, after=0.001)
    queue.done(A)

    assert await asyncio.wait_for(queue.take(), 1) == A


async def test_what_has_begun_goes_first_but_for_every_second_turn() -> None:
    queue = KeyedQueue()
    for key in (A, B):
        queue.add(key)
    for key in (C, D):
        queue.add(key, has_begun=True)

    assert [await queue.take() for _ in range(4)] == [C, A, D, B]


async def test_a_turn_that_no_other_needs_is_for_what_has_begun() -> None:
    queue = KeyedQueue()
    for key in (A, B):
        queue.add(key, has_begun=True)
    first = [await queue.take(), await queue.take()]
    queue.add(C, has_begun=True)
    queue.add(D)

    assert [*first, await queue.take(), await queue.take()] == [A, B, D, C]


async def test_a_key_that_begins_while_it_waits_moves_up_and_never_back() -> None:
    queue = KeyedQueue()
    for key in (A, B, C):
        queue.add(key)

    queue.add(C, has_begun=True)
    queue.add(C)

    assert [await queue.take() for _ in range(3)] == [C, A, B]
    assert len(queue) == 0


async def test_a_key_that_begins_while_it_is_worked_on_goes_first_afterwards() -> None:
    queue = KeyedQueue()
    queue.add(A)
    await queue.take()
    queue.add(B)

    queue.add(A, has_begun=True)
    queue.add(A)
    queue.done(A)

    assert await queue.take() == A
