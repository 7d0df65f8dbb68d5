"""What the objects that ask for one run each have alike: the database they name, and their Jobs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lightkube.resources.batch_v1 import Job as KubeJob

from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import KubeError
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import mounting, reading, troubles
from mysql_operator.reconcile.facts.observations import Job, Trouble
from mysql_operator.reconcile.facts.reading import Found
from mysql_operator.reconcile.runs import backup_jobs
from mysql_operator.reconcile.runs.run_states import Database


async def database(kube: Kube, key: Key) -> Database | None:
    """Read the MySQL object, if there is one."""
    raw = await kube.instance(key)
    if raw is None:
        return None
    status, metadata = reading.status_from(raw), reading.meta(raw)
    listed = {entry.file: entry for entry in status.backups or []}
    restore = (raw.get("spec") or {}).get("restore") or {}
    return Database(
        status,
        uid=metadata.uid or "",
        is_deleted=metadata.deletionTimestamp is not None,
        listed=listed,
        spared=restore.get("from") or "",
    )


async def jobs_and_pods(kube: Kube, key: Key) -> Found:
    """Read the Jobs of a database, and their pods."""
    jobs = {reading.meta(job).name or "": job for job in await kube.jobs(key)}
    return Found(key, None, None, None, jobs, await kube.pods(key), None, None)


async def job_owned_by(
    kube: Kube, there: Found, of: tuple[str, str], now: datetime
) -> tuple[Job | None, Trouble | None]:
    """Give the Job of that name and owner, and what keeps it from having a pod that runs."""
    name, owner_uid = of
    job = there.jobs.get(name)
    if job is None or not backup_jobs.is_of(owner_uid, reading.meta(job).ownerReferences or []):
        return None, None
    return await job_and_trouble(kube, there, job, now)


async def job_and_trouble(
    kube: Kube, there: Found, job: KubeJob, now: datetime
) -> tuple[Job | None, Trouble | None]:
    """Read a Job, and what keeps it from having a pod that runs."""
    name = reading.meta(job).name or ""
    pods = reading.pods_of(there, job)
    trouble = await mounting.trouble_of(kube, there.key, pods, now)
    if not pods:
        trouble = troubles.of_job(job, await kube.warnings(there.key, "Job", name))
    return reading.job_from(there, name), trouble


async def hooks(kube: Kube, key: Key) -> Sequence[str]:
    """Read the hooks of the newest revision of the release; none where there is no release."""
    release = await kube.newest_release(key)
    content = release and await kube.release_content(key, release.name or "")
    return content.hooks if content else ()


async def create(kube: Kube, key: Key, manifest: dict[str, Any]) -> Job:
    """Create a Job.

    Raises:
        JobError: there is one of that name, which is somebody else's; or the API refuses it, and
            will until a person does something.
        KubeError: the API did not answer.
    """
    name = str(manifest["metadata"]["name"])
    try:
        made = await kube.create_job(key, manifest)
    except KubeError as error:
        if error.reason == "AlreadyExists":
            raise backup_jobs.name_taken(name) from error
        if error.lasts:
            raise backup_jobs.JobError(error.reason, error.message) from error
        raise
    job = reading.job_from(Found(key, None, None, None, {name: made}, [], None, None), name)
    assert job is not None  # noqa: S101 - it is the one that was given
    return job
