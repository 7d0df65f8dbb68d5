"""Holds MySQLBackup objects with `reclaimPolicy: Delete`, and removes their files with them.

Gather, decide (removals), carry out. An object that nobody deletes costs one write, that of its
finalizer; with `Retain` none.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from lightkube.generic_resource import GenericNamespacedResource
from lightkube.resources.batch_v1 import Job
from pydantic import ValidationError

from mysql_operator import names
from mysql_operator.adapters import kinds
from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import KubeError
from mysql_operator.model.backup_objects import MySQLBackupSpec, MySQLBackupStatus
from mysql_operator.model.events import Event
from mysql_operator.names import Key
from mysql_operator.reconcile import in_turn
from mysql_operator.reconcile.actions import SLOW_POLL_SECONDS
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.facts.reading import Found
from mysql_operator.reconcile.runs import backups_in_use, removal_jobs, removals, run_jobs
from mysql_operator.reconcile.runs.backup_jobs import JobError
from mysql_operator.reconcile.runs.readers import Readers
from mysql_operator.reconcile.runs.removals import Removable, RemovalContext, Step

logger = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 60.0
"""Of a deletion that waits: a day that passes, and the end of a namespace, are no news."""

Act = Callable[[Key, Removable, RemovalContext], Awaitable[None]]

_FACTS = (kinds.BACKUPS, kinds.RESTORES, kinds.INSTANCES)


class BackupRemovals:
    """Looks after the deletion of the MySQLBackup objects of one database at a time."""

    def __init__(self, kube: Kube) -> None:
        """Remember where to read."""
        self._kube = kube
        self._readers = Readers(kube)
        self._acts: Mapping[Step, Act] = {
            Step.HOLD: self._hold,
            Step.LET_GO: self._let_go,
            Step.END_BACKUP: self._end_backup,
            Step.START: self._start,
            Step.DROP: self._drop,
            Step.WAIT: self._report,
        }

    async def reconcile(self, key: Key, now: datetime) -> float | None:
        """Bring them on; seconds until the next look, None where only news is waited for.

        Raises:
            KubeError: the API did not answer.
        """
        if not self._kube.knows_runs(key.namespace, *_FACTS):
            return SLOW_POLL_SECONDS
        read = [one for one in map(_read, self._kube.runs(kinds.BACKUPS, key)) if one is not None]
        wanted = [one for one in read if one.is_held or (one.is_to_be_held and not one.is_going)]
        if all(one.is_held and one.is_to_be_held and not one.is_going for one in wanted):
            return None
        there = await run_jobs.jobs_and_pods(self._kube, key)
        context = await self._around(key, there, read, now)
        looks = await in_turn.each(self._bring_on(key, one, there, context) for one in wanted)
        return min((look for look in looks if look is not None), default=None)

    async def _around(
        self, key: Key, there: Found, read: Sequence[Removable], now: datetime
    ) -> RemovalContext:
        database = await run_jobs.database(self._kube, key)
        known = {one.status.file for one in read if one.status.file}
        restores = self._kube.runs(kinds.RESTORES, key)
        readers = await self._readers.of(key)
        return RemovalContext(
            now=now,
            database=database,
            namespace_ends=any(one.is_going for one in read)
            and await self._kube.namespace_ends(key.namespace),
            used_by=backups_in_use.reader(key, there, restores, readers),
            named_by=backups_in_use.named_by_restores(restores),
            files=[*known, *(database.listed if database is not None else ())],
        )

    async def _bring_on(
        self, key: Key, backup: Removable, there: Found, context: RemovalContext
    ) -> float | None:
        backup = await self._with_jobs(backup, there, context.now)
        step = removals.step(backup, context)
        if step is Step.NOTHING:
            return None
        if step is not Step.WAIT:
            logger.info("%s: MySQLBackup %s: %s", key, backup.name, step.value)
        await self._acts[step](key, backup, context)
        return None if step in (Step.HOLD, Step.LET_GO) else LOOK_AGAIN_SECONDS

    async def _with_jobs(self, backup: Removable, there: Found, now: datetime) -> Removable:
        of = names.on_demand_job(backup.name), backup.uid
        taking, _ = await run_jobs.job_owned_by(self._kube, there, of, now)
        found = there.jobs.get(_job_name(backup))
        if found is None or not _is_for(found, backup):
            return replace(backup, taking=taking)
        removing, trouble = await run_jobs.job_and_trouble(self._kube, there, found, now)
        return replace(backup, taking=taking, removing=removing, trouble=trouble)

    async def _hold(self, key: Key, backup: Removable, _: RemovalContext) -> None:
        await self._write_finalizers(key, backup, names.FILES_FINALIZER)

    async def _end_backup(self, key: Key, backup: Removable, _: RemovalContext) -> None:
        await self._kube.delete_job(key, names.on_demand_job(backup.name), pods_first=True)

    async def _drop(self, key: Key, backup: Removable, _: RemovalContext) -> None:
        await self._kube.delete_job(key, _job_name(backup))

    async def _start(self, key: Key, backup: Removable, context: RemovalContext) -> None:
        """Create the Job, and say that it is at work, or why it cannot be."""
        why: JobError | None = None
        try:
            hooks = await run_jobs.hooks(self._kube, key)
            manifest = removal_jobs.manifest(
                backup.name, backup.uid, backup.file or "", (key.name, hooks)
            )
            job = await run_jobs.create(self._kube, key, manifest)
            backup = replace(backup, removing=job)
        except JobError as error:
            why = error
        await self._report(key, backup, context, why)

    async def _report(
        self, key: Key, backup: Removable, context: RemovalContext, why: JobError | None = None
    ) -> None:
        blocked = why or removals.blocked_by(backup, context)
        status = removals.status_of(backup, context, blocked, key)
        if status == backup.status:
            return
        document = status.model_dump(by_alias=True, mode="json")
        place = Key(key.namespace, backup.name)
        await self._kube.write_status_of(kinds.BACKUPS, place, backup.uid, document)
        event = removals.event_of(backup.status, status)
        if event is not None:
            await self._tell(key, backup, event, context)

    async def _let_go(self, key: Key, backup: Removable, context: RemovalContext) -> None:
        """Remove the finalizer; a Job that nobody wants any more ends."""
        event = removals.event_of_removal(backup)
        if backup.removing is not None and event is None:
            await self._kube.delete_job(key, _job_name(backup))
        await self._write_finalizers(key, backup)
        if event is not None and not context.namespace_ends:
            await self._tell(key, backup, event, context)

    async def _write_finalizers(self, key: Key, backup: Removable, *ours: str) -> None:
        others = [name for name in backup.finalizers if name != names.FILES_FINALIZER]
        place = Key(key.namespace, backup.name)
        await self._kube.write_finalizers_of(kinds.BACKUPS, place, backup.version, [*others, *ours])

    async def _tell(
        self, key: Key, backup: Removable, event: Event, context: RemovalContext
    ) -> None:
        """Report at both objects. The status says the same, so no work stops where that fails."""
        place, now = Key(key.namespace, backup.name), context.now
        try:
            await self._kube.record_event(place, backup.uid, event, now, kind=names.MYSQL_BACKUP)
            if event.type == "Normal" and context.database is not None:
                await self._kube.record_event(key, context.database.uid, event, now)
        except KubeError as error:
            logger.info("%s: the event %s could not be written: %s", place, event.reason, error)


def _job_name(backup: Removable) -> str:
    return names.removal_job(backup.name, backup.uid)


def _is_for(job: Job, backup: Removable) -> bool:
    annotations = reading.meta(job).annotations or {}
    return annotations.get(names.BACKUP_UID) == backup.uid


def _read(raw: GenericNamespacedResource) -> Removable | None:
    """Read an object; None where nobody can.

    What another version of the operator has written there keeps no finalizer.
    """
    metadata = reading.meta(raw)
    try:
        spec = reading.readable(MySQLBackupSpec, raw.get("spec"))
        status = reading.readable(MySQLBackupStatus, raw.get("status"))
    except ValidationError:
        return None
    return Removable(
        name=metadata.name or "",
        uid=metadata.uid or "",
        version=metadata.resourceVersion or "",
        generation=metadata.generation or 0,
        is_going=metadata.deletionTimestamp is not None,
        finalizers=tuple(metadata.finalizers or ()),
        spec=spec,
        status=status,
    )
