"""What becomes of a MySQLBackup that is deleted: its files go, or it waits, or they stay. Pure.

A file is removed by a Job, which asks the store itself whether the backup may go (agent/removing).
What is refused here is what the Job cannot know, and what is certain without it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mysql_operator import names
from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions, receipts, retention
from mysql_operator.model.backup_objects import MySQLBackupSpec, MySQLBackupStatus, ReclaimPolicy
from mysql_operator.model.events import Event
from mysql_operator.model.receipts import Trigger
from mysql_operator.names import Key
from mysql_operator.reconcile import hook_jobs
from mysql_operator.reconcile.facts.observations import Job, JobState, Trouble
from mysql_operator.reconcile.runs.run_states import Database

AGAIN_AFTER = timedelta(minutes=5)
"""After an attempt that failed. Its Job, and the log of that, stay until the next one."""

PROGRESSING = "Progressing"


@dataclass(frozen=True)
class Removable:
    """A MySQLBackup object, as far as its deletion is concerned."""

    name: str
    uid: str
    version: str
    generation: int
    is_going: bool
    finalizers: tuple[str, ...]
    spec: MySQLBackupSpec
    status: MySQLBackupStatus
    taking: Job | None = None
    """The Job that takes the backup which the object asks for."""
    removing: Job | None = None
    trouble: Trouble | None = None
    """What keeps the Job that removes the files from having a pod that runs."""

    @property
    def is_held(self) -> bool:
        """Whether it stays until its files are removed."""
        return names.FILES_FINALIZER in self.finalizers

    @property
    def is_to_be_held(self) -> bool:
        """Whether its files go with it."""
        return self.spec.reclaim_policy is ReclaimPolicy.DELETE

    @property
    def file(self) -> str | None:
        """The backup; None where there is none so far."""
        said = self.taking.receipt.get("file") if self.taking is not None else None
        return self.status.file or self.spec.file or (str(said) if said else None)


@dataclass(frozen=True)
class RemovalContext:
    """What else a removal depends on."""

    now: datetime
    database: Database | None
    namespace_ends: bool = False
    used_by: str = ""
    """What restores a backup of the database, or tries one, at this moment; empty for nothing."""
    named_by: Mapping[str, str] = field(default_factory=dict)
    """Restores that wait, by the MySQLBackup that they name."""
    files: Sequence[str] = ()
    """Other backups of the database that are known."""


class Step(enum.Enum):
    """What is next."""

    NOTHING = "nothing"
    HOLD = "add the finalizer"
    LET_GO = "remove the finalizer"
    END_BACKUP = "delete the Job that still takes the backup"
    START = "create the Job that removes the files"
    DROP = "delete that Job, which has ended, for another attempt"
    WAIT = "wait"


def step(backup: Removable, context: RemovalContext) -> Step:
    """Decide what is next."""
    if backup.is_held != backup.is_to_be_held and (backup.is_held or not backup.is_going):
        return Step.LET_GO if backup.is_held else Step.HOLD
    if not (backup.is_held and backup.is_going):
        return Step.NOTHING
    if context.namespace_ends:
        return Step.LET_GO
    if hook_jobs.is_at_work(backup.taking):
        return Step.END_BACKUP
    if backup.file is None:
        return Step.LET_GO
    if backup.removing is not None:
        return _after(backup.removing, backup.file, context)
    return Step.START if obstacle(backup, context) is None else Step.WAIT


def _after(job: Job, file: str, context: RemovalContext) -> Step:
    """What follows a Job that was created."""
    if job.deleted is not None or hook_jobs.is_at_work(job):
        return Step.WAIT
    if job.state is JobState.SUCCEEDED and not _is_listed(file, context.database):
        return Step.LET_GO
    is_due = context.now >= (job.ended or context.now) + AGAIN_AFTER
    return Step.DROP if is_due else Step.WAIT


def _is_listed(file: str, database: Database | None) -> bool:
    """Whether the database's own list has it still: it would get an object again."""
    return database is not None and file in database.listed


