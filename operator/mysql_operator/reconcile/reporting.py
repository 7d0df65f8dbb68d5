"""From what is seen to what people read: the status. Pure.

A sentence says what happened and, where somebody has to act, the way out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions
from mysql_operator.model.status import MySQLStatus, Phase
from mysql_operator.reconcile import phases, problems, stating, stories
from mysql_operator.reconcile.actions import (
    Action,
    AddFinalizer,
    DeleteDamagedRevision,
    Upgrade,
    WriteCredentials,
)
from mysql_operator.reconcile.facts.observations import Observed
from mysql_operator.reconcile.problems import Problem

MADE_BY_HELM = ("release", "storage", "version", "backups_listed")
"""Fields of the status that change step by step while helm works and its Jobs end."""


def status_for(observed: Observed, action: Action) -> MySQLStatus:
    """Describe an object whose status so far holds all that is remembered of it."""
    before = observed.instance.status
    generation = _observed_generation(observed, action)
    counted = before.model_copy(update={"observed_generation": generation})
    problem = problems.of(observed, action, counted)
    phase = phases.phase_of(observed, action, counted, problem)
    summary = _summary(observed, counted, phase, problem)
    counted = counted.model_copy(update=summary)
    stated = stating.conditions_of(observed, counted, phase, problem)
    return counted.model_copy(
        update={
            "version": (observed.server and observed.server.version) or before.version,
            "conditions": conditions.merged(before.conditions, stated, now=observed.now),
        }
    )


def _summary(
    observed: Observed, status: MySQLStatus, phase: Phase, problem: Problem | None
) -> dict[str, Any]:
    """Phase, reason and message: the line that `kubectl get` shows."""
    is_served = stating.is_ready(observed, status) and observed.in_place is None
    reason = problem.reason if problem else problems.SERVING if is_served else str(phase)
    is_same = reason == status.reason and status.reason_since is not None
    since = status.reason_since if is_same else conditions.timestamp(observed.now)
    far = stories.of_progress(observed) if phase is Phase.RESTORING else ""
    story = stories.of_turn(observed.operation) or far or stories.of_phase(status, phase)
    return {
        "phase": phase,
        "reason": reason,
        "reason_since": problem.since if problem else since,
        "message": problem.message if problem else story,
    }


def can_wait(observed: Observed, action: Action, status: MySQLStatus) -> bool:
    """Tell whether nobody misses this status: a pass that is near reports it with what follows.

    So it is where the next pass comes at once, and where helm works and nothing has changed but
    what helm makes: none of it is lost with an operator that dies, since it is seen again.
    """
    if isinstance(action, AddFinalizer):
        return observed.refused is None
    before = observed.instance.status
    made = {name: getattr(status, name) for name in MADE_BY_HELM}
    return observed.operation is not None and before.model_copy(update=made) == status


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


def _observed_generation(observed: Observed, action: Action) -> int | None:
    """The generation that the status speaks of: the new one once helm has been done with it.

    So `kubectl wait --for=condition=Ready` right after an edit waits for what the edit asks for.
    """
    is_applying = isinstance(
        action, Upgrade | WriteCredentials | AddFinalizer | DeleteDamagedRevision
    )
    if is_applying or phases.is_at_work(observed):
        return observed.instance.status.observed_generation
    return observed.instance.generation
