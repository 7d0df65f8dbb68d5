"""Carries out one action. Each branch is one step, safe to be killed in and safe to do again.

Nothing is looked at and nothing is decided here: an action is complete.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import singledispatchmethod
from typing import Any, NamedTuple, Protocol

from mysql_operator import names
from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import OperatorError
from mysql_operator.names import Key
from mysql_operator.reconcile.actions import (
    FLAWED_SECONDS,
    POLL_SECONDS,
    SLOW_POLL_SECONDS,
    Action,
    AddFinalizer,
    Cancel,
    DeleteDamagedRevision,
    DeleteDataClaim,
    DeleteEmptyBackupClaim,
    DeleteLeftovers,
    DeleteRefusedRevision,
    DropFinalizer,
    EndCheck,
    EndJobs,
    Nothing,
    Refuse,
    Uninstall,
    Unlock,
    Upgrade,
    Wait,
    WriteCredentials,
)
from mysql_operator.reconcile.facts.observations import OperationKind
from mysql_operator.reconcile.operations import Command, Operations
from mysql_operator.reconcile.pull_secrets import PullSecrets
from mysql_operator.reconcile.turns import Rank

logger = logging.getLogger(__name__)


class Target(NamedTuple):
    """The object that an action is carried out on."""

    key: Key
    version: str
    """Its resourceVersion: a write that names it fails where somebody else was quicker."""


class ReleaseManager(Protocol):
    """What the reconciler asks of helm."""

    async def upgrade(
        self,
        release: Key,
        values: Mapping[str, Any],
        *,
        labels: Mapping[str, str],
        timeout_seconds: int,
    ) -> None:
        """Install the release, or upgrade it."""

    async def uninstall(self, release: Key, *, hooks: bool, timeout_seconds: int) -> None:
        """Uninstall the release; one that is not there is uninstalled."""


class Actor:
    """The hands of the reconciler."""

    def __init__(
        self,
        kube: Kube,
        helm: ReleaseManager,
        operations: Operations,
        *,
        identity: str,
        resync_seconds: float,
        pull_secrets: PullSecrets,
    ) -> None:
        """Remember what to act through."""
        self._pull_secrets = pull_secrets
        self._kube = kube
        self._helm = helm
        self._operations = operations
        self._identity = identity
        self._resync_seconds = resync_seconds

    async def carry_out(self, action: Action, on: Target) -> float:
        """Do it, and say after how many seconds to look again."""
        if not isinstance(action, Nothing | Wait | Refuse):
            logger.info("%s: %s", on.key, action)
        return await self._do(action, on)

    @singledispatchmethod
    async def _do(self, action: Action, on: Target) -> float:
        raise NotImplementedError(action)

    @_do.register
    async def _(self, action: Nothing, on: Target) -> float:
        resync = self._resync_seconds
        return min(FLAWED_SECONDS, resync) if action.is_flawed else resync

    @_do.register
    async def _(self, action: Wait, on: Target) -> float:
        return action.seconds

    @_do.register
    async def _(self, action: Refuse, on: Target) -> float:
        return SLOW_POLL_SECONDS

    @_do.register
    async def _(self, action: AddFinalizer, on: Target) -> float:
        await self._kube.write_finalizers(on.key, on.version, [*action.finalizers])
        return 0.0

    @_do.register
    async def _(self, action: DropFinalizer, on: Target) -> float:
        await self._kube.write_finalizers(on.key, on.version, [*action.finalizers])
        return self._resync_seconds if action.finalizers else 0.0

    @_do.register
    async def _(self, action: WriteCredentials, on: Target) -> float:
        await self._write_credentials(on.key, action.credentials)
        return 0.0

    @_do.register
    async def _(self, action: Upgrade, on: Target) -> float:
        if action.credentials is not None:
            await self._write_credentials(on.key, action.credentials)
        await self._pull_secrets.hand_on(on.key)
        for kind, name in action.regained:
            await self._kube.give_fields_to_helm(on.key, kind, name)
        revision = action.revision
        command = self._helm.upgrade(
            on.key,
            revision.values,
            labels={**revision.labels, names.HOLDER: self._identity},
            timeout_seconds=revision.timeout_seconds,
        )
        self._operations.start(
            on.key,
            Command(
                kind=OperationKind.INSTALL if action.install else OperationKind.UPGRADE,
                run=command,
                values_digest=revision.values_digest,
                attempted=action.attempted,
                has_hooks=action.has_hooks,
                rank=action.rank,
            ),
        )
        return 0.0

    @_do.register
    async def _(self, action: Uninstall, on: Target) -> float:
        if action.backup:
            await self._pull_secrets.hand_on(on.key)
        command = self._helm.uninstall(
            on.key, hooks=action.backup, timeout_seconds=action.timeout_seconds
        )
        self._operations.start(
            on.key,
            Command(
                kind=OperationKind.UNINSTALL,
                run=command,
                values_digest="",
                attempted=action.attempted,
                has_hooks=action.backup,
                rank=Rank.DELETION,
            ),
        )
        return 0.0

    @_do.register
    async def _(self, action: Unlock, on: Target) -> float:
        why = f"{names.OPERATOR}: nobody works on this release any more ({action.status})"
        await self._kube.mark_failed(on.key, action.secret, why)
        return 0.0

    @_do.register
    async def _(self, action: DeleteDamagedRevision, on: Target) -> float:
        await self._kube.delete_damaged_release(on.key, action.secret)
        return 0.0

    @_do.register
    async def _(self, action: DeleteRefusedRevision, on: Target) -> float:
        await self._kube.delete_release(on.key, action.secret)
        return 0.0

    @_do.register
    async def _(self, action: EndCheck, on: Target) -> float:
        await self._kube.end_job(on.key, names.check_job(on.key.name))
        return POLL_SECONDS

    @_do.register
    async def _(self, action: Cancel, on: Target) -> float:
        why = OperatorError(action.why.reason, action.why.message) if action.why else None
        self._operations.cancel(on.key, why)
        return 0.0

    @_do.register
    async def _(self, action: DeleteDataClaim, on: Target) -> float:
        await self._kube.delete_claim(on.key, names.data_claim(on.key.name), action.uid)
        return 0.0

    @_do.register
    async def _(self, action: DeleteEmptyBackupClaim, on: Target) -> float:
        name = names.backup_claim(on.key.name)
        await self._kube.delete_claim(on.key, name, action.uid, action.resource_version)
        return 0.0

    @_do.register
    async def _(self, action: DeleteLeftovers, on: Target) -> float:
        for job in action.jobs:
            await self._kube.delete_job(on.key, job, pods_first=False)
        await self._pull_secrets.take_back(on.key)
        if action.config_map is not None:
            await self._kube.delete_config_map(on.key, action.config_map)
        if action.pod is not None:
            await self._kube.delete_pod(on.key, action.pod)
        if action.secret is not None:
            await self._kube.delete_secret(on.key, action.secret)
        return 0.0

    @_do.register
    async def _(self, action: EndJobs, on: Target) -> float:
        for job in action.jobs:
            await self._kube.delete_job(on.key, job, pods_first=True)
        return POLL_SECONDS

    async def _write_credentials(self, key: Key, credentials: Mapping[str, str]) -> None:
        await self._kube.write_secret(key, names.credentials(key.name), dict(credentials))
