"""What is said of an object for which one Job was created, backup or restore. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, TypeVar

from mysql_operator.model import conditions
from mysql_operator.model.backup_objects import MySQLBackupStatus
from mysql_operator.model.restore_objects import MySQLRestoreStatus
from mysql_operator.model.run_objects import COMPLETE, RunPhase
from mysql_operator.reconcile.observations import Job, Trouble

SUCCEEDED = "Succeeded"
RUNNING = "Running"

Status = TypeVar("Status", MySQLBackupStatus, MySQLRestoreStatus)

Told = tuple[str, str]
"""Reason and message."""


class AnyRun(Protocol):
    """Such an object."""

    @property
    def generation(self) -> int:
        """Its metadata.generation."""

    @property
    def status(self) -> MySQLBackupStatus | MySQLRestoreStatus:
        """What was reported last."""

    @property
    def trouble(self) -> Trouble | None:
        """What keeps its Job from having a pod that runs."""


def stated(run: AnyRun, known: Status, phase: RunPhase, told: Told, now: datetime) -> Status:
    """Put phase, message and condition to what is known of the run."""
    status = "True" if phase is RunPhase.COMPLETE else "False"
    complete = conditions.new(run.generation, COMPLETE, status, told)
    merged = conditions.merged(run.status.conditions, [complete], now=now)
    return known.model_copy(update={"phase": phase, "message": told[1], "conditions": merged})


def of_failed(job: Job) -> Told:
    """Why a Job has failed, as its agent has reported."""
    message = job.receipt.get("message") or "the Job has failed without a message; see its log"
    return str(job.receipt.get("reason") or "Failed"), str(message)


def of_running(run: AnyRun, work: str) -> Told:
    """What keeps a Job from its work, or the work."""
    trouble = run.trouble
    return (trouble.reason, trouble.message) if trouble is not None else (RUNNING, work)
