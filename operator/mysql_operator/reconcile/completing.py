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
    DeleteDamagedRevision,
    DeleteDataClaim,
    DeleteEmptyBackupClaim,
    DeleteLeftovers,
    DeleteRefusedRevision,
    DropFinalizer,
    EndCheck,
    EndJobs,
    NewRevision,
    Nothing,
    Uninstall,
    Unlock,
    Upgrade,
    Wait,
    WriteCredentials,
)
from mysql_operator.reconcile.facts.observations import Claim, Desired, Observed, Release
from mysql_operator.reconcile.steps import RUN_ALL_HOOKS, Step

UNINSTALL_TIMEOUT_SECONDS = 22000
"""For an object whose spec cannot be followed; else its own deadline plus a margin."""


def complete(step: Step, observed: Observed) -> Action:
    """Make the action of a step.

    Where what a step is about is not there, which no row of the table leads to, the action is to
    look again: a thing that is not there is neither deleted nor guessed.
    """
    refusal = refusals.of_step(step, observed)
    if refusal is not None:
        return refusal
    if step in RUN_ALL_HOOKS:
        return _upgrade(step, observed)
    found = _of_waiting(step, observed) or _of_object(step, observed) or _of_parts(step, observed)
    return found or Wait()


def _of_waiting(step: Step, observed: Observed) -> Action | None:
    match step:
        case Step.NOTHING:
            return Nothing(is_flawed=_is_flawed(observed))
        case Step.WAIT_A_MOMENT:
            return Wait()
        case Step.WAIT_FOR_COMMAND if observed.operation is not None and observed.operation.ahead:
            return Wait(SLOW_POLL_SECONDS)  # its turn makes news by itself: helm writes a Secret
        case Step.WAIT_FOR_COMMAND | Step.WAIT_FOR_BACKUP | Step.WAIT_FOR_START:
            return Wait(PROGRESS_SECONDS)
        case Step.WAIT_FOR_SERVER:
            return Wait(SLOW_POLL_SECONDS)
        case Step.WAIT_FOR_BACK_OFF:
            return Wait(min(SLOW_POLL_SECONDS, attempts.back_off_left(observed)))
        case _:
            return None


def _is_flawed(observed: Observed) -> bool:
    """Whether a server that serves has something beside it that may pass without any news."""
    unmet = observed.desired.unmet if isinstance(observed.desired, Desired) else observed.desired
    return bool(observed.drift) or unmet is not None or observed.refused is not None


def _of_object(step: Step, observed: Observed) -> Action | None:
    held = tuple(name for name in observed.instance.finalizers if name != names.FINALIZER)
    match step:
        case Step.ADD_FINALIZER:
            return AddFinalizer((*held, names.FINALIZER))
        case Step.DROP_FINALIZER:
            return DropFinalizer(held)
        case Step.CANCEL:
            return Cancel()
        case Step.CANCEL_AS_FAILED if observed.operation is not None:
            return Cancel(helm_commands.why_hopeless(observed, observed.operation))
        case Step.END_CHECK:
            return EndCheck()
        case Step.END_JOBS:
            return EndJobs(tuple(hook_jobs.left_at_work(observed)))
        case Step.DELETE_LEFTOVERS:
            return _delete_leftovers(observed)
        case _:
            return None


def _delete_leftovers(observed: Observed) -> DeleteLeftovers:
    name = observed.instance.key.name
    jobs = {
        names.check_job(name): observed.check_job,
        names.restore_job(name): observed.restore_job,
        names.password_job(name): observed.password_job,
        **{job.name: job for job in (*observed.scheduled_jobs, *observed.drill_jobs)},
    }
    return DeleteLeftovers(
        jobs=tuple(job for job, there in jobs.items() if there is not None),
        config_map=names.check_files(name) if observed.check_job is not None else None,
        pod=names.test_pod(name) if observed.has_test_pod else None,
        secret=names.credentials(name) if observed.has_credentials else None,
    )


