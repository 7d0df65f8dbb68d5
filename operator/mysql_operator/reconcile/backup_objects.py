"""Looks after the MySQLBackup objects of a database: gather, decide (backup_runs), carry out.

They outlive their MySQL object, so this works without one. A pass reads memory, and sends nothing
where nothing has changed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lightkube.generic_resource import GenericNamespacedResource
from lightkube.resources.batch_v1 import Job as KubeJob
from pydantic import ValidationError

from mysql_operator import names
from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import KubeError
from mysql_operator.model.backup_objects import MySQLBackupSpec, MySQLBackupStatus
from mysql_operator.names import Key
from mysql_operator.reconcile import backup_index, backup_jobs, backup_runs, reading, troubles
from mysql_operator.reconcile.actions import SLOW_POLL_SECONDS
from mysql_operator.reconcile.backup_jobs import JobError
from mysql_operator.reconcile.backup_runs import Database, Run
from mysql_operator.reconcile.reading import Found

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Seen:
    """What one pass rests on."""

    key: Key
    now: datetime
    database: Database | None
    runs: Sequence[Run] = ()


class BackupObjects:
    """Reads and writes the MySQLBackup objects of one database at a time."""

    def __init__(self, kube: Kube) -> None:
        """Remember where to read."""
        self._kube = kube

    async def reconcile(self, key: Key, now: datetime) -> float | None:
        """Bring them on; seconds until the next look, None where only news is waited for.

        Raises:
            KubeError: the API did not answer.
        """
        if not self._kube.knows_backups(key.namespace):
            return SLOW_POLL_SECONDS
        seen = await self._gather(key, now)
        if seen.database is not None and await self._index(key, seen.database, seen.runs):
            return 0.0
        looks = [await self._bring_on(seen, run) for run in seen.runs]
        return min((look for look in looks if look is not None), default=None)

    async def _gather(self, key: Key, now: datetime) -> _Seen:
        seen = _Seen(key, now, await self._database(key))
        found = self._kube.backups(key)
        if not found:
            return seen
        jobs = {_name(job): job for job in await self._kube.jobs(key)}
        there = Found(key, None, None, None, jobs, await self._kube.pods(key), None, None)
        runs = [await self._with_job(run, there, now) for run in map(_run, found) if run]
        return replace(seen, runs=sorted(runs, key=lambda run: (run.created, run.name)))

    async def _database(self, key: Key) -> Database | None:
        raw = await self._kube.instance(key)
        if raw is None:
            return None
        status = reading.status_from(raw)
        listed = {entry.file: entry for entry in status.backups or []}
        is_deleted = reading.meta(raw).deletionTimestamp is not None
        return Database(status, is_deleted=is_deleted, listed=listed)

    async def _with_job(self, run: Run, there: Found, now: datetime) -> Run:
        if run.is_over:
            return run
        name = names.on_demand_job(run.name)
        job = there.jobs.get(name)
        if job is None or not backup_jobs.is_of(run, reading.meta(job).ownerReferences or []):
            return run
        pods = reading.pods_of(there, job)
        trouble = troubles.of_pods(pods, now)
        if not pods:
            trouble = troubles.of_job(job, await self._kube.warnings(there.key, "Job", name))
        return replace(run, job=reading.job_from(there, name), trouble=trouble)

    async def _index(self, key: Key, database: Database, runs: Sequence[Run]) -> bool:
        """Let there be an object for each file; whether one was created, which is no news."""
        for run in backup_index.stale(database, runs):
            await self._kube.delete_backup_object(key, run.name)
        created = [
            await self._kube.create_backup_object(key, names.indexed_backup(file), file)
            for file in backup_index.missing(database, runs)
        ]
        return any(created)

    async def _bring_on(self, seen: _Seen, run: Run) -> float | None:
        """Start the Job where nothing stands in the way, and report how far the backup is."""
        again, why_not = None, None
        if backup_runs.has_to_begin(run):
            why_not = backup_runs.obstacle(run, seen.database, seen.runs)
            if why_not is None:
                try:
                    run = await self._started(seen.key, run)
                except JobError as error:
                    again, why_not = SLOW_POLL_SECONDS, error
        status = backup_runs.status_of(run, seen.database, why_not, seen.now)
        if status == run.status:
            return again
        document = status.model_dump(by_alias=True, mode="json")
        await self._kube.write_backup_status(seen.key, run.name, document)
        return 0.0  # another one may wait for just this

    async def _started(self, key: Key, run: Run) -> Run:
        """Create the Job.

        Raises:
            JobError: it cannot be made now.
        """
        release = await self._kube.newest_release(key)
        content = release and await self._kube.release_content(key, release.name or "")
        job = backup_jobs.manifest(run, content.hooks if content else ())
        try:
            made = await self._kube.create_job(key, job)
        except KubeError as error:
            if error.reason != "AlreadyExists":
                raise
            raise backup_jobs.name_taken(run) from error
        logger.info("%s: the Job %s takes the backup %s", key, _name(made), run.name)
        there = Found(key, None, None, None, {_name(made): made}, [], None, None)
        return replace(run, job=reading.job_from(there, _name(made)))


def _run(raw: GenericNamespacedResource) -> Run | None:
    """Read an object; None where it is going, or nobody can read it."""
    metadata = reading.meta(raw)
    if metadata.deletionTimestamp is not None:
        return None
    try:
        spec = MySQLBackupSpec.model_validate(raw.get("spec") or {})
        status = MySQLBackupStatus.model_validate(raw.get("status") or {})
    except ValidationError:
        logger.warning("MySQLBackup %s/%s cannot be read", metadata.namespace, metadata.name)
        return None
    return Run(
        name=metadata.name or "",
        uid=metadata.uid or "",
        generation=metadata.generation or 0,
        created=reading.created(raw),
        spec=spec,
        status=status,
        is_index=(metadata.labels or {}).get(names.MANAGED_BY) == names.OPERATOR,
    )


def _name(job: KubeJob) -> str:
    return reading.meta(job).name or ""
