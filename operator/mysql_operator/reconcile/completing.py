"""From a step of the table to an action that is complete: carrying it out needs nothing else. Pure.

What a helm command runs, and with which values, is settled here, once the table has said that it
runs.
"""

from __future__ import annotations

from typing import Any

from mysql_operator import names
from mysql_operator.model.release_values import Hooks
from mysql_operator.reconcile import (
    attempts,
    checking,
    helm_commands,
    hook_jobs,
    refusals,
    reverts,
    servers,
)
from mysql_operator.reconcile.actions import (
    PROGRESS_SECONDS,
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
    NewRevision,
    Nothing,
    Uninstall,
    Unlock,
    Upgrade,
    Wait,
    WriteCredentials,
)
from mysql_operator.reconcile.observations import Claim, Desired, Observed, Release
from mysql_operator.reconcile.steps import RUN_ALL_HOOKS, Step

UNINSTALL_TIMEOUT_SECONDS = 22000
"""For an object whose spec cannot be followed; else its own deadline plus a margin."""


def complete(step: Step, seen: Observed) -> Action:
    """Make the action of a step.

    Where what a step is about is not there, which no row of the table leads to, the action is to
    look again: a thing that is not there is neither deleted nor guessed.
    """
    refusal = refusals.of_step(step, seen)
    if refusal is not None:
        return refusal
    if step in RUN_ALL_HOOKS:
        return _upgrade(step, seen)
    found = _of_waiting(step, seen) or _of_object(step, seen) or _of_parts(step, seen)
    return found or Wait()


def _of_waiting(step: Step, seen: Observed) -> Action | None:
    match step:
        case Step.NOTHING:
            return Nothing(is_flawed=_is_flawed(seen))
        case Step.WAIT_A_MOMENT:
            return Wait()
        case Step.WAIT_FOR_COMMAND if seen.operation is not None and seen.operation.ahead:
            return Wait(SLOW_POLL_SECONDS)  # its turn makes news by itself: helm writes a Secret
        case Step.WAIT_FOR_COMMAND | Step.WAIT_FOR_BACKUP | Step.WAIT_FOR_START:
            return Wait(PROGRESS_SECONDS)
        case Step.WAIT_FOR_SERVER:
            return Wait(SLOW_POLL_SECONDS)
        case Step.WAIT_FOR_BACK_OFF:
            return Wait(min(SLOW_POLL_SECONDS, attempts.back_off_left(seen)))
        case _:
            return None


def _is_flawed(seen: Observed) -> bool:
    """Whether a server that serves has something beside it that may pass without any news."""
    unmet = seen.desired.unmet if isinstance(seen.desired, Desired) else seen.desired
    return bool(seen.drift) or unmet is not None or seen.refused is not None


def _of_object(step: Step, seen: Observed) -> Action | None:
    held = tuple(name for name in seen.instance.finalizers if name != names.FINALIZER)
    match step:
        case Step.ADD_FINALIZER:
            return AddFinalizer((*held, names.FINALIZER))
        case Step.DROP_FINALIZER:
            return DropFinalizer(held)
        case Step.CANCEL:
            return Cancel()
        case Step.CANCEL_AS_FAILED if seen.operation is not None:
            return Cancel(helm_commands.why_hopeless(seen, seen.operation))
        case Step.END_CHECK:
            return EndCheck()
        case Step.END_JOBS:
            return EndJobs(tuple(hook_jobs.left_at_work(seen)))
        case Step.DELETE_LEFTOVERS:
            return _delete_leftovers(seen)
        case _:
            return None


def _delete_leftovers(seen: Observed) -> DeleteLeftovers:
    name = seen.instance.key.name
    jobs = {
        names.check_job(name): seen.check_job,
        names.restore_job(name): seen.restore_job,
        names.password_job(name): seen.password_job,
        **{job.name: job for job in (*seen.scheduled_jobs, *seen.drill_jobs)},
    }
    return DeleteLeftovers(
        jobs=tuple(job for job, there in jobs.items() if there is not None),
        config_map=names.check_files(name) if seen.check_job is not None else None,
        pod=names.test_pod(name) if seen.has_test_pod else None,
        secret=names.credentials(name) if seen.has_credentials else None,
    )


