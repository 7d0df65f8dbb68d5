"""What becomes of a MySQLBackup object: it waits, its Job runs, and how that ended. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from mysql_operator import names
from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions, receipts
from mysql_operator.model.backup_objects import MySQLBackupSpec, MySQLBackupStatus
from mysql_operator.model.receipts import BackupSummary, DrillResult, Trigger
from mysql_operator.model.run_phases import RunPhase
from mysql_operator.reconcile.facts.observations import Job, JobState
from mysql_operator.reconcile.runs import run_states
from mysql_operator.reconcile.runs.run_states import SUCCEEDED, Database

_LOST = (
    "the Job is gone, and nobody saw its end. If it ended well, the backup is among status.backups "
    "of the MySQL object; where it is not, create another MySQLBackup"
)


@dataclass(frozen=True)
class Run(run_states.Run[MySQLBackupSpec, MySQLBackupStatus]):
    """A MySQLBackup object, and the Job that was made for it."""

    is_index: bool = False
    """Whether the operator made the object, because it found the file."""

    @property
    def file(self) -> str | None:
        """The backup that it stands for, once there is one."""
        return self.status.file or self.spec.file

    @property
    def needs_job(self) -> bool:
        """Whether a backup was asked for, and no Job has been created for it so far."""
        return self.spec.file is None and super().needs_job


def obstacle(run: Run, database: Database | None, runs: Sequence[Run]) -> OperatorError | None:
    """Why the Job of an object cannot begin yet."""
    if closed := run_states.database_obstacle(run.spec.mysql_name, database):
        return closed
    ahead = run_states.ahead_of(run, runs)
    if ahead:
        return OperatorError("BackupAhead", "older backups of this database are taken first")
    return None


def status_of(
    run: Run, database: Database | None, why_not: OperatorError | None, now: datetime
) -> MySQLBackupStatus:
    """What to report of an object; what has ended stays as it was, but for a drill of it."""
    status = run.status if run.is_over else _status_now(run, database, why_not, now)
    drill = database.status.last_drill if database is not None else None
    if drill is None or drill.result is not DrillResult.PASSED or drill.file != status.file:
        return status
    return status.model_copy(update={"drilled_at": drill.time})


def _status_now(
    run: Run, database: Database | None, why_not: OperatorError | None, now: datetime
) -> MySQLBackupStatus:
    if run.spec.file is not None:
        return _of_file(run, run.spec.file, database, now)
    if run.job is not None:
        return _of_job(run, run.job, now)
    if run.status.job is not None:
        return _failed(run, "JobLost", _LOST, now)
    return _waiting(run, why_not or OperatorError("Pending", "the Job begins now"), now)


def _of_file(run: Run, file: str, database: Database | None, now: datetime) -> MySQLBackupStatus:
    listed = database.listed.get(file) if database is not None else None
    if database is None or listed is None:
        missing = OperatorError(
            "BackupNotFound",
            f"no Job of MySQL {run.spec.mysql_name} has found {file} in the store of its backups "
            "so far",
        )
        return _waiting(run, missing, now)
    newest = database.status.last_backup
    if newest is not None and newest.file == file:
        return _complete(run, newest, now)
    known = MySQLBackupStatus(
        file=file,
        trigger=listed.trigger,
        rows=listed.rows,
        bytes=listed.size,
        completion_time=listed.time,
    )
    return run_states.stated(
        run, known, RunPhase.COMPLETE, (SUCCEEDED, f"{file} can be restored"), now
    )


def _of_job(run: Run, job: Job, now: datetime) -> MySQLBackupStatus:
    if job.state is JobState.SUCCEEDED:
        return _of_receipt(run, job, now)
    if job.state is JobState.FAILED:
        return _failed(run, *run_states.of_failed(job), now)
    told = run_states.of_running(run, "the backup is being taken")
    return run_states.stated(run, _begun(run, job), RunPhase.RUNNING, told, now)


def _of_receipt(run: Run, job: Job, now: datetime) -> MySQLBackupStatus:
    try:
        receipt = BackupSummary.model_validate(job.receipt)
    except ValidationError:
        why = "the Job has ended well, and its receipt cannot be read; see the log of its pod"
        return _failed(run, receipts.RECEIPT_UNREADABLE, why, now)
    return _complete(run, receipt, now)


def _complete(run: Run, receipt: BackupSummary, now: datetime) -> MySQLBackupStatus:
    known = _begun(run, run.job).model_copy(
        update={
            **{name: getattr(receipt, name) for name in _TAKEN_OVER},
            "bytes": receipt.size,
            "completion_time": receipt.time,
        }
    )
    told = SUCCEEDED, f"{receipt.file} can be restored"
    return run_states.stated(run, known, RunPhase.COMPLETE, told, now)


_TAKEN_OVER = (
    "file",
    "sha256",
    "method",
    "schemas",
    "tables",
    "rows",
    "server_version",
    "verified",
    "trigger",
    "not_included",
)
"""Fields that a receipt and the status have alike."""


def _begun(run: Run, job: Job | None) -> MySQLBackupStatus:
    if job is None:
        return MySQLBackupStatus()
    return MySQLBackupStatus(
        job=names.on_demand_job(run.name),
        trigger=Trigger.ON_DEMAND,
        start_time=conditions.timestamp(job.created),
    )


def _waiting(run: Run, why: OperatorError, now: datetime) -> MySQLBackupStatus:
    told = why.reason, why.message
    return run_states.stated(run, MySQLBackupStatus(), RunPhase.PENDING, told, now)


def _failed(run: Run, reason: str, message: str, now: datetime) -> MySQLBackupStatus:
    known = _begun(run, run.job)
    way_out = f"{message}. Create another MySQLBackup to try again"
    return run_states.stated(run, known, RunPhase.FAILED, (reason, way_out), now)