def _of_parts(step: Step, observed: Observed) -> Action | None:
    if step in (Step.UNINSTALL, Step.UNINSTALL_WITH_BACKUP):
        return _uninstall(observed, backup=step is Step.UNINSTALL_WITH_BACKUP)
    if observed.release is not None and step in _OF_RELEASE:
        return _of_release(step, observed.release)
    if step is Step.DELETE_DATA_CLAIM and observed.data_claim is not None:
        return DeleteDataClaim(observed.data_claim.uid)
    if step is Step.DELETE_EMPTY_BACKUP_CLAIM and observed.backup_claim is not None:
        return _delete_backup_claim(observed.backup_claim)
    return _write_credentials(observed) if step is Step.WRITE_CREDENTIALS else None


_OF_RELEASE = (Step.UNLOCK, Step.DELETE_DAMAGED_REVISION, Step.DELETE_REFUSED_REVISION)


def _of_release(step: Step, release: Release) -> Action:
    if step is Step.UNLOCK:
        return Unlock(release.secret, release.status)
    if step is Step.DELETE_DAMAGED_REVISION:
        return DeleteDamagedRevision(release.secret, reverts.of_damage(release))
    return DeleteRefusedRevision(release.secret)


def _delete_backup_claim(claim: Claim) -> DeleteEmptyBackupClaim:
    return DeleteEmptyBackupClaim(claim.uid, claim.resource_version)


def _write_credentials(observed: Observed) -> Action | None:
    desired = observed.desired
    if not isinstance(desired, Desired) or desired.credentials is None:
        return None
    return WriteCredentials(desired.credentials)


def _uninstall(observed: Observed, *, backup: bool) -> Uninstall:
    seconds = UNINSTALL_TIMEOUT_SECONDS
    if isinstance(observed.desired, Desired):
        seconds = observed.desired.timeout_seconds
    return Uninstall(backup, timeout_seconds=seconds, attempted=attempts.digest(observed))


def _upgrade(step: Step, observed: Observed) -> Action:
    desired = observed.desired
    if not isinstance(desired, Desired):
        return refusals.of_error(desired)
    hooks = _hooks(step, observed, desired)
    return Upgrade(
        install=step in (Step.INSTALL, Step.REINSTALL),
        restore=hooks.restore,
        change_user_password=hooks.change_user_password,
        check=hooks.check,
        rank=helm_commands.rank_of_upgrade(observed, restore=hooks.restore),
        attempted=attempts.digest(observed),
        revision=_revision(observed, desired, hooks),
        credentials=desired.credentials,
        regained=tuple({(drift.kind, drift.name): None for drift in observed.drift}),
        reverted=reverts.of_upgrade(observed),
    )


def _hooks(step: Step, observed: Observed, desired: Desired) -> Hooks:
    """Settle which Jobs the command runs.

    Where helm was interrupted the server may be fenced: the restore Job opens it again. A database
    that was complete is to be found as it was: the restore Job then refuses to fill an empty one.
    """
    is_plain = step is Step.UPGRADE and not _needs_restore_job(observed)
    return Hooks(
        check=step in (Step.UPGRADE, Step.REPAIR) and servers.needs_check(observed, desired),
        current_version=checking.last_version(observed.server),
        check_requests=checking.requests(
            desired.values, observed.server, is_crowded=checking.is_crowded(observed)
        ),
        restore=not is_plain,
        expect_data=not servers.needs_restore(observed),
        change_user_password=step in (Step.INSTALL, Step.UPGRADE)
        and servers.needs_password_change(observed, desired),
    )


def _needs_restore_job(observed: Observed) -> bool:
    is_interrupted = observed.release is None or observed.release.status != "deployed"
    return (
        is_interrupted
        or servers.needs_restore(observed)
        or servers.stays_unready(observed)
        or servers.may_be_left_closed(observed)
    )


def _revision(observed: Observed, desired: Desired, hooks: Hooks) -> NewRevision:
    number = observed.release.revision + 1 if observed.release else 1
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
