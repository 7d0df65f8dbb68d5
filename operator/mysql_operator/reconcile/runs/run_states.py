"""An object for which one Job is created, backup or restore, and what is said of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions
from mysql_operator.model.backup_objects import MySQLBackupSpec, MySQLBackupStatus
from mysql_operator.model.restore_objects import MySQLRestoreSpec, MySQLRestoreStatus
from mysql_operator.model.run_phases import COMPLETE, RunPhase
from mysql_operator.model.status import ListedBackup, MySQLStatus, Phase
from mysql_operator.reconcile.facts.observations import Job, Trouble

SUCCEEDED = "Succeeded"
RUNNING = "Running"

Spec = TypeVar("Spec", MySQLBackupSpec, MySQLRestoreSpec)
Status = TypeVar("Status", MySQLBackupStatus, MySQLRestoreStatus)

ReasonAndMessage = tuple[str, str]
"""Reason and message."""


@dataclass(frozen=True)
class Run(Generic[Spec, Status]):
    """Such an object, and the Job that was created for it."""

    name: str
    uid: str
    generation: int
    created: datetime
    spec: Spec
    status: Status
    is_going: bool = False
    """Whether it is being deleted."""
    job: Job | None = None
    trouble: Trouble | None = None
    """What keeps that Job from having a pod that runs."""

    @property
    def is_over(self) -> bool:
        """Whether the work is done, or will never be."""
        return self.status.phase in (RunPhase.COMPLETE, RunPhase.FAILED)

    @property
    def has_begun(self) -> bool:
        """Whether a Job was created for it."""
        return self.job is not None or self.status.job is not None

    @property
    def needs_job(self) -> bool:
        """Whether a Job is to be created for it, now or later."""
        return not (self.is_over or self.has_begun)

    @property
    def may_begin(self) -> bool:
        """Whether nothing but the database and its turn keeps that Job from being created."""
        return self.needs_job

    @property
    def order(self) -> tuple[datetime, str]:
        """By which the objects of one database take their turns: the oldest first."""
        return self.created, self.name


@dataclass(frozen=True)
class Database:
    """The MySQL object that such objects are of."""

    status: MySQLStatus
    uid: str = ""
    is_deleted: bool = False
    listed: dict[str, ListedBackup] = field(default_factory=dict)
    """The backups that its Jobs have found, by file name."""
    spared: str = ""
    """What spec.restore.from says: a file, or that the newest one is meant."""


AnyRun = Run[MySQLBackupSpec, MySQLBackupStatus] | Run[MySQLRestoreSpec, MySQLRestoreStatus]
RunT = TypeVar("RunT", bound=AnyRun)


def database_obstacle(name: str, database: Database | None) -> OperatorError | None:
    """Why no Job can work on a database now."""
    if database is None:
        return OperatorError(
            "NoSuchDatabase", f"there is no MySQL object {name} in this namespace; create it"
        )
    if database.is_deleted:
        return OperatorError(
            "DatabaseDeleted",
            f"MySQL {name} is being deleted; with deletionPolicy Backup it gets a final backup",
        )
    if database.status.phase is not Phase.READY:
        phase = database.status.phase or Phase.PENDING
        return OperatorError(
            "DatabaseNotReady", f"MySQL {name} is {phase}; the Job begins when it is Ready"
        )
    return None


def stated(
    run: AnyRun, known: Status, phase: RunPhase, told: ReasonAndMessage, now: datetime
) -> Status:
    """Put phase, message and condition to what is known of the run."""
    status = "True" if phase is RunPhase.COMPLETE else "False"
    complete = conditions.new(run.generation, COMPLETE, status, told)
    merged = conditions.merged(run.status.conditions, [complete], now=now)
    return known.model_copy(update={"phase": phase, "message": told[1], "conditions": merged})


def ahead_of(run: RunT, runs: Sequence[RunT]) -> list[RunT]:
    """List the others that take their turn first: one at a time, the oldest first."""
    return [
        other
        for other in runs
        if other.uid != run.uid
        and not other.is_over
        and (other.has_begun or (other.may_begin and other.order < run.order))
    ]


def of_failed(job: Job) -> ReasonAndMessage:
    """Why a Job has failed, as its agent has reported."""
    message = job.receipt.get("message") or "the Job has failed without a message; see its log"
    return str(job.receipt.get("reason") or "Failed"), str(message)


def of_running(run: AnyRun, work: str) -> ReasonAndMessage:
    """What keeps a Job from its work, or the work."""
    trouble = run.trouble
    return (trouble.reason, trouble.message) if trouble is not None else (RUNNING, work)
