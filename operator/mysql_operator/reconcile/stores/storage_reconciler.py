"""Looks after the MySQLBackupStorage objects: gather, decide (storage_checks), carry out.

A pass reads memory, and sends nothing where nothing has changed and no check is due.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lightkube.generic_resource import GenericNamespacedResource

from mysql_operator import names
from mysql_operator.adapters import kinds
from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import OperatorError, SpecError
from mysql_operator.model.release_values import Agent
from mysql_operator.model.storage_spec import StorageSpec
from mysql_operator.names import Key
from mysql_operator.reconcile.actions import SLOW_POLL_SECONDS
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.facts.observations import ReleaseDefaults, Trouble
from mysql_operator.reconcile.pull_secrets import PullSecrets
from mysql_operator.reconcile.runs import run_jobs
from mysql_operator.reconcile.runs.backup_jobs import JobError
from mysql_operator.reconcile.stores import sharing, storage_checks, storage_jobs
from mysql_operator.reconcile.stores.storage_checks import CheckStep, Storage
from mysql_operator.reconcile.stores.storage_metrics import StorageMetrics
from mysql_operator.settings import SecretRefs


class StorageReconciler:
    """Reads and writes one MySQLBackupStorage object at a time."""

    def __init__(
        self, kube: Kube, site: ReleaseDefaults, pull_secrets: PullSecrets, metrics: StorageMetrics
    ) -> None:
        """Remember where to read, and what goes for the pods of all Jobs."""
        self._metrics = metrics
        self._kube = kube
        self._site = site
        self._pull_secrets = pull_secrets
        self._refused: dict[Key, Trouble] = {}
        """Why the Job of a check could not be created."""

    async def reconcile(self, key: Key, now: datetime) -> float | None:
        """Bring one on; seconds until the next look, None where only news is waited for.

        Raises:
            KubeError: the API did not answer.
        """
        if not self._kube.knows_storages(key.namespace):
            return SLOW_POLL_SECONDS
        raw = self._kube.remembered_storage(key)
        if raw is None or reading.meta(raw).deletionTimestamp is not None:
            await self._pull_secrets.take_back(_of_job(key))
            self._metrics.forget(key)
            self._refused.pop(key, None)
            for forgotten in (key, _of_job(key)):
                self._kube.forget(forgotten)
            return None
        observed = await self._gather(key, raw, now)
        status = storage_checks.status_of(observed, now)
        if status != observed.status:
            document = status.model_dump(by_alias=True, mode="json")
            place = Key(key.namespace, observed.name)
            await self._kube.write_status_of(kinds.STORAGES, place, observed.uid, document)
        self._metrics.remember(key, status)
        return await self._carry_out(key, replace(observed, status=status), now)

    async def _gather(self, key: Key, raw: GenericNamespacedResource, now: datetime) -> Storage:
        metadata = reading.meta(raw)
        observed = Storage(
            name=metadata.name or "",
            uid=metadata.uid or "",
            generation=metadata.generation or 0,
            status=reading.storage_status(raw),
            spec=NOT_READ,
            checked_by=f"the Job {names.storage_check_job(metadata.name or '')}",
        )
        try:
            spec = reading.storage_from(raw)
            version = await self._secret_version(key, observed.name, spec)
            observed = replace(observed, spec=spec, secret_version=version)
        except SpecError as error:
            observed = replace(observed, spec=error)
        return await self._with_job(key, observed, now)

    async def _secret_version(self, key: Key, storage: str, spec: StorageSpec) -> str:
        """Versions of the Secrets that the spec names, which the storage may use.

        Raises:
            SpecError: one is not there, or not meant for this storage.
        """
        wanted = (
            (spec.credentials_secret, sharing.require_keys),
            (spec.identity_secret, sharing.require_identity),
        )
        versions = []
        for name, require in wanted:
            if name:
                found = await self._kube.secret(key, name)
                is_any_allowed = self._site.secret_refs is SecretRefs.ANY
                require(Key(key.namespace, storage), name, found, is_any_allowed=is_any_allowed)
                versions.append((found and found.metadata and found.metadata.resourceVersion) or "")
        return "+".join(versions)

    async def _with_job(self, key: Key, observed: Storage, now: datetime) -> Storage:
        there = await run_jobs.jobs_and_pods(self._kube, key)
        of = names.storage_check_job(observed.name), observed.uid
        job, trouble = await run_jobs.job_owned_by(self._kube, there, of, now)
        return replace(observed, job=job, trouble=trouble or self._refused.get(key))

    async def _carry_out(self, key: Key, storage: Storage, now: datetime) -> float | None:
        match storage_checks.step(storage, now):
            case CheckStep.DROP:
                await self._kube.delete_job(key, names.storage_check_job(storage.name))
                return 0.0
            case CheckStep.START:
                return await self._start(key, storage, now)
            case CheckStep.WAIT if storage.is_at_rest:
                await self._pull_secrets.take_back(_of_job(key))
                return storage_checks.seconds_left(storage, now) or None
            case CheckStep.WAIT:
                return SLOW_POLL_SECONDS

    async def _start(self, key: Key, storage: Storage, now: datetime) -> float | None:
        assert isinstance(storage.spec, StorageSpec)  # noqa: S101 - or it would not be checked
        await self._pull_secrets.hand_on(_of_job(key))
        agent = Agent.model_validate(self._site.values_for(_of_job(key).name).get("agent", {}))
        job = storage_jobs.manifest(storage, storage.spec, key.namespace, agent)
        try:
            await run_jobs.create(self._kube, key, job)
        except JobError as error:
            return self._remember_refusal(key, Trouble(error.reason, error.message, now))
        self._refused.pop(key, None)
        return SLOW_POLL_SECONDS

    def _remember_refusal(self, key: Key, refusal: Trouble) -> float:
        """Let the next pass report it, at once where it is new."""
        known = self._refused.get(key)
        is_new = known is None or known.message != refusal.message
        self._refused[key] = refusal
        return 0.0 if is_new else SLOW_POLL_SECONDS


NOT_READ = OperatorError("Unknown", "the spec has not been read yet")


def _of_job(key: Key) -> Key:
    """Under which key the copy of the pull secrets is, for the Job."""
    return Key(key.namespace, names.storage_check_job(names.storage_of(key) or ""))