def obstacle(backup: Removable, context: RemovalContext) -> OperatorError | None:
    """Why the Job cannot begin."""
    name, file, database = backup.spec.mysql_name, backup.file or "", context.database
    if database is None:
        return OperatorError(
            "NoSuchDatabase",
            f"MySQL {name} is gone, and with it the release that the Job is made from; {file} "
            "stays where it is until MySQL is created again",
        )
    if database.is_deleted:
        return OperatorError("DatabaseDeleted", f"MySQL {name} is being deleted")
    if database.spared == file:
        return OperatorError("BackupInUse", f"spec.restore.from of MySQL {name} names {file}")
    if context.used_by:
        return OperatorError("BackupInUse", f"{context.used_by} reads a backup of MySQL {name}")
    if backup.name in context.named_by:
        waiting = context.named_by[backup.name]
        return OperatorError("BackupInUse", f"MySQLRestore {waiting} waits to restore it")
    return _kept_for(backup.status, context.now) or _newest(file, context)


def _kept_for(status: MySQLBackupStatus, now: datetime) -> OperatorError | None:
    """Refuse what holds the data that a restore has replaced."""
    if status.trigger is not Trigger.SAFETY or status.completion_time is None:
        return None
    until = datetime.fromisoformat(status.completion_time) + retention.SAFETY_FOR
    if now >= until:
        return None
    return OperatorError(
        "SafetyBackup",
        f"{status.file} holds the data that a restore has replaced, and is kept until "
        f"{conditions.timestamp(until)}",
    )


def _newest(file: str, context: RemovalContext) -> OperatorError | None:
    """Refuse the newest backup: a database that is created again comes back from it."""
    if any(receipts.is_newer(other, file) for other in context.files):
        return None
    return OperatorError(
        "NewestBackup",
        f"{file} is the newest backup that is known; it is removed once a newer one is there",
    )


def blocked_by(backup: Removable, context: RemovalContext) -> OperatorError | None:
    """Why the files are still there; None while nothing is wrong."""
    job = backup.removing
    if job is None:
        return obstacle(backup, context)
    if job.state is JobState.FAILED:
        reason = str(job.receipt.get("reason") or "Failed")
        said = job.receipt.get("message") or job.why_failed or "see the log of the Job's pod"
        return OperatorError(reason, f"{said} (the operator tries again every five minutes)")
    if backup.trouble is not None:
        return OperatorError(backup.trouble.reason, backup.trouble.message)
    return None


def status_of(
    backup: Removable, context: RemovalContext, why: OperatorError | None, key: Key
) -> MySQLBackupStatus:
    """What to report of an object that waits for the removal of its files."""
    told = PROGRESSING, f"the Job removes {backup.file}"
    if why is not None:
        told = why.reason, f"{why.message}. {_way_out(key, backup.name)}"
    blocked = conditions.new(
        backup.generation, conditions.DELETION_BLOCKED, "True" if why else "False", told
    )
    old = backup.status.conditions
    others = [it for it in old if it.type != conditions.DELETION_BLOCKED]
    stated = conditions.merged(old, [*others, blocked], now=context.now)
    return backup.status.model_copy(update={"message": told[1], "conditions": stated})


def _way_out(key: Key, backup: str) -> str:
    patch = '{"spec":{"reclaimPolicy":"Retain"}}'
    kind = names.MYSQL_BACKUP.short_name
    return (
        "To let the object go and keep the file: "
        f"kubectl patch -n {key.namespace} {kind} {backup} --type=merge -p '{patch}'"
    )


def is_blocked(status: MySQLBackupStatus) -> bool:
    """Whether a deletion waits, so that its file is not being removed."""
    found = conditions.find(status.conditions, conditions.DELETION_BLOCKED)
    return found is not None and found.status == "True"


def event_of(old: MySQLBackupStatus, new: MySQLBackupStatus) -> Event | None:
    """What to report where a deletion is held up, once for each reason."""
    type_ = conditions.DELETION_BLOCKED
    before, after = (conditions.find(it.conditions, type_) for it in (old, new))
    if after is None or after.status != "True":
        return None
    if before is not None and (before.status, before.reason) == (after.status, after.reason):
        return None
    return Event("Warning", type_, f"{after.reason}: {after.message}", fact=after.reason)


def event_of_removal(backup: Removable) -> Event | None:
    """What to report once nothing of the backup is left."""
    job = backup.removing
    if job is None or job.state is not JobState.SUCCEEDED:
        return None
    store = job.receipt.get("store") or "its store"
    is_absent = job.receipt.get("result") == "absent"
    said = f"nothing of it was on {store}" if is_absent else f"removed from {store}"
    message = f"{backup.file}: {said}, since MySQLBackup {backup.name} was deleted"
    return Event("Normal", "BackupRemoved", message, fact=str(backup.file))
