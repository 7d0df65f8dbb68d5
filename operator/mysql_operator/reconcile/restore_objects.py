"""Looks after the MySQLRestore objects of a database: gather, decide (restore_runs), carry out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lightkube.generic_resource import GenericNamespacedResource
from pydantic import ValidationError

from mysql_operator import names
from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import KubeError
from mysql_operator.model.backup_objects import MySQLBackupStatus
from mysql_operator.model.events import Event
from mysql_operator.model.restore_objects import MySQLRestoreSpec, MySQLRestoreStatus
from mysql_operator.names import Key
from mysql_operator.reconcile import reading, restore_jobs, restore_runs, run_jobs
from mysql_operator.reconcile.actions import SLOW_POLL_SECONDS
from mysql_operator.reconcile.backup_jobs import JobError
from mysql_operator.reconcile.backup_runs import Database
from mysql_operator.reconcile.restore_runs import Run

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Seen:
    """What one pass rests on."""

    key: Key
    now: datetime
    database: Database | None
    runs: Sequence[Run]


class RestoreObjects:
    """Reads and writes the MySQLRestore objects of one database at a time."""

    def __init__(self, kube: Kube) -> None:
        """Remember where to read."""
        self._kube = kube

    async def reconcile(self, key: Key, now: datetime) -> float | None:
        """Bring them on; seconds until the next look, None where only news is waited for.

        Raises:
            KubeError: the API did not answer.
        """
        if not self._kube.knows_restores(key.namespace):
            return SLOW_POLL_SECONDS
        if not self._kube.restores(key):
            return None
        seen = await self._gather(key, now)
        looks = [await self._bring_on(seen, run) for run in seen.runs]
        return min((look for look in looks if look is not None), default=None)

    async def _gather(self, key: Key, now: datetime) -> _Seen:
        backups = {reading.meta(raw).name or "": raw for raw in self._kube.backups(key)}
        there = await run_jobs.found(self._kube, key)
        runs = []
        for run in (_run(raw, backups) for raw in self._kube.restores(key)):
            if run is not None and not run.is_over:
                of = names.in_place_job(run.name), run.uid
                job, trouble = await run_jobs.seen(self._kube, there, of, now)
                runs.append(replace(run, job=job, trouble=trouble))
        runs.sort(key=lambda run: (run.created, run.name))
        return _Seen(key, now, await run_jobs.database(self._kube, key), runs)

    async def _bring_on(self, seen: _Seen, run: Run) -> float | None:
        """Start the Job where nothing stands in the way, and report how far the restore is."""
        again, why_not = None, None
        if restore_runs.has_to_begin(run):
            why_not = restore_runs.obstacle(run, seen.database, seen.runs)
            if why_not is None:
                try:
                    run = await self._started(seen.key, run)
                except JobError as error:
                    again, why_not = SLOW_POLL_SECONDS, error
        status = restore_runs.status_of(run, why_not, seen.now)
        if status == run.status:
            return again
        document = status.model_dump(by_alias=True, mode="json")
        await self._kube.write_restore_status(seen.key, run.name, document)
        event = restore_runs.event_of(run.status, status)
        if event is not None:
            await self._report(seen, run, event)
        return 0.0  # another one may wait for just this

    async def _started(self, key: Key, run: Run) -> Run:
        """Create the Job.

        Raises:
            JobError: it cannot be made now.
        """
        hooks = await run_jobs.hooks(self._kube, key)
        file = (run.backup and run.backup.file) or ""
        job = restore_jobs.manifest(run.name, run.uid, file, (key.name, hooks))
        made = await run_jobs.create(self._kube, key, job)
        logger.info("%s: the Job %s restores %s", key, made.name, file)
        return replace(run, job=made)

    async def _report(self, seen: _Seen, run: Run, event: Event) -> None:
        """Report an event. The status says the same, so no work stops where that fails."""
        place, now = Key(seen.key.namespace, run.name), seen.now
        at_database = restore_runs.event_of_database(run, event)
        try:
            await self._kube.tell(place, run.uid, event, now, kind=names.MYSQL_RESTORE)
            if at_database is not None and seen.database is not None:
                await self._kube.tell(seen.key, seen.database.uid, at_database, now)
        except KubeError as error:
            logger.info("%s: the event %s could not be written: %s", place, event.reason, error)


def _run(
    raw: GenericNamespacedResource, backups: Mapping[str, GenericNamespacedResource]
) -> Run | None:
    """Read an object; None where it is going, or nobody can read it."""
    metadata = reading.meta(raw)
    if metadata.deletionTimestamp is not None:
        return None
    try:
        spec = MySQLRestoreSpec.model_validate(raw.get("spec") or {})
        status = MySQLRestoreStatus.model_validate(raw.get("status") or {})
        named = backups.get(spec.backup_name)
        backup = None
        if named is not None:
            backup = MySQLBackupStatus.model_validate(named.get("status") or {})
    except ValidationError:
        logger.warning("MySQLRestore %s/%s cannot be read", metadata.namespace, metadata.name)
        return None
    return Run(
        name=metadata.name or "",
        uid=metadata.uid or "",
        generation=metadata.generation or 0,
        created=reading.created(raw),
        spec=spec,
        status=status,
        backup=backup,
    )
