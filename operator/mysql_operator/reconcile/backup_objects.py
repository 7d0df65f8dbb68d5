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
from pydantic import ValidationError

from mysql_operator import names
from mysql_operator.adapters.kube import Kube
from mysql_operator.model.backup_objects import MySQLBackupSpec, MySQLBackupStatus
from mysql_operator.names import Key
from mysql_operator.reconcile import backup_index, backup_jobs, backup_runs, reading, run_jobs
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
        seen = _Seen(key, now, await run_jobs.database(self._kube, key))
        found = self._kube.backups(key)
        if not found:
            return seen
        there = await run_jobs.found(self._kube, key)
        runs = [await self._with_job(run, there, now) for run in map(_run, found) if run]
        return replace(seen, runs=sorted(runs, key=lambda run: (run.created, run.name)))

    async def _with_job(self, run: Run, there: Found, now: datetime) -> Run:
        if run.is_over:
            return run
        name = names.on_demand_job(run.name)
        job, trouble = await run_jobs.seen(self._kube, there, (name, run.uid), now)
        return replace(run, job=job, trouble=trouble)

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
        hooks = await run_jobs.hooks(self._kube, key)
        made = await run_jobs.create(self._kube, key, backup_jobs.manifest(run, hooks))
        logger.info("%s: the Job %s takes the backup %s", key, made.name, run.name)
        return replace(run, job=made)


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
