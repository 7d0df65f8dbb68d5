"""Carries out one decision. Each branch is one step, safe to be killed in and safe to do again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import singledispatchmethod
from typing import Any, Protocol

from mysql_operator import names
from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import OperatorError
from mysql_operator.model.release_values import Hooks
from mysql_operator.names import Key
from mysql_operator.reconcile import checking, judging
from mysql_operator.reconcile.actions import (
    FLAWED_SECONDS,
    POLL_SECONDS,
    SLOW_POLL_SECONDS,
    Action,
    AddFinalizer,
    Cancel,
    DeleteDataClaim,
    DeleteEmptyBackupClaim,
    DeleteLeftovers,
    DropFinalizer,
    DropRevision,
    EndCheck,
    EndJobs,
    ForgetRevision,
    Nothing,
    Refuse,
    Uninstall,
    Unlock,
    Upgrade,
    Wait,
    WriteCredentials,
)
from mysql_operator.reconcile.checking import UNSCHEDULABLE
from mysql_operator.reconcile.observations import Desired, Observed, OperationKind
from mysql_operator.reconcile.operations import Command, Operations
from mysql_operator.reconcile.pull_secrets import PullSecrets
from mysql_operator.reconcile.turns import Rank

logger = logging.getLogger(__name__)

UNINSTALL_TIMEOUT_SECONDS = 22000
"""For an object whose spec cannot be followed; else its own deadline plus a margin."""


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

    async def carry_out(self, action: Action, seen: Observed) -> float:
        """Do it, and say after how many seconds to look again."""
        if not isinstance(action, Nothing | Wait | Refuse):
            logger.info("%s: %s", seen.instance.key, action)
        return await self._do(action, seen)

    @singledispatchmethod
    async def _do(self, action: Action, seen: Observed) -> float:
        raise NotImplementedError(action)

    @_do.register
    async def _(self, action: Nothing, seen: Observed) -> float:
        is_flawed = bool(seen.instance.status.reason or seen.drift)
        return min(FLAWED_SECONDS, self._resync_seconds) if is_flawed else self._resync_seconds

    @_do.register
    async def _(self, action: Wait, seen: Observed) -> float:
        return action.seconds

    @_do.register
    async def _(self, action: Refuse, seen: Observed) -> float:
        return SLOW_POLL_SECONDS

    @_do.register
    async def _(self, action: AddFinalizer, seen: Observed) -> float:
        finalizers = [*seen.instance.finalizers, names.FINALIZER]
        await self._kube.write_finalizers(seen.instance.key, seen.instance.version, finalizers)
        return 0.0

    @_do.register
    async def _(self, action: DropFinalizer, seen: Observed) -> float:
        finalizers = [name for name in seen.instance.finalizers if name != names.FINALIZER]
        await self._kube.write_finalizers(seen.instance.key, seen.instance.version, finalizers)
        return self._resync_seconds

    @_do.register
    async def _(self, action: WriteCredentials, seen: Observed) -> float:
        await self._write_credentials(seen)
        return 0.0

    @_do.register
    async def _(self, action: Upgrade, seen: Observed) -> float:
        desired, key = seen.desired, seen.instance.key
        if not isinstance(desired, Desired):
            return 0.0
        await self._write_credentials(seen)
        await self._pull_secrets.hand_on(key)
        for kind, name in {(drift.kind, drift.name): None for drift in seen.drift}:
            await self._kube.give_fields_to_helm(key, kind, name)
        command = self._helm.upgrade(
            key,
            {**desired.values, "hooks": _hooks(action, seen, desired)},
            labels={
                names.VALUES_DIGEST: desired.values_digest,
                names.CHART_DIGEST: desired.chart_digest,
                names.SERVER_DIGEST: desired.server_digest,
                names.HOLDER: self._identity,
                names.HELD_REVISION: str(seen.release.revision + 1 if seen.release else 1),
            },
            timeout_seconds=desired.timeout_seconds,
        )
        kind = OperationKind.INSTALL if action.install else OperationKind.UPGRADE
        self._operations.start(
            key,
            Command(
                kind=kind,
                run=command,
                values_digest=desired.values_digest,
                attempted=judging.attempted(seen),
                has_hooks=action.check or action.restore or action.change_user_password,
                rank=judging.rank_of_upgrade(seen, restore=action.restore),
            ),
        )
        return 0.0

    @_do.register
    async def _(self, action: Uninstall, seen: Observed) -> float:
        desired = seen.desired
        if action.backup:
            await self._pull_secrets.hand_on(seen.instance.key)
        command = self._helm.uninstall(
            seen.instance.key,
            hooks=action.backup,
            timeout_seconds=desired.timeout_seconds
            if isinstance(desired, Desired)
            else UNINSTALL_TIMEOUT_SECONDS,
        )
        self._operations.start(
            seen.instance.key,
            Command(
                kind=OperationKind.UNINSTALL,
                run=command,
                values_digest="",
                attempted=judging.attempted(seen),
                has_hooks=action.backup,
                rank=Rank.DELETION,
            ),
        )
        return 0.0

    @_do.register
    async def _(self, action: Unlock, seen: Observed) -> float:
        if seen.release is not None:
            why = f"{names.OPERATOR}: nobody works on this release any more ({seen.release.status})"
            await self._kube.mark_failed(seen.instance.key, seen.release.secret, why)
        return 0.0

    @_do.register
    async def _(self, action: DropRevision, seen: Observed) -> float:
        if seen.release is not None:
            await self._kube.delete_damaged_release(seen.instance.key, seen.release.secret)
        return 0.0

    @_do.register
    async def _(self, action: ForgetRevision, seen: Observed) -> float:
        if seen.release is not None:
            await self._kube.delete_release(seen.instance.key, seen.release.secret)
        return 0.0

    @_do.register
    async def _(self, action: EndCheck, seen: Observed) -> float:
        key = seen.instance.key
        await self._kube.end_job(key, names.check_job(key.name))
        return POLL_SECONDS

    @_do.register
    async def _(self, action: Cancel, seen: Observed) -> float:
        why = OperatorError(action.why.reason, action.why.message) if action.why else None
        self._operations.cancel(seen.instance.key, why)
        return 0.0

    @_do.register
    async def _(self, action: DeleteDataClaim, seen: Observed) -> float:
        key = seen.instance.key
        await self._kube.delete_claim(key, names.data_claim(key.name), action.uid)
        return 0.0

    @_do.register
    async def _(self, action: DeleteEmptyBackupClaim, seen: Observed) -> float:
        key = seen.instance.key
        await self._kube.delete_claim(
            key, names.backup_claim(key.name), action.uid, action.resource_version
        )
        return 0.0

    @_do.register
    async def _(self, action: DeleteLeftovers, seen: Observed) -> float:
        key = seen.instance.key
        await self._delete_jobs(seen)
        await self._pull_secrets.take_back(key)
        if seen.check_job is not None:
            await self._kube.delete_config_map(key, names.check_files(key.name))
        if seen.has_test_pod:
            await self._kube.delete_pod(key, names.test_pod(key.name))
        if seen.has_credentials:
            await self._kube.delete_secret(key, names.credentials(key.name))
        return 0.0

    @_do.register
    async def _(self, action: EndJobs, seen: Observed) -> float:
        await self._delete_jobs(seen, pods_first=True)
        return POLL_SECONDS

    async def _delete_jobs(self, seen: Observed, *, pods_first: bool = False) -> None:
        """Delete the Jobs that were seen: of a name alone, one may be somebody else's."""
        key = seen.instance.key
        for name, job in (
            (names.check_job(key.name), seen.check_job),
            (names.restore_job(key.name), seen.restore_job),
            (names.password_job(key.name), seen.password_job),
        ):
            if job is not None:
                await self._kube.delete_job(key, name, pods_first=pods_first)

    async def _write_credentials(self, seen: Observed) -> None:
        desired, key = seen.desired, seen.instance.key
        if isinstance(desired, Desired) and desired.credentials is not None:
            await self._kube.write_secret(key, names.credentials(key.name), desired.credentials)


def _hooks(action: Upgrade, seen: Observed, desired: Desired) -> dict[str, Any]:
    """The values that say which Jobs this command runs."""
    hooks = Hooks(
        check=action.check,
        current_version=checking.last_version(seen.server),
        check_requests=checking.requests(
            desired.values, seen.server, is_crowded=judging.is_stalled_by(seen, UNSCHEDULABLE)
        ),
        restore=action.restore,
        expect_data=not judging.needs_restore(seen),
        change_user_password=action.change_user_password,
    )
    return hooks.model_dump(by_alias=True)
