"""The conditions of an object, as kstatus and `kubectl wait` read them. Pure.

Each says what is true of every object it is True for. `Reconciling` and `Stalled` are never True at
once: the first says that the operator is getting on, the second that it needs a person.
"""

from __future__ import annotations

from mysql_operator import names
from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions
from mysql_operator.model.status import Condition, MySQLStatus, Phase
from mysql_operator.reconcile import drills, final_backups, phases, releases, schedules, stories
from mysql_operator.reconcile.facts.observations import Observed
from mysql_operator.reconcile.problems import MESSAGE_LIMIT, SERVING, Problem

PROGRESSING = "Progressing"
SETTLED = "Settled"


def conditions_of(
    observed: Observed, status: MySQLStatus, phase: Phase, problem: Problem | None
) -> list[Condition]:
    """What is true of an object whose phase, reason and message stand in `status` already."""
    stated = [
        _ready(observed, status, phase, problem),
        _initialized(observed, status),
        *_progress(observed, status, phase, problem),
    ]
    stated += _of_schedules(observed, status)
    if observed.instance.deleted is not None:
        stated.append(_deletion_blocked(observed, phase, problem))
    return stated


def is_ready(observed: Observed, status: MySQLStatus) -> bool:
    """Whether clients are served, and by all the data and accounts that they are to find."""
    if (
        observed.instance.deleted is not None
        or observed.server is None
        or not observed.server.ready
    ):
        return False
    if releases.is_new(observed):
        return not phases.is_at_work(observed)  # the application user may still be missing
    return status.restore is not None or observed.operation is None


def stalled_by(problem: OperatorError | Problem, generation: int) -> list[Condition]:
    """The two conditions of an object that needs a person."""
    see = f"see the condition {conditions.STALLED}"
    return [
        condition(generation, conditions.RECONCILING, False, conditions.STALLED, see),
        condition(generation, conditions.STALLED, True, problem.reason, problem.message),
    ]


def _ready(
    observed: Observed, status: MySQLStatus, phase: Phase, problem: Problem | None
) -> Condition:
    """Of the generation that is in force: a wait for an edit then waits for its effect."""
    applied = status.observed_generation or 0
    generation = applied if applied > 0 else observed.instance.generation
    if is_ready(observed, status):
        said = SERVING, stories.of_readiness(observed)
        generation = _in_force(observed, generation) if problem is not None else generation
    elif problem is not None:
        said = problem.reason, problem.message
    else:
        said = str(phase), stories.of_activity(phase)
    return condition(generation, conditions.READY, is_ready(observed, status), *said)


def _in_force(observed: Observed, generation: int) -> int:
    """The generation that a server runs while a problem keeps a newer one from being applied."""
    before = conditions.find(observed.instance.status.conditions, conditions.READY)
    known = before.observed_generation if before is not None else 0
    return min(known, generation) if known > 0 else generation


def _initialized(observed: Observed, status: MySQLStatus) -> Condition:
    receipt = status.restore
    return condition(
        observed.instance.generation,
        conditions.INITIALIZED,
        receipt is not None,
        receipt.result.capitalize() if receipt else "NotYet",
        stories.of_restore(receipt) if receipt else "Restore not finished",
    )


def _progress(
    observed: Observed, status: MySQLStatus, phase: Phase, problem: Problem | None
) -> list[Condition]:
    """Whether the operator is getting on, and whether it needs a person."""
    generation = observed.instance.generation
    if problem is not None and problem.is_stalled:
        return stalled_by(problem, generation)
    if phase is Phase.READY and problem is None:
        nothing = "No problem found"
        return [
            condition(generation, conditions.RECONCILING, False, SETTLED, nothing),
            condition(generation, conditions.STALLED, False, SETTLED, nothing),
        ]
    reason = problem.reason if problem is not None else PROGRESSING
    far = (
        stories.of_progress(observed)
        if observed.in_place is not None
        else stories.of_activity(phase)
    )
    said = problem.message if problem is not None else far
    return [
        condition(generation, conditions.RECONCILING, True, reason, said),
        condition(generation, conditions.STALLED, False, PROGRESSING, said),
    ]


def _of_schedules(observed: Observed, status: MySQLStatus) -> list[Condition]:
    """Whether backups and drills come as their schedules say, and what these found."""
    verdicts = {
        conditions.BACKUPS_ON_SCHEDULE: schedules.verdict(observed, status),
        conditions.BACKUPS_PROVEN: drills.verdict(observed, status),
    }
    generation = observed.instance.generation
    return [
        conditions.new(generation, type_, said.status, (said.reason, said.message[:MESSAGE_LIMIT]))
        for type_, said in verdicts.items()
        if said is not None
    ]


def _deletion_blocked(observed: Observed, phase: Phase, problem: Problem | None) -> Condition:
    is_blocked = phase is Phase.DELETION_BLOCKED
    why = problem.message if problem else "the final backup failed"
    if final_backups.needs_final_backup(observed):
        why += _way_out(observed)
    return condition(
        observed.instance.generation,
        conditions.DELETION_BLOCKED,
        is_blocked,
        problem.reason if is_blocked and problem else PROGRESSING,
        why if is_blocked else "Nothing blocks the deletion",
    )


def _way_out(observed: Observed) -> str:
    """How to let the object go without a backup, and why the annotation that is there does not."""
    key = observed.instance.key
    sentence = names.give_up_sentence(key)
    if names.GIVE_UP in observed.instance.annotations:
        return (
            f". The annotation {names.GIVE_UP} has another value than asked for: "
            f"the sentence must be exactly: {sentence}"
        )
    return (
        ". The operator tries again with back-off. To delete without a backup: kubectl annotate "
        f'-n {key.namespace} {names.MYSQL.short_name} {key.name} "{names.GIVE_UP}={sentence}"'
    )


def condition(generation: int, type_: str, holds: bool, reason: str, message: str) -> Condition:
    """One condition, without the time of its last change."""
    status = "True" if holds else "False"
    return conditions.new(generation, type_, status, (reason, message[:MESSAGE_LIMIT]))
