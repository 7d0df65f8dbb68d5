"""Whether an object store can be used: when a Job checks it, and what is said of it. Pure.

A check is due for a new object, for another spec or another Secret, again and again while it fails,
and once a day: somebody may have changed a key or a bucket without a word to this cluster.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

from mysql_operator import names
from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions
from mysql_operator.model.storage_objects import REACHABLE, StorageStatus
from mysql_operator.model.storage_spec import StorageSpec
from mysql_operator.reconcile.facts.observations import Job, JobState, Trouble

AGAIN_AFTER = timedelta(days=1)
AGAIN_AFTER_FAILURE = timedelta(minutes=5)

SUCCEEDED = "CheckSucceeded"
CHECKING = "Checking"

_OVER = (JobState.SUCCEEDED, JobState.FAILED)


@dataclass(frozen=True)
class Storage:
    """A MySQLBackupStorage object, its Secret, and the Job that checks it."""

    name: str
    uid: str
    generation: int
    status: StorageStatus
    spec: StorageSpec | OperatorError
    """An error where the spec, or the Secret that it names, cannot be used."""
    secret_version: str = ""
    """resourceVersion of the Secret, or of both; empty where the spec names none."""
    job: Job | None = None
    trouble: Trouble | None = None
    """What keeps that Job from having a pod that runs."""
    checked_by: str = ""
    """Who checks it, in words."""

    @property
    def to_check(self) -> str:
        """What a check would be of, as it stands in the annotation of its Job."""
        return f"{self.generation}/{self.secret_version}".rstrip("/")

    @property
    def is_at_rest(self) -> bool:
        """Whether no Job is at work, nor on its way out."""
        return self.job is None or (self.job.deleted is None and self.job.state in _OVER)


class CheckStep(enum.Enum):
    """What is next."""

    START = "create the Job"
    DROP = "delete the Job"
    WAIT = "wait for the Job, or for the time of the next check"


def step(storage: Storage, now: datetime) -> CheckStep:
    """Decide what is next, once the result of the Job that is there has been reported."""
    job = storage.job
    if job is not None and job.deleted is not None:
        return CheckStep.WAIT
    if isinstance(storage.spec, OperatorError):
        return CheckStep.WAIT if job is None else CheckStep.DROP
    if job is None:
        return CheckStep.START if seconds_left(storage, now) <= 0 else CheckStep.WAIT
    if job.state in _OVER:
        # Its log stays until the next check.
        return CheckStep.DROP if seconds_left(storage, now) <= 0 else CheckStep.WAIT
    is_right = job.annotations.get(names.CHECKED) == storage.to_check
    return CheckStep.WAIT if is_right else CheckStep.DROP


def seconds_left(storage: Storage, now: datetime) -> float:
    """Seconds until the next check is due; 0 where it is."""
    status = storage.status
    if status.checked != storage.to_check or status.check_time is None:
        return 0.0
    found = conditions.find(status.conditions, REACHABLE)
    is_reachable = found is not None and found.status == "True"
    pause = AGAIN_AFTER if is_reachable else AGAIN_AFTER_FAILURE
    left = datetime.fromisoformat(status.check_time) + pause - now
    return max(0.0, min(left, pause).total_seconds())  # however wrong a clock was


def status_of(storage: Storage, now: datetime) -> StorageStatus:
    """What to report; while a Job runs, the result of the one before stands."""
    job = storage.job
    if isinstance(storage.spec, OperatorError):
        said = storage.spec
        return _stated(storage, "False", said.reason, said.message, now)
    if job is not None and job.state in _OVER and job.deleted is None:
        return _of_job(storage, job, now)
    if storage.trouble is not None:
        return _stated(storage, "Unknown", storage.trouble.reason, storage.trouble.message, now)
    if storage.status.checked != storage.to_check:
        checking = f"{storage.checked_by} checks the store"
        return _stated(storage, "Unknown", CHECKING, checking, now)
    return storage.status


def _what_succeeded(storage: Storage) -> str:
    spec = storage.spec
    if isinstance(spec, OperatorError) or spec.encryption is None:
        return "an object was put, read and deleted"
    if spec.identity_secret:
        return "an object was encrypted, put, read, decrypted and deleted"
    return (
        "an object was encrypted, put, read and deleted; without encryption.identitySecretRef it "
        "is not known whether anybody can decrypt it"
    )


def _of_job(storage: Storage, job: Job, now: datetime) -> StorageStatus:
    checked = StorageStatus(
        checked=job.annotations.get(names.CHECKED),
        check_time=conditions.timestamp(job.ended or now),
    )
    if job.state is JobState.SUCCEEDED:
        return _stated(storage, "True", SUCCEEDED, _what_succeeded(storage), now, checked)
    reason = str(job.receipt.get("reason") or "Failed")
    message = str(job.receipt.get("message") or job.why_failed or "see the log of the Job's pod")
    return _stated(storage, "False", reason, message, now, checked)


def _stated(
    storage: Storage,
    status: str,
    reason: str,
    message: str,
    now: datetime,
    checked: StorageStatus | None = None,
) -> StorageStatus:
    condition = conditions.new(storage.generation, REACHABLE, status, (reason, message))
    stated = conditions.merged(storage.status.conditions, [condition], now=now)
    base = checked or storage.status
    return base.model_copy(update={"message": message, "conditions": stated})
