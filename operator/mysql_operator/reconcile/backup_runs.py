"""What becomes of a MySQLBackup object: it waits, its Job runs, and how that ended. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import ValidationError

from mysql_operator import names
from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions, receipts
from mysql_operator.model.backup_objects import MySQLBackupSpec, MySQLBackupStatus
from mysql_operator.model.receipts import BackupSummary, DrillResult, Trigger
from mysql_operator.model.run_objects import RunPhase
from mysql_operator.model.status import BackupFile, MySQLStatus, Phase
from mysql_operator.reconcile import run_states
from mysql_operator.reconcile.observations import Job, JobState, Trouble
from mysql_operator.reconcile.run_states import SUCCEEDED


@dataclass(frozen=True)
class Run:
    """A MySQLBackup object, and the Job that was made for it."""

    name: str
    uid: str
    generation: int
    created: datetime
    spec: MySQLBackupSpec
    status: MySQLBackupStatus
    is_index: bool = False
    """Whether the operator made the object, because it found the file."""
    job: Job | None = None
    trouble: Trouble | None = None
    """What keeps that Job from having a pod that runs."""

    @property
    def file(self) -> str | None:
        """The backup that it stands for, once there is one."""
        return self.status.file or self.spec.file

    @property
    def is_over(self) -> bool:
        """Whether the backup is there, or will never be."""
        return self.status.phase in (RunPhase.COMPLETE, RunPhase.FAILED)


@dataclass(frozen=True)
class Database:
    """The MySQL object that backups are of."""

    status: MySQLStatus
    uid: str = ""
    is_deleted: bool = False
    listed: dict[str, BackupFile] = field(default_factory=dict)
    """The backups that its Jobs have found on the claim, by file name."""


def has_to_begin(run: Run) -> bool:
    """Whether a backup was asked for, and no Job has been created for it so far."""
    has_job = run.job is not None or run.status.job is not None
    return not (run.is_over or has_job or run.spec.file is not None)


def database_obstacle(name: str, database: Database | None) -> OperatorError | None:
    """Why no Job can work on a database now."""
    if database is None:
        return OperatorError(
            "NoSuchDatabase", f"there is no MySQL object {name} in this namespace; create it"
        )
    if database.is_deleted:
        return OperatorError(
            "DatabaseDeleted", f"MySQL {name} is being deleted, with a final backup of its own"
        )
    if database.status.phase is not Phase.READY:
        phase = database.status.phase or Phase.PENDING
        return OperatorError(
            "DatabaseNotReady", f"MySQL {name} is {phase}; the Job begins when it is Ready"
        )
    return None


def obstacle(run: Run, database: Database | None, runs: Sequence[Run]) -> OperatorError | None:
    """Why the Job of an object cannot begin yet."""
    if closed := database_obstacle(run.spec.mysql_name, database):
        return closed
    ahead = [other for other in runs if _is_ahead(other, run)]
    if ahead:
        return OperatorError("BackupAhead", f"the backup {ahead[0].name} is taken first")
    return None


def _is_ahead(other: Run, run: Run) -> bool:
    """Whether another object's Job runs, or was asked for earlier: one at a time, oldest first."""
    if other.uid == run.uid or other.is_over or other.spec.file is not None:
        return False
    return other.job is not None or (other.created, other.name) < (run.created, run.name)


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
        return _failed(run, "JobLost", "somebody deleted the Job before it had ended", now)
    return _waiting(run, why_not or OperatorError("Pending", "the Job begins now"), now)


def _of_file(run: Run, file: str, database: Database | None, now: datetime) -> MySQLBackupStatus:
    listed = database.listed.get(file) if database is not None else None
    if database is None or listed is None:
        missing = OperatorError(
            "BackupNotFound",
            f"no Job of MySQL {run.spec.mysql_name} has found {file} on its backup claim so far",
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
