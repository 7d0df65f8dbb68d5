"""The helm command that runs for an object: whether it is wanted, and can end. Pure."""

from __future__ import annotations

from datetime import timedelta

from mysql_operator.model.backup_spec import RestorePolicy
from mysql_operator.reconcile import hook_jobs, releases, servers
from mysql_operator.reconcile.facts import claims
from mysql_operator.reconcile.facts.observations import (
    Desired,
    Observed,
    Operation,
    OperationKind,
    Trouble,
)
from mysql_operator.reconcile.turns import Rank

STUCK_AFTER = timedelta(seconds=45)
"""How long a pod may fail to start before the helm command that waits for it is ended."""

CHECK_STUCK_AFTER = timedelta(seconds=12)
"""The same for the check Job: nothing is torn by its end, and the next edit may be the cure."""

HOOK_GONE_AFTER = timedelta(minutes=2)
"""How long no hook may be at work while a helm command runs that has some."""


def has_only_to_end(observed: Observed, operation: Operation) -> bool:
    """Whether our first install has done all it had to do, and helm is about to notice.

    A first one only: the server that serves during a later command may still be the one before it.
    """
    return (
        operation.kind is OperationKind.INSTALL
        and releases.is_new(observed)
        and not operation.cancelling
        and _is_filled(observed)
        and isinstance(observed.desired, Desired)
        and not servers.needs_password_change(observed, observed.desired)
        and observed.server is not None
        and observed.server.ready
    )


def _is_filled(observed: Observed) -> bool:
    """Whether the restore of this incarnation is over, given that the server is ready.

    A server on a new claim is not ready before, and kubelet may tell so a second sooner than that
    the pod of the restore has ended. On an older claim it may be ready and still closed to writes.
    """
    claim = observed.data_claim
    is_new_claim = claim is not None and claim.created >= observed.instance.created
    return is_new_claim or not servers.needs_restore(observed)


def waits_only_for_hook(observed: Observed) -> bool:
    """Whether the running helm command has nothing left to do but to wait for the Job of a hook.

    Where an earlier command left such a Job at work, this may be said a second early: harmless,
    since one more command then works at the same time.
    """
    has_hooks = observed.operation is not None and observed.operation.has_hooks
    return has_hooks and any(hook_jobs.is_at_work(job) for job in hook_jobs.all_of(observed))


def has_hook_ended(observed: Observed) -> bool:
    """Whether a Job of the running helm command has ended and none is at work.

    NB: not where a Job is gone: that command may wait for nothing, and must hold up nobody.
    """
    operation = observed.operation
    if operation is None or not operation.has_hooks or waits_only_for_hook(observed):
        return False
    began = observed.now - timedelta(seconds=operation.running_seconds)
    return any(job.ended is not None and job.ended >= began for job in hook_jobs.all_of(observed))


def is_superseded(observed: Observed, operation: Operation) -> bool:
    """Whether the command installs what is not wanted any more, and no hook would be torn."""
    if operation.cancelling or not isinstance(observed.desired, Desired):
        return False
    if has_only_to_end(observed, operation):
        return False
    return operation.values_digest != observed.desired.values_digest and not _would_be_torn(
        observed
    )


def _would_be_torn(observed: Observed) -> bool:
    """Whether a Job is at work in the server. One that waits for a server to come up is not, nor
    does a restore Job load anything into a database that is complete.
    """
    if observed.server is None or not observed.server.started:
        return False
    hooks = [
        observed.password_job,
        *([observed.restore_job] if servers.needs_restore(observed) else []),
    ]
    return any(hook_jobs.is_running(job, since=observed.instance.created) for job in hooks)


def why_hopeless(observed: Observed, operation: Operation) -> Trouble | None:
    """Why the command waits for what does not come by itself; None where it may well come."""
    patience = CHECK_STUCK_AFTER if hook_jobs.is_at_work(observed.check_job) else STUCK_AFTER
    if operation.cancelling or operation.running_seconds < patience.total_seconds():
        return None
    if observed.trouble is not None and observed.now - observed.trouble.since >= patience:
        return observed.trouble
    if not operation.has_hooks or operation.running_seconds < HOOK_GONE_AFTER.total_seconds():
        return None
    jobs = hook_jobs.all_of(observed)
    if any(
        hook_jobs.is_at_work(job)
        or observed.now - hook_jobs.end_of(job, observed) < HOOK_GONE_AFTER
        for job in jobs
    ):
        return None
    return Trouble(
        "HookGone",
        "helm waited for a hook Job that is gone; the command was ended and is tried again",
        since=observed.now,
    )


def rank_of_upgrade(observed: Observed, *, restore: bool) -> Rank:
    """Whether an upgrade may wait for hours, because its restore Job may load a backup."""
    claim = observed.backup_claim
    has_older_claim = claim is not None and claim.created < observed.instance.created
    may_have_backup = has_older_claim or claims.keeps_backups_in_object_store(observed)
    asked = observed.instance.spec.restore
    is_refused = asked is not None and asked.policy is RestorePolicy.NEVER
    may_load = restore and servers.needs_restore(observed) and may_have_backup and not is_refused
    return Rank.LONG if may_load else Rank.SHORT
