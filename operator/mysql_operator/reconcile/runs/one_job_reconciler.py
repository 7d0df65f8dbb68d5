"""Looks after objects for which one Job each is created: gather, decide, carry out.

What is special about a kind are the methods that `backup_objects` and `restore_objects` give to
the class below. Such objects outlive their MySQL object, so this works without one. A pass reads
memory, and sends nothing where nothing has changed.
"""

from __future__ import annotations

import abc
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from lightkube.generic_resource import GenericNamespacedResource
from pydantic import ValidationError

from mysql_operator import names
from mysql_operator.adapters.kinds import Watched
from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import KubeError, OperatorError
from mysql_operator.model.events import Event
from mysql_operator.model.reported import Reported
from mysql_operator.names import Key
from mysql_operator.reconcile import in_turn
from mysql_operator.reconcile.actions import SLOW_POLL_SECONDS
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.facts.reading import Found
from mysql_operator.reconcile.runs import run_jobs
from mysql_operator.reconcile.runs.backup_jobs import JobError
from mysql_operator.reconcile.runs.run_states import Database, RunT

logger = logging.getLogger(__name__)

StatusT = TypeVar("StatusT", bound=Reported)


@dataclass(frozen=True)
class RunPass(Generic[RunT]):
    """What one pass rests on."""

    key: Key
    now: datetime
    database: Database | None
    runs: Sequence[RunT] = ()
    going: Sequence[RunT] = ()
    """Those that are being deleted. Nothing is done for them here."""


@dataclass(frozen=True)
class RunEvents:
    """Events of one change: at the object itself, and at its MySQL object."""

    here: Event | None = None
    at_database: Event | None = None


class OneJobReconciler(abc.ABC, Generic[RunT, StatusT]):
    """Reads and writes the objects of one kind, of one database at a time."""

    watched: ClassVar[Watched]
    resource: ClassVar[names.Resource]

    def __init__(self, kube: Kube) -> None:
        """Remember where to read."""
        self._kube = kube

    # What is special about a kind.

    @abc.abstractmethod
    def is_known(self, namespace: str) -> bool:
        """Whether memory of all that is read here can be relied upon."""

    @abc.abstractmethod
    def read(self, raw: GenericNamespacedResource, key: Key) -> RunT:
        """Read an object, without its Job.

        Raises:
            ValidationError: another version of the operator has written it.
        """

    @abc.abstractmethod
    def job_name(self, run: RunT) -> str:
        """Name the Job of an object."""

    @abc.abstractmethod
    def manifest(self, run: RunT, instance: str, hooks: Iterable[str]) -> Mapping[str, Any]:
        """Make that Job from the hooks of the release.

        Raises:
            JobError: it cannot be made now.
        """

    @abc.abstractmethod
    def obstacle(self, run: RunT, run_pass: RunPass[RunT]) -> OperatorError | None:
        """Say why the Job of an object cannot begin yet."""

    @abc.abstractmethod
    def status_of(
        self, run: RunT, run_pass: RunPass[RunT], why_not: OperatorError | None
    ) -> StatusT:
        """Say what to report of an object, given why its Job has not begun."""

    async def tidy(self, run_pass: RunPass[RunT]) -> bool:
        """Create and delete objects that are the operator's own; whether the next pass is due."""
        return False

    def events(self, run: RunT, status: StatusT) -> RunEvents:
        """Choose what to report beside a status that is new."""
        return RunEvents()

    # What all of them have alike.

    async def reconcile(self, key: Key, now: datetime) -> float | None:
        """Bring them on; seconds until the next look, None where only news is waited for.

        Raises:
            KubeError: the API did not answer.
        """
        if not self.is_known(key.namespace):
            return SLOW_POLL_SECONDS
        run_pass = await self._gather(key, now)
        refused: KubeError | None = None
        try:
            if await self.tidy(run_pass):
                return 0.0
        except KubeError as error:  # what people have asked for goes on all the same
            refused = error
        looks = await in_turn.each(self._bring_on(run_pass, run) for run in run_pass.runs)
        if refused is not None:
            raise refused
        return min((look for look in looks if look is not None), default=None)

    async def _gather(self, key: Key, now: datetime) -> RunPass[RunT]:
        run_pass = RunPass[RunT](key, now, await run_jobs.database(self._kube, key))
        raws = self._kube.runs(self.watched, key)
        if not raws:
            return run_pass
        there = await run_jobs.jobs_and_pods(self._kube, key)
        read = [run for run in (self._read(raw, key) for raw in raws) if run is not None]
        runs = [await self._with_job(run, there, now) for run in read if not run.is_going]
        return replace(
            run_pass,
            runs=sorted(runs, key=lambda run: run.order),
            going=[run for run in read if run.is_going],
        )

    def _read(self, raw: GenericNamespacedResource, key: Key) -> RunT | None:
        """Read an object; None where nobody can."""
        metadata = reading.meta(raw)
        try:
            return self.read(raw, key)
        except ValidationError:
            place = f"{self.resource.kind} {metadata.namespace}/{metadata.name}"
            logger.warning("%s cannot be read", place)
            return None

    async def _with_job(self, run: RunT, there: Found, now: datetime) -> RunT:
        if run.is_over:
            return run
        of = self.job_name(run), run.uid
        job, trouble = await run_jobs.job_owned_by(self._kube, there, of, now)
        return replace(run, job=job, trouble=trouble)

    async def _bring_on(self, run_pass: RunPass[RunT], run: RunT) -> float | None:
        """Start the Job where nothing stands in the way, and report how far the work is."""
        again, why_not = None, None
        if run.needs_job:
            why_not = self.obstacle(run, run_pass)
            if why_not is None:
                try:
                    run = await self._started(run_pass.key, run)
                except JobError as error:
                    again, why_not = SLOW_POLL_SECONDS, error
        status = self.status_of(run, run_pass, why_not)
        if status == run.status:
            return again
        place = Key(run_pass.key.namespace, run.name)
        document = status.model_dump(by_alias=True, mode="json")
        await self._kube.write_status_of(self.watched, place, run.uid, document)
        await self._tell(run_pass, run, self.events(run, status))
        return 0.0  # another one may wait for just this

    async def _started(self, key: Key, run: RunT) -> RunT:
        """Create the Job.

        Raises:
            JobError: it cannot be made now.
        """
        hooks = await run_jobs.hooks(self._kube, key)
        manifest = dict(self.manifest(run, key.name, hooks))
        job = await run_jobs.create(self._kube, key, manifest)
        logger.info("%s: the Job %s is for the %s %s", key, job.name, self.resource.kind, run.name)
        return replace(run, job=job)

    async def _tell(self, run_pass: RunPass[RunT], run: RunT, told: RunEvents) -> None:
        """Report events. The status says the same, so no work stops where that fails."""
        place, now = Key(run_pass.key.namespace, run.name), run_pass.now
        try:
            if told.here is not None:
                await self._kube.record_event(place, run.uid, told.here, now, kind=self.resource)
            if told.at_database is not None and run_pass.database is not None:
                await self._kube.record_event(
                    run_pass.key, run_pass.database.uid, told.at_database, now
                )
        except KubeError as error:
            logger.info("%s: an event could not be written: %s", place, error)


def identity(raw: GenericNamespacedResource) -> dict[str, Any]:
    """Read which object it is: the first fields of a Run."""
    metadata = reading.meta(raw)
    return {
        "name": metadata.name or "",
        "uid": metadata.uid or "",
        "generation": metadata.generation or 0,
        "created": reading.created(raw),
        "is_going": metadata.deletionTimestamp is not None,
    }
