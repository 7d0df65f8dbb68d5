"""What helm and the hook Jobs have proven, read into the status. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mysql_operator import names
from mysql_operator.model import conditions
from mysql_operator.model.receipts import BackupSummary, Trigger, is_newer
from mysql_operator.model.status import (
    ClaimSizes,
    FinalBackup,
    ListedBackup,
    MySQLStatus,
    ReleaseStatus,
    RestoreReceipt,
    RootPasswordStatus,
    UserPasswordStatus,
)
from mysql_operator.reconcile import drills, final_backups, schedules
from mysql_operator.reconcile.facts.observations import Job, JobState, Observed

Receipt = TypeVar("Receipt", bound=BaseModel)

BACKUPS_LISTED = 20
"""A status is no catalogue: it is read and written at each change."""


def recorded(observed: Observed) -> MySQLStatus:
    """Add to the status what helm and the hook Jobs of this incarnation have proven, and no more.

    This is written before the next decision is taken, so a decision may rest on it.
    """
    status, final = observed.instance.status, _final_backup(observed)
    newest = final and BackupSummary.model_validate(final.model_dump())
    return status.model_copy(
        update={
            "release": _release(observed),
            "storage": _storage(observed),
            "restore": _in_place_receipt(observed) or _restore_receipt(observed) or status.restore,
            "final_backup": final or status.final_backup,
            "last_backup": newest or _last_backup(observed),
            **_listed(observed),
            "backup_schedule": schedules.recorded(observed),
            **drills.recorded(observed),
            "root_password": _root_password(observed) or status.root_password,
            "user_password": _password_receipt(observed) or status.user_password,
        }
    )


def _release(observed: Observed) -> ReleaseStatus | None:
    if observed.release is None:
        return None
    before = observed.instance.status.release
    # By the holder, not by an outcome: that operator may have died before it could write it down.
    is_ours = (
        observed.operation is None
        and observed.release.status == "deployed"
        and observed.release.holder
    )
    return ReleaseStatus(
        name=observed.instance.key.name,
        status=observed.release.status,
        revision=observed.release.revision,
        applied=observed.release.revision if is_ours else before and before.applied,
    )


def _storage(observed: Observed) -> ClaimSizes | None:
    data, backup = observed.data_claim, observed.backup_claim
    if data is None and backup is None:
        return None
    return ClaimSizes(data=data and data.size, backup=backup and backup.size)


def _restore_receipt(observed: Observed) -> RestoreReceipt | None:
    job = _succeeded(observed.restore_job, observed)
    if job is None or job.is_scheduled or observed.instance.status.restore is not None:
        return None
    lost = RestoreReceipt(result="unknown", reason="the Job succeeded, but its receipt is lost")
    return _parsed(RestoreReceipt, job.receipt) or lost


def _in_place_receipt(observed: Observed) -> RestoreReceipt | None:
    """The newest restore into the running database, where it is news."""
    known = observed.instance.status.restore
    found = (_parsed(RestoreReceipt, it.receipt) for it in _in_place(observed))
    newest = max((it for it in found if it and it.time), key=_time_of, default=None)
    is_news = newest is not None and (known is None or _time_of(newest) > _time_of(known))
    return newest if is_news else None


def _in_place(observed: Observed) -> list[Job]:
    return [job for job in observed.in_place_jobs if _succeeded(job, observed)]


def _time_of(receipt: RestoreReceipt) -> str:
    return receipt.time or ""


def _final_backup(observed: Observed) -> FinalBackup | None:
    deleted = observed.instance.deleted
    if deleted is None or final_backups.has_final_receipt(observed, deleted):
        return None
    job = _succeeded(observed.backup_job, observed)
    if job is None or not _is_final(job, observed):
        return None
    data = observed.data_claim
    kept_on = None if job.receipt.get("storage") else observed.backup_claim
    if kept_on is None and not job.receipt.get("storage"):
        return None
    claims = [claim for claim in (data, kept_on) if claim is not None]
    if job.created < max([deleted, *(claim.created for claim in claims)]):
        return None
    proves = {
        "takenFor": deleted.isoformat(),
        "dataClaim": data.uid if data else None,
        "backupClaim": kept_on.uid if kept_on else None,
    }
    return _parsed(FinalBackup, {**job.receipt, **proves})


def _is_final(job: Job, observed: Observed) -> bool:
    """Whether a Job took the final backup of this object.

    A name proves nothing: a person may make a Job of the final one's name from the CronJob, and the
    server takes writes during a backup on a schedule and after it.
    """
    receipt = _parsed(BackupSummary, job.receipt)
    if job.is_scheduled or receipt is None or receipt.trigger is not Trigger.FINAL:
        return False
    return receipt.object_uid in ("", observed.instance.uid)  # older agents do not say it


def _last_backup(observed: Observed) -> BackupSummary | None:
    """The newest backup that is known, by its name: the clock of a node may be wrong."""
    known = observed.instance.status.last_backup
    for job in schedules.of_this_object(observed):
        receipt = _parsed(BackupSummary, job.receipt) if _succeeded(job, observed) else None
        if receipt is not None and (known is None or is_newer(receipt.file, known.file)):
            known = receipt
    return known or _newest_backup(observed)


def _newest_backup(observed: Observed) -> BackupSummary | None:
    """The newest backup that the restore Job found: of an earlier object."""
    job = _succeeded(observed.restore_job, observed)
    newest = job.receipt.get("newest") if job is not None else None
    return _parsed(BackupSummary, newest)


def _listed(observed: Observed) -> dict[str, Any]:
    """The backups in the store, as the last Job has listed them; without one, as before."""
    status = observed.instance.status
    last = max(_that_list(observed), key=_listed_at, default=None)
    if last is None or (last.ended and _text(last.ended) < (status.backups_listed or "")):
        known = status.backups
        return {} if known is None else {"backups": schedules.plan(observed, known)}
    files = (_parsed(ListedBackup, entry) for entry in last.receipt["backups"])
    count = last.receipt.get("backupCount")
    legible = [file for file in files if file is not None][:BACKUPS_LISTED]
    return {
        "backups": schedules.plan(observed, legible),
        "backup_count": count if isinstance(count, int) else None,
        "backups_listed": _text(last.ended) if last.ended else status.backups_listed,
    }


def _that_list(observed: Observed) -> list[Job]:
    """The Jobs that have listed the backups; Kubernetes deletes each some time after its end."""
    of_helm = (observed.restore_job, observed.backup_job)
    of_objects = (
        *schedules.of_this_object(observed),
        *observed.in_place_jobs,
        *observed.removal_jobs,
    )
    ended = (_succeeded(job, observed) for job in (*of_helm, *of_objects))
    return [job for job in ended if job and isinstance(job.receipt.get("backups"), list)]


def _listed_at(job: Job) -> tuple[datetime, datetime]:
    """When a Job made its list: at its end, which Kubernetes reports two seconds later."""
    return job.ended or _NOT_YET, job.created


_NOT_YET = datetime.max.replace(tzinfo=UTC)


def _text(time: datetime) -> str:
    return conditions.timestamp(time)


def _root_password(observed: Observed) -> RootPasswordStatus | None:
    """What a server that is ready was started with: its init file has set it."""
    if observed.server is None or not observed.server.ready:
        return None
    version, known = observed.server.root_password_version, observed.instance.status.root_password
    if not version or (known is not None and known.applied_version == version):
        return None
    return RootPasswordStatus(
        result="created" if known is None else "changed",
        time=conditions.timestamp(observed.now),
        applied_version=version,
    )


def _password_receipt(observed: Observed) -> UserPasswordStatus | None:
    job = _succeeded(observed.password_job, observed)
    if job is None:
        return None
    version = job.annotations.get(names.USER_PASSWORD_VERSION, "")
    known = observed.instance.status.user_password
    if not version or (known is not None and known.applied_version == version):
        return None
    return _parsed(
        UserPasswordStatus, {"result": "changed", **job.receipt, "appliedVersion": version}
    )


def _succeeded(job: Job | None, observed: Observed) -> Job | None:
    """The job, if it succeeded and belongs to this incarnation of the object."""
    if job is None or job.state is not JobState.SUCCEEDED:
        return None
    return job if job.annotations.get(names.OBJECT_UID) == observed.instance.uid else None


def _parsed(model: type[Receipt], receipt: Any) -> Receipt | None:
    try:
        return model.model_validate(receipt)
    except ValidationError:
        return None
