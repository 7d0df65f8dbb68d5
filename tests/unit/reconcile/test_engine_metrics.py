"""What Prometheus reads of the operator's own work."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.registry import Collector

from mysql_operator.errors import HelmError
from mysql_operator.names import Key
from mysql_operator.reconcile.engine_metrics import (
    CurrentState,
    HelmMetrics,
    PassMetrics,
    of_queue,
    of_turns,
)
from mysql_operator.reconcile.facts.observations import OperationKind
from mysql_operator.reconcile.queueing import KeyedQueue
from mysql_operator.reconcile.turns import Rank, Turns

ONE, TWO, THREE = (Key("team", name) for name in ("one", "two", "three"))


def values(*collectors: Collector) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    for collector in collectors:
        registry.register(collector)
    return registry


def state_of(registry: CollectorRegistry, names: Iterable[str]) -> list[float | None]:
    return [registry.get_sample_value(f"mysql_operator_{name}") for name in names]


async def test_the_queue_tells_its_length_and_the_longest_wait() -> None:
    queue = KeyedQueue()
    seen = values(CurrentState(of_queue(queue, {})))

    for key in (ONE, TWO, ONE):
        queue.add(key)
    await asyncio.sleep(0.01)

    assert state_of(seen, ["queue_length"]) == [2]
    assert (state_of(seen, ["queue_longest_wait_seconds"])[0] or 0) >= 0.01
    await queue.take()
    await queue.take()
    assert state_of(seen, ["queue_length", "queue_longest_wait_seconds"]) == [0, 0]


async def test_a_key_that_is_asked_for_again_has_waited_since_the_first_time() -> None:
    queue = KeyedQueue()
    queue.add(ONE)
    await asyncio.sleep(0.02)

    queue.add(ONE)

    assert queue.longest_wait() >= 0.02


async def test_helm_commands_are_counted_by_what_they_do() -> None:
    turns = Turns(slots=1, waiting=5)
    seen = values(CurrentState(of_turns(turns)))
    end = asyncio.Event()

    async def command(key: Key) -> None:
        async with turns.turn(key, Rank.SHORT):
            await end.wait()

    commands = [asyncio.create_task(command(key)) for key in (ONE, TWO, THREE)]
    await asyncio.sleep(0)
    turns.release_slot(ONE)

    names = ("helm_working", "helm_waiting_for_hooks", "helm_queued", "helm_slots")
    assert state_of(seen, names) == [1, 1, 1, 1]
    end.set()
    await asyncio.gather(*commands)
    assert state_of(seen, names) == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("error", "is_wanted", "outcome"),
    [
        (None, True, "succeeded"),
        (HelmError("QuotaExceeded", ""), True, "failed"),
        (None, False, "cancelled"),
    ],
)
def test_a_helm_command_counts_under_its_outcome(
    error: HelmError | None, is_wanted: bool, outcome: str
) -> None:
    metrics = HelmMetrics()

    metrics.ended(OperationKind.INSTALL, 2.0, error, is_wanted=is_wanted)

    labels = {"command": "install", "outcome": outcome}
    seen = values(metrics)
    name = "mysql_operator_helm_duration_seconds"
    assert seen.get_sample_value(f"{name}_sum", labels) == 2
    assert seen.get_sample_value(f"{name}_bucket", {**labels, "le": "1.0"}) == 0
    failures = seen.get_sample_value(
        "mysql_operator_helm_failures_total", {"command": "install", "reason": "QuotaExceeded"}
    )
    assert failures == (1 if error else None)


def test_a_pass_counts_with_the_reason_of_its_failure() -> None:
    metrics = PassMetrics()

    metrics.ended(began=0.0, reason=None)
    metrics.ended(began=0.0, reason="ApiUnreachable")

    seen = values(metrics)
    assert seen.get_sample_value("mysql_operator_pass_duration_seconds_count") == 2
    reason = {"reason": "ApiUnreachable"}
    assert seen.get_sample_value("mysql_operator_pass_errors_total", reason) == 1
