"""From what is seen to what people read: the status. Pure.

A sentence says what happened and, where somebody has to act, the way out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions
from mysql_operator.model.status import MySQLStatus, Phase, PutBack
from mysql_operator.reconcile import judging, phases, problems, stating, stories
from mysql_operator.reconcile.actions import (
    Action,
    AddFinalizer,
    DropRevision,
    Nothing,
    Upgrade,
    WriteCredentials,
)
from mysql_operator.reconcile.observations import Observed
from mysql_operator.reconcile.problems import Problem


def status_for(seen: Observed, action: Action) -> MySQLStatus:
    """The status of an object of which this was seen and for which this is being done."""
    before = seen.instance.status
    generation = _observed_generation(seen, action)
    failures = _count_failures(seen, action)
    counted = before.model_copy(update={**failures, "observed_generation": generation})
    problem = problems.of(seen, action, counted)
    phase = phases.phase_of(seen, action, counted, problem)
    summary = _summary(seen, counted, phase, problem)
    counted = counted.model_copy(update=summary)
    stated = stating.conditions_of(seen, counted, phase, problem)
    return counted.model_copy(
        update={
            "version": (seen.server and seen.server.version) or before.version,
            "put_back": _put_back(seen, action) or before.put_back,
            "conditions": conditions.merged(before.conditions, stated, now=seen.now),
        }
    )


def _summary(
    seen: Observed, status: MySQLStatus, phase: Phase, problem: Problem | None
) -> dict[str, Any]:
    """Phase, reason and message: the line that `kubectl get` shows."""
    is_ready = stating.is_ready(seen, status)
    reason = problem.reason if problem else problems.SERVING if is_ready else str(phase)
    is_same = reason == status.reason and status.reason_since is not None
    since = status.reason_since if is_same else conditions.timestamp(seen.now)
    far = seen.progress if phase is Phase.RESTORING else ""
    story = stories.of_turn(seen.operation) or far or stories.of_phase(status, phase)
    return {
        "phase": phase,
        "reason": reason,
        "reason_since": problem.since if problem else since,
        "message": problem.message if problem else story,
    }


def status_with_problem(
    status: MySQLStatus, problem: OperatorError, generation: int, now: datetime
) -> MySQLStatus:
    """The status of an object that cannot even be read: as it was, and what is wrong."""
    replaced = (conditions.STALLED, conditions.RECONCILING)
    others = [it for it in status.conditions if it.type not in replaced]
    stated = [*others, *stating.stalled_by(problem, generation)]
    return status.model_copy(
        update={
            "phase": Phase.STALLED,
            "reason": problem.reason,
            "reason_since": status.reason_since
            if status.reason == problem.reason
            else conditions.timestamp(now),
            "message": problem.message,
            "conditions": conditions.merged(status.conditions, stated, now=now),
        }
    )


def _count_failures(seen: Observed, action: Action) -> dict[str, Any]:
    none = {"failures": None, "failed_at": None, "failed_attempt": None}
    if seen.outcome is None:
        # The operator may have died after helm had succeeded: what is at rest has not failed.
        return none if isinstance(action, Nothing) and seen.instance.deleted is None else {}
    if seen.outcome.error is None and seen.instance.deleted is not None:
        return {}  # a repair between two attempts at a backup is not the backup
    if seen.outcome.error is None:
        return none
    same = seen.instance.status.failed_attempt == seen.outcome.attempted
    return {
        "failures": (seen.instance.status.failures or 0) + 1 if same else 1,
        "failed_at": conditions.timestamp(seen.now),
        "failed_attempt": seen.outcome.attempted,
    }


def _observed_generation(seen: Observed, action: Action) -> int | None:
    """The generation that the status speaks of: the new one once helm has been done with it.

    So `kubectl wait --for=condition=Ready` right after an edit waits for what the edit asks for.
    """
    is_applying = isinstance(action, Upgrade | WriteCredentials | AddFinalizer | DropRevision)
    if is_applying or phases.is_at_work(seen):
        return seen.instance.status.observed_generation
    return seen.instance.generation


def _put_back(seen: Observed, action: Action) -> PutBack | None:
    what, release = "", seen.release
    if isinstance(action, DropRevision) and release is not None:
        what = f"Secret {release.secret} cannot be read"
    elif isinstance(action, Upgrade) and seen.drift:
        what = judging.drift_of(seen)
    elif isinstance(action, Upgrade) and release and judging.is_made_by_hand(seen, release):
        name = seen.instance.key.name
        what = f"helm release {name}: revision {release.revision} is not the operator's"
    if not what:
        return None
    return PutBack(what=what, time=conditions.timestamp(seen.now))
