"""The loop: take a key, observe, decide, report, act, and say when to look again."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from prometheus_client.registry import Collector

from mysql_operator import names
from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import KubeError, OperatorError, SpecError
from mysql_operator.model.events import Event
from mysql_operator.model.status import MySQLStatus
from mysql_operator.names import Key
from mysql_operator.reconcile import (
    actions,
    classifying,
    completing,
    deciding,
    events,
    helm_commands,
    in_turn,
    remembering,
    reporting,
    reverts,
)
from mysql_operator.reconcile.acting import Actor, ReleaseManager, Target
from mysql_operator.reconcile.actions import SLOW_POLL_SECONDS, Action
from mysql_operator.reconcile.engine_metrics import (
    UNKNOWN,
    CurrentState,
    PassMetrics,
    of_queue,
    of_turns,
)
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.facts.observations import Observed, Outcome, ReleaseDefaults
from mysql_operator.reconcile.facts.observing import Observer
from mysql_operator.reconcile.object_metrics import ObjectMetrics
from mysql_operator.reconcile.operations import Operations
from mysql_operator.reconcile.pull_secrets import PullSecrets
from mysql_operator.reconcile.queueing import KeyedQueue
from mysql_operator.reconcile.runs.backup_reconciler import BackupReconciler
from mysql_operator.reconcile.runs.backup_removals import BackupRemovals
from mysql_operator.reconcile.runs.restore_reconciler import RestoreReconciler
from mysql_operator.reconcile.steps import RUN_HOOKS
from mysql_operator.reconcile.stores.cluster_storage_reconciler import ClusterStorageReconciler
from mysql_operator.reconcile.stores.signing import SigningService
from mysql_operator.reconcile.stores.storage_metrics import StorageMetrics
from mysql_operator.reconcile.stores.storage_reconciler import StorageReconciler
from mysql_operator.reconcile.stores.storage_refs import StorageRefs
from mysql_operator.reconcile.turns import Turns
from mysql_operator.settings import Settings

logger = logging.getLogger(__name__)

WORKERS = 10
"""Passes at once. A pass only sends requests: helm runs beside it (see operations)."""

BURST_SECONDS = 0.3
"""How long after the beginning of a pass news waits for more of it."""

PASSES_IN_A_ROW = 5
"""Most passes of one object in a row: a deletion takes four once helm has ended."""

FILLED_WITHIN_SECONDS = 60.0
"""How long the first pass waits until everything has been listed; what is not is asked for."""

STUCK_PASS_SECONDS = 120.0
"""A pass that takes longer makes /healthz fail: requests have time limits far below this."""


_Runs = BackupReconciler | RestoreReconciler | BackupRemovals


class Engine:
    """Everything between "this key may need work" and "it is as the spec says"."""

    def __init__(
        self, kube: Kube, helm: ReleaseManager, settings: Settings, *, chart_digest: str
    ) -> None:
        """Put the parts together; nothing runs before `run`."""
        self._kube = kube
        self._settings = settings
        self._queue = KeyedQueue()
        self._turns = Turns(slots=settings.helm_slots, waiting=settings.helm_waiting)
        self._operations = Operations(self._turns, ended=self._helm_ended)
        pull_secrets = settings.copied_pull_secrets
        site = ReleaseDefaults(
            chart_digest,
            settings.secret_refs,
            settings.given_values,
            copies_pull_secrets=bool(pull_secrets),
        )
        handing_on = PullSecrets(kube, settings.own_namespace, pull_secrets)
        self._signing = SigningService(kube, settings)
        self._storage_metrics = StorageMetrics()
        self._observer = Observer(kube, site, StorageRefs(kube, site, self._signing))
        self._actor = Actor(
            kube,
            helm,
            self._operations,
            identity=settings.identity,
            resync_seconds=settings.resync_seconds,
            pull_secrets=handing_on,
        )
        self._runs = (BackupReconciler(kube), RestoreReconciler(kube), BackupRemovals(kube))
        self._storages = StorageReconciler(kube, site, handing_on, self._storage_metrics)
        self._cluster_storages = ClusterStorageReconciler(
            kube, settings, self._signing, self._storage_metrics, ended=self.enqueue
        )
        self._leadership = (
            kube.leadership(settings.own_namespace, settings.identity)
            if settings.own_namespace
            else None
        )
        self._workers: list[asyncio.Task[None]] = []
        self._began: dict[Key, float] = {}
        self._looked: dict[Key, float] = {}
        """When the last pass of an object began, by the clock of the event loop."""
        self._refused: dict[Key, KubeError] = {}
        self._passes = PassMetrics()
        self._objects = ObjectMetrics()

    def metrics(self) -> Iterator[Collector]:
        """List what Prometheus may ask of this process."""
        yield from (
            self._objects,
            self._storage_metrics,
            self._passes,
            self._operations.metrics,
        )
        yield CurrentState(
            {
                **of_queue(self._queue, self._began),
                **of_turns(self._turns),
                "leader": (
                    "1 where this process may work, because it holds the Lease or needs none.",
                    self._may_work,
                ),
            }
        )

    def enqueue(self, key: Key) -> None:
        """Look at this object: something happened to it, or to what belongs to it.

        News comes in bursts: helm makes ten objects in a second. Whatever comes right after the
        beginning of a pass is seen together by the next.
        """
        since = asyncio.get_running_loop().time() - self._looked.get(key, float("-inf"))
        begun = self._operations.has_begun(key)
        self._queue.add(key, after=BURST_SECONDS - since, has_begun=begun)

    def hear_of(self, key: Key, version: int) -> None:
        """Look at this object, unless memory had that version of it before: it was enqueued then.

        kopf has a watch of its own and batches what comes, so it is late as a rule.
        """
        if not self._kube.knows_instance(key, version):
            self.enqueue(key)

    def _helm_ended(self, key: Key) -> None:
        """Look again, and not at what was seen before helm wrote its last object."""
        self._kube.doubt(key)
        self._queue.add(key, has_begun=True)

    async def run(self) -> None:
        """Work as long as this process may; return when it may not any more."""
        if self._leadership is not None:
            await self._leadership.gain()
        followed = asyncio.create_task(self._kube.follow(self.enqueue), name="follower")
        self._workers = [followed]
        await self._kube.filled(FILLED_WITHIN_SECONDS)
        self._workers += [
            asyncio.create_task(self._work(), name=f"worker {number}") for number in range(WORKERS)
        ]
        if self._leadership is not None:
            await self._leadership.keep()
            await self._end_work(grace_seconds=0)  # another operator may begin within seconds
        else:
            await asyncio.gather(*self._workers)

    async def stop(self) -> None:
        """Take no new work, and hand over what runs: helm finishes or marks it as failed."""
        await self._end_work(grace_seconds=self._settings.shutdown_seconds)
        if self._leadership is not None:
            await self._leadership.give_up()
        await self._kube.close()

    async def _end_work(self, *, grace_seconds: float) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        await self._cluster_storages.stop()
        await self._operations.stop(grace_seconds=grace_seconds)
        await self._signing.stop()  # last: Jobs ask until the next operator answers

    def _may_work(self) -> bool:
        return self._leadership is None or self._leadership.is_held

    def stuck(self) -> list[Key]:
        """Keys whose pass does not end."""
        limit = time.monotonic() - STUCK_PASS_SECONDS
        return [key for key, began in self._began.items() if began < limit]

    def is_alive(self) -> bool:
        """Whether every worker still works."""
        return not any(worker.done() for worker in self._workers)

    async def _work(self) -> None:
        while True:
            key = await self._queue.take()
            try:
                again = await self._passes_of(key)
            finally:
                del self._began[key]
                self._queue.done(key)
            if again is not None:
                spread = random.uniform(1.0, 1.3) if again > SLOW_POLL_SECONDS else 1.0  # noqa: S311
                self._queue.add(key, after=again * spread, has_begun=again <= 0)

    async def _passes_of(self, key: Key) -> float | None:
        """Make passes until there is something to wait for; seconds until the next one.

        What one pass has asked for is then recent enough for the next.
        """
        for _ in range(PASSES_IN_A_ROW):
            self._began[key] = time.monotonic()
            self._looked[key] = asyncio.get_running_loop().time()
            again = await self._pass(key)
            if again is None or again > 0:
                break
        return again

    async def _pass(self, key: Key) -> float | None:
        """One pass. Whatever goes wrong in it is reported, and it is tried again."""
        began, failed_by = time.monotonic(), None
        try:
            again = await self._look_after(key)
        except OperatorError as error:
            logger.warning("%s: %s", key, error)
            again, failed_by = SLOW_POLL_SECONDS, error.reason
        except Exception:
            logger.exception("%s: a pass failed in an unknown way", key)
            again, failed_by = SLOW_POLL_SECONDS, UNKNOWN
        self._passes.ended(began, failed_by)
        return again

    async def _look_after(self, key: Key) -> float | None:
        """Bring what the key stands for on; seconds until the next look."""
        shared, storage = names.cluster_storage_of(key), names.storage_of(key)
        if shared is None and storage is None:
            return _soonest(await in_turn.each(self._parts_of_pass(key)))
        if not self._may_work():
            return SLOW_POLL_SECONDS
        objects = self._storages if shared is None else self._cluster_storages
        return await objects.reconcile(key, datetime.now(UTC))

    def _parts_of_pass(self, key: Key) -> Iterator[Awaitable[float | None]]:
        yield self._reconcile(key)
        for runs in self._runs:
            yield self._look_after_runs(runs, key)

    async def _reconcile(self, key: Key) -> float | None:
        """Observe, remember, decide, report, act; seconds until the next look, None for no object.

        What is remembered and what is reported are written once, before anything is done.
        """
        outcome = self._operations.outcome(key)
        observed = await self._observe(key, outcome)
        if observed is None:
            self._operations.cancel(key, None)
            self._operations.settle(key)
            self._observer.forget(key)
            self._kube.forget(key)
            self._objects.forget(key)
            self._refused.pop(key, None)
            self._looked.pop(key, None)
            return None
        if helm_commands.waits_only_for_hook(observed):
            self._operations.release_slot(key)
        elif helm_commands.has_hook_ended(observed):
            self._operations.reclaim_slot(key)
        remembered = remembering.remembered(observed)
        action = await self._decide(remembered)
        status = reporting.status_for(reverts.noted(remembered, action), action)
        version = await self._write(observed, action, status)
        self._objects.remember(key, status)
        if outcome is not None:
            self._operations.settle(key)
        return await self._act(action, Target(key, version), is_asked=observed.is_asked)

    async def _look_after_runs(self, runs: _Runs, key: Key) -> float | None:
        if not self._may_work():
            return SLOW_POLL_SECONDS
        return await runs.reconcile(key, datetime.now(UTC))

    async def _act(self, action: Action, on: Target, *, is_asked: bool) -> float:
        """Carry the action out, if this process still may and enough is known for it."""
        key = on.key
        if not self._may_work():
            return SLOW_POLL_SECONDS
        if actions.cannot_be_undone(action) and not is_asked:
            self._kube.doubt(key)
            return 0.0
        try:
            again = await self._actor.carry_out(action, on)
        except KubeError as error:
            if error.lasts:
                self._refused[key] = error
            raise
        self._refused.pop(key, None)
        return again

    async def _decide(self, observed: Observed) -> Action:
        """Decide; where helm is to run hooks, with a look at what it would delete for them."""
        step = deciding.decide(classifying.classify(observed))
        if step not in RUN_HOOKS:
            return completing.complete(step, observed)
        taken = await self._observer.taken_hooks(observed.instance.key, step)
        looked = replace(observed, taken_hooks=taken)
        return completing.complete(deciding.decide(classifying.classify(looked)), looked)

    async def _observe(self, key: Key, outcome: Outcome | None) -> Observed | None:
        try:
            observed = await self._observer.observe(key, self._operations.of(key), outcome)
        except SpecError as error:
            await self._tell_of_unreadable(key, error)
            raise
        if observed is None:
            return None
        return replace(observed, refused=self._refused.get(key))

    async def _tell_of_unreadable(self, key: Key, problem: SpecError) -> None:
        """Tell of an object that an older or newer definition let in."""
        raw = await self._kube.instance(key)
        if raw is None:
            return
        metadata, old, now = reading.meta(raw), reading.status_from(raw), datetime.now(UTC)
        new = reporting.status_with_problem(old, problem, metadata.generation or 0, now)
        self._objects.remember(key, new)
        if new != old:
            await self._write_status(key, metadata.uid or "", old, new, now)

    async def _write(self, observed: Observed, action: Action, status: MySQLStatus) -> str:
        """Write the status where that is worth a request; the object's resourceVersion then."""
        instance = observed.instance
        if status == instance.status or reporting.can_wait(observed, action, status):
            return instance.version
        return await self._write_status(
            instance.key, instance.uid, instance.status, status, observed.now
        )

    async def _write_status(
        self, key: Key, uid: str, old: MySQLStatus, new: MySQLStatus, now: datetime
    ) -> str:
        """Write the status and tell what is new in it; the object's new resourceVersion."""
        version = await self._kube.write_status(key, new.model_dump(by_alias=True, mode="json"))
        for event in events.between(old, new):
            await self._tell(key, uid, event, now)
        return version

    async def _tell(self, key: Key, uid: str, event: Event, now: datetime) -> None:
        """Report an event. The status says the same, so no work stops where that fails."""
        try:
            await self._kube.record_event(key, uid, event, now)
        except KubeError as error:
            logger.info("%s: the event %s could not be written: %s", key, event.reason, error)


def _soonest(looks: Iterable[float | None]) -> float | None:
    """The earliest of the next looks; None asks for none."""
    return min((look for look in looks if look is not None), default=None)
