"""What becomes of a MySQLRestore object: it waits, its Job runs, and how that ended. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from mysql_operator import names
from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions, receipts
from mysql_operator.model.backup_objects import MySQLBackupStatus
from mysql_operator.model.events import Event
from mysql_operator.model.receipts import RestoreReceipt
from mysql_operator.model.restore_objects import MySQLRestoreSpec, MySQLRestoreStatus
from mysql_operator.model.run_phases import RunPhase
from mysql_operator.reconcile import stories
from mysql_operator.reconcile.facts.observations import Job, JobState
from mysql_operator.reconcile.runs import run_states
from mysql_operator.reconcile.runs.run_states import SUCCEEDED, Database

RESTORE_FAILED = "InPlaceRestoreFailed"
"""The event at the database; the object itself has the reason."""


_LOOK = (
    "the data of the backup may be in place already. Look at what the database serves, and at "
    "`SELECT * FROM mysql_operator.marker`. Create another MySQLRestore only where it is not: that "
    "would replace all that was written since"
)


@dataclass(frozen=True)
class Run(run_states.Run[MySQLRestoreSpec, MySQLRestoreStatus]):
    """A MySQLRestore object, and the Job that was made for it."""

    backup: MySQLBackupStatus | None = None
    """Of the MySQLBackup that it names; None where that database has no such backup."""

    @property
    def may_begin(self) -> bool:
        """Whether its backup can be restored: one that cannot begin holds up no other."""
        return super().may_begin and _backup_obstacle(self) is None


def obstacle(run: Run, database: Database | None, runs: Sequence[Run]) -> OperatorError | None:
    """Why the Job of an object cannot begin yet."""
    ahead = run_states.ahead_of(run, runs)
    running = [other for other in ahead if other.has_begun]
    if running:  # which is why the database is not Ready
        return _backup_obstacle(run) or _ahead(running)
    closed = run_states.database_obstacle(run.spec.mysql_name, database)
    return closed or _backup_obstacle(run) or _ahead(ahead)


def _ahead(others: Sequence[Run]) -> OperatorError | None:
    if not others:
        return None
    return OperatorError("RestoreAhead", f"the restore {others[0].name} is carried out first")


def _backup_obstacle(run: Run) -> OperatorError | None:
    name = run.spec.backup_name
    if run.backup is None:
        return OperatorError(
            "BackupNotFound",
            f"spec.backupName: MySQL {run.spec.mysql_name} has no MySQLBackup {name} in this "
            "namespace; `kubectl get msb` lists them. Delete this object, and create one that "
            "names another",
        )
    if run.backup.phase is not RunPhase.COMPLETE or run.backup.file is None:
        phase = run.backup.phase or RunPhase.PENDING
        return OperatorError(
            "BackupNotComplete",
            f"spec.backupName: the MySQLBackup {name} is {phase}; the restore begins when it is "
            "Complete",
        )
    return None


def status_of(run: Run, why_not: OperatorError | None, now: datetime) -> MySQLRestoreStatus:
    """What to report of an object; what has ended stays as it was reported."""
    if run.is_over:
        return run.status
    if run.job is not None:
        return _of_job(run, run.job, now)
    if run.status.job is not None:
        return _failed(run, "JobLost", f"the Job is gone, and nobody saw its end: {_LOOK}", now)
    why = why_not or OperatorError("Pending", "the Job begins now")
    told = why.reason, why.message
    return run_states.stated(run, MySQLRestoreStatus(), RunPhase.PENDING, told, now)


def _of_job(run: Run, job: Job, now: datetime) -> MySQLRestoreStatus:
    if job.state is JobState.SUCCEEDED:
        return _of_receipt(run, job, now)
    if job.state is JobState.FAILED:
        return _failed(run, *run_states.of_failed(job), now)
    told = run_states.of_running(
        run, "the backup is being restored; the database is read-only meanwhile"
    )
    return run_states.stated(run, _begun(run, job), RunPhase.RUNNING, told, now)


def _of_receipt(run: Run, job: Job, now: datetime) -> MySQLRestoreStatus:
    try:
        receipt = RestoreReceipt.model_validate(job.receipt)
    except ValidationError:
        why = f"the Job has ended well, and its receipt cannot be read: {_LOOK}"
        return _failed(run, receipts.RECEIPT_UNREADABLE, why, now)
    known = _begun(run, job).model_copy(
        update={
            "file": receipt.file,
            "safety_backup": receipt.safety_backup,
            "tables": receipt.tables,
            "rows": receipt.rows,
            "missing": receipt.missing,
            "completion_time": receipt.time,
        }
    )
    told = SUCCEEDED, f"{stories.of_restore(receipt)}; before: {receipt.safety_backup}"
    return run_states.stated(run, known, RunPhase.COMPLETE, told, now)


def _begun(run: Run, job: Job | None) -> MySQLRestoreStatus:
    if job is None:
        return MySQLRestoreStatus()
    return MySQLRestoreStatus(
        job=names.in_place_job(run.name),
        file=run.status.file or (run.backup and run.backup.file),
        start_time=conditions.timestamp(job.created),
    )


def _failed(run: Run, reason: str, message: str, now: datetime) -> MySQLRestoreStatus:
    known = _begun(run, run.job)
    if names.MYSQL_RESTORE.kind not in message:
        message = f"{message}. Create another MySQLRestore to try again"
    return run_states.stated(run, known, RunPhase.FAILED, (reason, message), now)


def event_of(old: MySQLRestoreStatus, new: MySQLRestoreStatus) -> Event | None:
    """What to report where one status follows another: how the restore began and how it ended."""
    if new.phase == old.phase or new.phase is RunPhase.PENDING:
        return None
    reason = new.conditions[0].reason
    type_ = "Warning" if new.phase is RunPhase.FAILED else "Normal"
    return Event(type_, reason, new.message or "", fact=str(new.phase))


def event_of_database(run: Run, event: Event) -> Event | None:
    """What the MySQL object has of that. A success it reports itself, when it has the receipt."""
    if event.type != "Warning":
        return None
    message = f"MySQLRestore {run.name}: {event.reason}: {event.message}"
    return Event("Warning", RESTORE_FAILED, message, fact=run.uid)
