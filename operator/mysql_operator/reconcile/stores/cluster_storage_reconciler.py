"""Looks after the ClusterMySQLBackupStorage objects: the operator itself checks these stores.

It does so by the agent, in a process of its own that asks the signing service as the Jobs do: so a
check also shows that this service answers, and that its signatures count.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from lightkube.generic_resource import GenericGlobalResource

from mysql_operator import names
from mysql_operator.adapters import agent_process, kinds
from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import KubeError, OperatorError
from mysql_operator.model.release_storage import ReleaseStorage
from mysql_operator.model.storage_spec import StorageSpec
from mysql_operator.names import Key
from mysql_operator.reconcile.actions import SLOW_POLL_SECONDS
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.facts.observations import Job, JobState
from mysql_operator.reconcile.stores import storage_checks, storage_jobs
from mysql_operator.reconcile.stores.signing import SigningService
from mysql_operator.reconcile.stores.storage_checks import Storage
from mysql_operator.reconcile.stores.storage_metrics import StorageMetrics
from mysql_operator.settings import Settings


class ClusterStorageReconciler:
    """Reads and writes one ClusterMySQLBackupStorage object at a time."""

    def __init__(
        self,
        kube: Kube,
        settings: Settings,
        signing: SigningService,
        metrics: StorageMetrics,
        *,
        ended: Callable[[Key], None],
    ) -> None:
        """Call `ended` when a check has ended."""
        self._kube = kube
        self._settings = settings
        self._signing = signing
        self._metrics = metrics
        self._ended = ended
        self._running: dict[Key, asyncio.Task[None]] = {}
        self._results: dict[Key, Job] = {}
        """Checks that have ended, in the form of the Job that a namespace has for it."""

    async def reconcile(self, key: Key, now: datetime) -> float | None:
        """Bring one on; seconds until the next look, None where only news is waited for.

        Raises:
            KubeError: the API did not answer.
        """
        if not (self._signing.is_possible and self._kube.knows_cluster_storages()):
            return SLOW_POLL_SECONDS
        name = names.cluster_storage_of(key) or ""
        raw = self._kube.cluster_storage(name, Key("", ""))
        if raw is None or reading.meta(raw).deletionTimestamp is not None:
            self._forget(key)
            return None
        observed = await self._gather(key, raw, now)
        status = storage_checks.status_of(observed, now)
        if status != observed.status:
            document = status.model_dump(by_alias=True, mode="json")
            place = Key("", name)
            await self._kube.write_status_of(kinds.CLUSTER_STORAGES, place, observed.uid, document)
        self._metrics.remember(key, status)
        if observed.job is not None:
            self._results.pop(key, None)  # it is reported
        if key in self._running or isinstance(observed.spec, OperatorError):
            return None
        left = storage_checks.seconds_left(replace(observed, status=status), now)
        if left > 0:
            return left
        self._running[key] = asyncio.create_task(self._check(key, observed, observed.spec, now))
        return None

    def _forget(self, key: Key) -> None:
        running = self._running.pop(key, None)
        if running is not None:
            running.cancel()
        self._results.pop(key, None)
        self._metrics.forget(key)
        self._kube.forget(key)

    async def stop(self) -> None:
        """End the checks that run."""
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _gather(self, key: Key, raw: GenericGlobalResource, now: datetime) -> Storage:
        metadata, version = reading.meta(raw), ""
        name = metadata.name or ""
        storage: ReleaseStorage | OperatorError
        try:
            spec = reading.cluster_storage_from(raw)
            version = (await self._signing.keys(name, spec)).version
            storage = spec.as_checked(await self._signing.given(name))
        except KubeError:
            raise
        except OperatorError as error:
            storage = error
        return Storage(
            name=name,
            uid=metadata.uid or "",
            generation=metadata.generation or 0,
            status=reading.storage_status(raw),
            spec=storage,
            secret_version=version,
            job=self._results.get(key),
            checked_by="the operator",
        )

    async def _check(
        self, key: Key, observed: Storage, storage: StorageSpec, began: datetime
    ) -> None:
        """Run the agent to its end, and look at the object again."""
        environment = {
            **storage_jobs.environment(observed.uid, storage, self._settings.own_namespace),
            "STORAGE_CREDENTIALS_DIR": str(self._settings.signing_token_dir),
        }
        try:
            report = await agent_process.run(
                storage_jobs.COMMAND, environment, seconds=storage_jobs.DEADLINE_SECONDS
            )
        finally:
            self._running.pop(key, None)
        self._results[key] = Job(
            state=JobState.FAILED if "reason" in report.receipt else JobState.SUCCEEDED,
            created=began,
            ended=report.ended,
            receipt=report.receipt,
            annotations={names.CHECKED: observed.to_check},
        )
        self._ended(key)
