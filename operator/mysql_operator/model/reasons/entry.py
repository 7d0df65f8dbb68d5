"""What is known of a reason: the form of every entry of the catalogue."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Shown(enum.StrEnum):
    """Where people meet a reason."""

    STATUS = (
        "`status.reason`, the condition `Ready`, and `Stalled` or `DeletionBlocked` with an event"
    )
    JOB = (
        "the termination message of a Job's or the server's pod; the operator repeats it in the "
        "status of the object that the Job works for"
    )
    CONDITION = (
        "a condition of the object, or `status.reason` of a MySQL object where it says the phase"
    )
    EVENT = "an event"
    LOG = "the log of the operator, and its metrics"


@dataclass(frozen=True)
class Reason:
    """One word for what happened, and what a person needs to know of it."""

    name: str
    """CamelCase and stable: people alert on it."""
    meaning: str
    impact: str
    action: str
    shown: Shown = Shown.STATUS
    may_pass: bool = False
    """Whether it often passes without anybody: a Secret that is applied next, a node that is added.

    Such a reason stalls an object after a while only (see reconcile/problems.py).
    """


@dataclass(frozen=True)
class Section:
    """Reasons about one subject."""

    title: str
    introduction: str
    reasons: tuple[Reason, ...]


NOTHING = "Nothing."
RUNS_ON = "The server runs on as it was; the change is not applied."
NOT_STARTED = "The server is down, or does not come up."
TRIED_AGAIN = "Nothing, if it passes: the operator tries again."
