"""Conditions: how one replaces another, and the types there are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from mysql_operator.model.status import Condition

READY = "Ready"
INITIALIZED = "Initialized"
RECONCILING = "Reconciling"
STALLED = "Stalled"
DELETION_BLOCKED = "DeletionBlocked"
BACKUPS_ON_SCHEDULE = "BackupsOnSchedule"
BACKUPS_PROVEN = "BackupsProven"


def new(generation: int, type_: str, status: str, told: tuple[str, str]) -> Condition:
    """One condition with its reason and message, without the time of its last change."""
    reason, message = told
    return Condition(
        type=type_,
        status=status,
        reason=reason,
        message=message,
        last_transition_time="",
        observed_generation=generation,
    )


def merged(old: Iterable[Condition], new: Iterable[Condition], *, now: datetime) -> list[Condition]:
    """The new conditions, each with the time at which its `status` last changed."""
    before = {condition.type: condition for condition in old}
    stamp = timestamp(now)
    return [_stamped(condition, before.get(condition.type), stamp) for condition in new]


def timestamp(now: datetime) -> str:
    """Write a time as Kubernetes does: UTC, whole seconds, `Z`."""
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def find(conditions: Iterable[Condition], type_: str) -> Condition | None:
    """The condition of that type, if there is one."""
    return next((condition for condition in conditions if condition.type == type_), None)


def _stamped(new: Condition, old: Condition | None, stamp: str) -> Condition:
    since = old.last_transition_time if old and old.status == new.status else stamp
    return new.model_copy(update={"last_transition_time": since})
