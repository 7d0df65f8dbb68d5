"""From what is seen to what people read: the status and the events. Pure.

A sentence says what happened and, where somebody has to act, the way out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mysql_operator import names
from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions
from mysql_operator.model.status import (
    BackupReceipt,
    Condition,
    MySQLStatus,
    Phase,
    PutBack,
    RestoreReceipt,
    UserPasswordStatus,
)
from mysql_operator.reconcile import judging
from mysql_operator.reconcile.actions import (
    Action,
    AddFinalizer,
    DropRevision,
    Nothing,
    Refuse,
    Unlock,
    Upgrade,
    WriteCredentials,
)
from mysql_operator.reconcile.observations import (
    Desired,
    JobState,
    Observed,
    OperationKind,
)

MESSAGE_LIMIT = 1024


@dataclass(frozen=True)
class Event:
    """One line under `kubectl describe`."""

    type: str
    reason: str
    message: str


def status_for(seen: Observed, action: Action) -> MySQLStatus:
    """The status of an object of which this was seen and for which this is being done."""
    before = seen.instance.status
    generation = _observed_generation(seen, action)
    failures = _count_failures(seen, action)
    counted = before.model_copy(update={**failures, "observed_generation": generation})
    problem = _problem(seen, action, counted)
    phase = _phase(seen, action, counted)
    version = seen.server.version if seen.server and seen.server.version else before.version
    return counted.model_copy(
        update={
            "phase": phase,
            "message": problem.message if problem else _turn(seen) or _story(counted, phase, seen),
            "version": version,
            "put_back": _put_back(seen, action) or before.put_back,
            "conditions": conditions.merged(
                before.conditions, _conditions(seen, counted, phase, problem), now=seen.now
            ),
        }
    )


def status_with_problem(
    status: MySQLStatus, problem: OperatorError, generation: int, now: datetime
) -> MySQLStatus:
    """The status of an object that cannot even be read: as it was, and what is wrong."""
    others = [it for it in status.conditions if it.type != conditions.STALLED]
    stalled = _condition(generation, conditions.STALLED, True, problem.reason, problem.message)
    told = conditions.merged(status.conditions, [*others, stalled], now=now)
    changes = {"phase": Phase.STALLED, "message": problem.message, "conditions": told}
    return status.model_copy(update=changes)


def events_between(old: MySQLStatus, new: MySQLStatus) -> list[Event]:
    """What to tell as events: only changes, so that a restart of the operator repeats nothing."""
    told: list[Event] = []
    if new.restore != old.restore and new.restore is not None:
        told.append(Event("Normal", new.restore.result.capitalize(), restore_story(new.restore)))
    if new.last_backup not in (None, old.last_backup) and new.last_backup.taken_for:
        told.append(Event("Normal", "BackedUp", _backup_story(new.last_backup)))
    if new.user_password != old.user_password and new.user_password is not None:
        told.append(Event("Normal", "UserPasswordSet", _password_story(new.user_password)))
    if new.put_back != old.put_back and new.put_back is not None:
        told.append(Event("Warning", "PutBack", f"changed by hand: {new.put_back.what}"))
    for type_ in (conditions.STALLED, conditions.DELETION_BLOCKED):
        told += _event_of_problem(old, new, type_)
    if new.phase is Phase.READY and old.phase is not Phase.READY:
        told.append(Event("Normal", "Ready", f"MySQL {new.version or ''} serves clients"))
    return told


def _event_of_problem(old: MySQLStatus, new: MySQLStatus, type_: str) -> list[Event]:
    before, after = conditions.find(old.conditions, type_), conditions.find(new.conditions, type_)
    if after is None or after.status != "True":
        return []
    if before is not None and _told(before) == _told(after):
        return []
    reason = type_ if type_ == conditions.DELETION_BLOCKED else after.reason
    return [Event("Warning", reason, after.message)]


def _told(condition: Condition) -> tuple[str, str, int]:
    """What makes a problem another one. Not its message: that may hold a port or a time."""
    return condition.status, condition.reason, condition.observed_generation


# The status.


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
    if is_applying or _is_at_work(seen):
        return seen.instance.status.observed_generation
    return seen.instance.generation


def _problem(seen: Observed, action: Action, status: MySQLStatus) -> OperatorError | None:
    """What somebody has to know or do, the most useful sentence first."""
    if isinstance(action, Refuse):
        return OperatorError(action.reason, action.message)
    if seen.refused is not None:
        return seen.refused
    if seen.trouble is not None:
        return OperatorError(seen.trouble.reason, seen.trouble.message)
    if not status.failures:
        return seen.desired.unmet if isinstance(seen.desired, Desired) else None
    if seen.outcome is not None and seen.outcome.error is not None:
        return _said_by_job(seen) or seen.outcome.error
    stalled = conditions.find(seen.instance.status.conditions, conditions.STALLED)
    if stalled is not None and stalled.status == "True":
        return OperatorError(stalled.reason, stalled.message)
    return OperatorError("Failed", "the last attempt failed; see the events")


def _said_by_job(seen: Observed) -> OperatorError | None:
    jobs = (
        [seen.backup_job]
        if seen.instance.deleted is not None
        else [judging.refusing_check(seen), seen.restore_job, seen.password_job]
    )
    for job in jobs:
        if job is not None and job.state is JobState.FAILED and job.receipt.get("message"):
            reason = str(job.receipt.get("reason", "HookFailed"))
            return OperatorError(reason, str(job.receipt["message"])[:MESSAGE_LIMIT])
    return None


def _phase(seen: Observed, action: Action, status: MySQLStatus) -> Phase:
    if seen.instance.deleted is not None:
        return _phase_of_deletion(seen, seen.instance.deleted, action, status)
    if isinstance(action, Refuse) or seen.trouble is not None or seen.refused is not None:
        return Phase.STALLED
    if seen.operation is not None:
        return _phase_of_operation(seen, seen.operation.kind)
    if status.failures:
        return Phase.STALLED
    if seen.release is None:
        return Phase.PENDING
    if isinstance(action, Upgrade | Unlock | DropRevision | WriteCredentials):
        return Phase.UPGRADING  # not Ready: the release is not yet what the spec asks for
    return Phase.READY if seen.server is not None and seen.server.ready else Phase.STARTING


def _is_at_work(seen: Observed) -> bool:
    """Whether a helm command runs whose end may still change what clients see."""
    if seen.operation is None:
        return False
    is_wanted = (
        isinstance(seen.desired, Desired)
        and seen.operation.values_digest == seen.desired.values_digest
    )
    return not (is_wanted and judging.has_only_to_end(seen, seen.operation))


def _phase_of_operation(seen: Observed, kind: OperationKind) -> Phase:
    if not _is_at_work(seen):
        return Phase.INSTALLING  # clients are served; what is left is to see helm's end
    if judging.needs_restore(seen) and judging.runs(seen.restore_job, since=seen.instance.created):
        return Phase.RESTORING
    if seen.password_job is not None and seen.password_job.state is JobState.RUNNING:
        return Phase.CHANGING_PASSWORD
    return Phase.INSTALLING if kind is OperationKind.INSTALL else Phase.UPGRADING


def _phase_of_deletion(
    seen: Observed, deleted: datetime, action: Action, status: MySQLStatus
) -> Phase:
    if isinstance(action, Refuse) or seen.refused is not None:
        return Phase.DELETION_BLOCKED
    if not judging.needs_final_backup(seen) or judging.has_final_receipt(seen, deleted):
        return Phase.DELETING
    if seen.backup_job is not None and seen.backup_job.state is JobState.RUNNING:
        return Phase.BACKING_UP
    return Phase.DELETION_BLOCKED if status.failures else Phase.DELETING


def _conditions(
    seen: Observed, status: MySQLStatus, phase: Phase, problem: OperatorError | None
) -> list[Condition]:
    ready = _is_ready(seen, status)
    is_stalled = problem is not None
    made = [
        _condition(
            status.observed_generation or 0,
            conditions.READY,
            ready,
            "Serving" if ready else str(phase),
            "the server serves clients" if ready else "the server does not serve clients",
        ),
        _condition(
            status.observed_generation or 0,
            conditions.RESTORED,
            status.restore is not None,
            status.restore.result.capitalize() if status.restore else "NotYet",
            restore_story(status.restore)
            if status.restore
            else "the restore has not been seen to end",
        ),
        _condition(
            seen.instance.generation,
            conditions.STALLED,
            is_stalled,
            problem.reason if problem else "Progressing",
            problem.message if problem else "nothing is in the way",
        ),
    ]
    if seen.instance.deleted is not None:
        made.append(_deletion_blocked(seen, phase, problem))
    return made


def _is_ready(seen: Observed, status: MySQLStatus) -> bool:
    """Whether clients are served, and by all the data and accounts that they are to find."""
    if seen.instance.deleted is not None or seen.server is None or not seen.server.ready:
        return False
    if judging.is_new(seen):
        return not _is_at_work(seen)  # the application user may still be missing
    return status.restore is not None or seen.operation is None


def _deletion_blocked(seen: Observed, phase: Phase, problem: OperatorError | None) -> Condition:
    is_blocked = phase is Phase.DELETION_BLOCKED
    way_out = problem.message if problem else "the final backup failed"
    if judging.needs_final_backup(seen):
        way_out += (
            ". It is tried again with back-off. To delete without a backup: kubectl annotate "
            f"-n {seen.instance.key.namespace} {names.SHORT_NAME} {seen.instance.key.name} "
            f'"{names.GIVE_UP}={names.give_up_sentence(seen.instance.key)}"'
        )
    return _condition(
        seen.instance.generation,
        conditions.DELETION_BLOCKED,
        is_blocked,
        problem.reason if is_blocked and problem else "Progressing",
        way_out if is_blocked else "the deletion goes on",
    )


def _condition(generation: int, type_: str, holds: bool, reason: str, message: str) -> Condition:
    return Condition(
        type=type_,
        status="True" if holds else "False",
        reason=reason,
        message=message[:MESSAGE_LIMIT],
        last_transition_time="",
        observed_generation=generation,
    )


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


# The sentences.


def _story(status: MySQLStatus, phase: Phase, seen: Observed) -> str:
    if phase is Phase.BACKING_UP:
        return "the final backup is being taken"
    if phase is Phase.DELETING and status.last_backup is not None and status.last_backup.taken_for:
        return _backup_story(status.last_backup)
    if phase is Phase.UPGRADING and status.restore is not None:
        return "bringing the server to what the spec says; the data stays as it is"
    if phase is Phase.RESTORING:
        return seen.progress or "looking for a backup to restore"
    return restore_story(status.restore) if status.restore else f"{phase.lower()}"


def _turn(seen: Observed) -> str | None:
    if seen.operation is None or not seen.operation.ahead:
        return None
    return f"waiting for {_counted(seen.operation.ahead, 'other helm command')}"


def restore_story(receipt: RestoreReceipt) -> str:
    """Where the data came from, in the words that the contract promises."""
    if receipt.result == "restored":
        return (
            f"restored from {receipt.file} (taken {receipt.backup_time}; "
            f"{_counted(receipt.tables, 'table')}, {_counted(receipt.rows, 'row')})"
        )
    if receipt.result == "fresh":
        return f"created fresh: {receipt.reason}"
    return f"{receipt.result}: {receipt.reason}"


def _backup_story(receipt: BackupReceipt) -> str:
    return (
        f"backed up to {receipt.file} ({receipt.size} bytes, {_counted(receipt.tables, 'table')}, "
        f"{_counted(receipt.rows, 'row')}, SHA-256 {receipt.sha256[:12]}…)"
        + (", verified by loading it" if receipt.verified else "")
    )


def _counted(number: int | None, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _password_story(status: UserPasswordStatus) -> str:
    return f"the password of {names.APP_USER} was set: {status.result}"