def _of_parts(step: Step, seen: Observed) -> Action | None:
    if step in (Step.UNINSTALL, Step.UNINSTALL_WITH_BACKUP):
        return _uninstall(seen, backup=step is Step.UNINSTALL_WITH_BACKUP)
    if seen.release is not None and step in _OF_RELEASE:
        return _of_release(step, seen.release)
    if step is Step.DELETE_DATA_CLAIM and seen.data_claim is not None:
        return DeleteDataClaim(seen.data_claim.uid)
    if step is Step.DELETE_EMPTY_BACKUP_CLAIM and seen.backup_claim is not None:
        return _delete_backup_claim(seen.backup_claim)
    return _write_credentials(seen) if step is Step.WRITE_CREDENTIALS else None


_OF_RELEASE = (Step.UNLOCK, Step.DROP_REVISION, Step.FORGET_REVISION)


def _of_release(step: Step, release: Release) -> Action:
    if step is Step.UNLOCK:
        return Unlock(release.secret, release.status)
    if step is Step.DROP_REVISION:
        return DropRevision(release.secret, reverts.of_damage(release))
    return ForgetRevision(release.secret)


def _delete_backup_claim(claim: Claim) -> DeleteEmptyBackupClaim:
    return DeleteEmptyBackupClaim(claim.uid, claim.resource_version)


def _write_credentials(seen: Observed) -> Action | None:
    desired = seen.desired
    if not isinstance(desired, Desired) or desired.credentials is None:
        return None
    return WriteCredentials(desired.credentials)


def _uninstall(seen: Observed, *, backup: bool) -> Uninstall:
    seconds = UNINSTALL_TIMEOUT_SECONDS
    if isinstance(seen.desired, Desired):
        seconds = seen.desired.timeout_seconds
    return Uninstall(backup, timeout_seconds=seconds, attempted=attempts.digest(seen))


def _upgrade(step: Step, seen: Observed) -> Action:
    desired = seen.desired
    if not isinstance(desired, Desired):
        return refusals.of_error(desired)
    hooks = _hooks(step, seen, desired)
    return Upgrade(
        install=step in (Step.INSTALL, Step.REINSTALL),
        restore=hooks.restore,
        change_user_password=hooks.change_user_password,
        check=hooks.check,
        rank=helm_commands.rank_of_upgrade(seen, restore=hooks.restore),
        attempted=attempts.digest(seen),
        revision=_revision(seen, desired, hooks),
        credentials=desired.credentials,
        regained=tuple({(drift.kind, drift.name): None for drift in seen.drift}),
        reverted=reverts.of_upgrade(seen),
    )


def _hooks(step: Step, seen: Observed, desired: Desired) -> Hooks:
    """Settle which Jobs the command runs.

    Where helm was interrupted the server may be fenced: the restore Job opens it again. A database
    that was complete is to be found as it was: the restore Job then refuses to fill an empty one.
    """
    is_plain = step is Step.UPGRADE and not _needs_restore_job(seen)
    return Hooks(
        check=step in (Step.UPGRADE, Step.REPAIR) and servers.needs_check(seen, desired),
        current_version=checking.last_version(seen.server),
        check_requests=checking.requests(
            desired.values, seen.server, is_crowded=checking.is_crowded(seen)
        ),
        restore=not is_plain,
        expect_data=not servers.needs_restore(seen),
        change_user_password=step in (Step.INSTALL, Step.UPGRADE)
        and servers.needs_password_change(seen, desired),
    )


def _needs_restore_job(seen: Observed) -> bool:
    is_interrupted = seen.release is None or seen.release.status != "deployed"
    return is_interrupted or servers.needs_restore(seen) or servers.stays_unready(seen)


def _revision(seen: Observed, desired: Desired, hooks: Hooks) -> NewRevision:
    number = seen.release.revision + 1 if seen.release else 1
    values: dict[str, Any] = {**desired.values, "hooks": hooks.model_dump(by_alias=True)}
    return NewRevision(
        values=values,
        values_digest=desired.values_digest,
        labels={
            names.VALUES_DIGEST: desired.values_digest,
            names.CHART_DIGEST: desired.chart_digest,
            names.SERVER_DIGEST: desired.server_digest,
            names.HELD_REVISION: str(number),
        },
        timeout_seconds=desired.timeout_seconds,
    )
