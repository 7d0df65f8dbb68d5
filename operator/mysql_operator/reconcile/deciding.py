"""From what is seen to the one thing to do next: pure, and the heart of the operator.

Read it beside the table in README.md ("Look inside"). Two rules stand above all: nothing that holds
data is deleted without a receipt of a backup taken after the deletion was asked for, and a state
that is not understood is waited out or refused, never repaired by force.
"""

from __future__ import annotations

from datetime import datetime

from mysql_operator import names
from mysql_operator.model.spec import DeletionPolicy
from mysql_operator.reconcile import judging, refusals
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
    Nothing,
    Uninstall,
    Unlock,
    Upgrade,
    Wait,
    WriteCredentials,
)
from mysql_operator.reconcile.observations import (
    RESTORE_MISSING,
    Desired,
    Job,
    Observed,
    Operation,
    Release,
)


def decide(seen: Observed) -> Action:
    """The one thing to do next."""
    deleted = seen.instance.deleted
    action = _decide_life(seen) if deleted is None else _decide_deletion(seen, deleted)
    taken = _taken_from(action, seen)
    return refusals.hooks_taken(seen.instance.key, taken) if taken else action


def runs_hooks(action: Action) -> bool:
    """Whether helm replaces whatever bears the name of a hook, when this is carried out."""
    return isinstance(action, Upgrade) or (isinstance(action, Uninstall) and action.backup)


def _taken_from(action: Action, seen: Observed) -> list[str]:
    """What somebody else has under the names of the hooks that helm would run for this."""
    if not runs_hooks(action):
        return []
    backup_job = f"job/{names.backup_job(seen.instance.key.name)}"
    all_hooks = isinstance(action, Upgrade)  # the final backup needs no other name than its own
    return [taken for taken in seen.taken_hooks if all_hooks or taken == backup_job]


def _decide_life(seen: Observed) -> Action:
    if names.FINALIZER not in seen.instance.finalizers:
        return AddFinalizer()
    if seen.operation is not None:
        return _decide_running(seen, seen.operation)
    if judging.is_foreign(seen.release):
        return refusals.release_conflict(seen)
    if seen.release is not None and seen.release.is_damaged:
        return _mend(seen.release)
    return _clear_away(seen) or _follow_spec(seen)


def _clear_away(seen: Observed) -> Action | None:
    """Leave nothing of a check that did not pass but the Job that says why."""
    if seen.release is None or judging.is_in_progress(seen.release):
        return None
    if judging.is_at_work(seen.check_job):
        return EndCheck()
    return ForgetRevision() if judging.has_not_begun(seen, seen.release) else None


def _follow_spec(seen: Observed) -> Action:
    if not isinstance(seen.desired, Desired):
        return refusals.of_error(seen.desired)
    if seen.release is None:
        return _install(seen, seen.desired)
    if seen.desired.credentials is not None:
        return WriteCredentials()
    if judging.loses_its_data(seen):
        return refusals.data_claim_lost(seen)
    return _keep(seen, seen.release, seen.desired)


def _decide_running(seen: Observed, operation: Operation) -> Action:
    if judging.is_superseded(seen, operation):
        return Cancel()
    return _end_or_wait(seen, operation)


def _end_or_wait(seen: Observed, operation: Operation) -> Action:
    why = judging.why_hopeless(seen, operation)
    return Cancel(why) if why is not None else Wait(PROGRESS_SECONDS)


def _keep(seen: Observed, release: Release, desired: Desired) -> Action:
    changes_password = judging.needs_password_change(seen, desired)
    if judging.is_in_progress(release):
        return _take_over(seen, release)
    has_drifted = bool(seen.drift) and not judging.was_put_back(seen)
    is_current = release.status == "deployed" and judging.is_current(seen, release, desired)
    waits_for_restore = seen.trouble is not None and seen.trouble.reason == RESTORE_MISSING
    if not is_current or changes_password or has_drifted or waits_for_restore:
        # Where helm was interrupted the server may be fenced: the restore Job opens it again.
        restore = judging.needs_restore(seen) or waits_for_restore or release.status != "deployed"
        upgrade = Upgrade(
            install=False,
            restore=restore,
            change_user_password=changes_password,
            check=judging.needs_check(seen, desired),
        )
        return upgrade if judging.back_off_is_over(seen) else _wait_for_back_off(seen)
    if seen.server is None or not seen.server.ready:
        is_new = seen.now - release.modified < judging.STARTS_WITHIN
        return Wait(PROGRESS_SECONDS) if is_new else Wait(SLOW_POLL_SECONDS)
    return Nothing()


def _take_over(seen: Observed, release: Release) -> Action:
    """Take up a release in progress that was left behind; somebody's own work is left alone."""
    if judging.nobody_works_on(seen, release):
        return Unlock()
    return refusals.release_busy(seen, release, judging.FOREIGN_SILENCE)


def _mend(release: Release) -> Action:
    """Without a revision that cannot be read helm goes on from the one before, or installs.

    What the revision has made is live and says whose it is, so it is adopted.
    """
    return DropRevision() if release.values_digest else refusals.release_damaged(release)


def _install(seen: Observed, desired: Desired) -> Action:
    claim = seen.data_claim
    if claim is not None and claim.deleted is not None:  # of an earlier object of this name
        is_late = seen.now - claim.deleted >= judging.GOES_WITHIN
        return refusals.data_claim_held(seen, claim) if is_late else Wait()
    if judging.is_empty_backup_claim_going(seen):
        return Wait()
    if not judging.back_off_is_over(seen):
        return _wait_for_back_off(seen)
    changes_password = judging.needs_password_change(seen, desired)
    return Upgrade(install=True, restore=True, change_user_password=changes_password)


def _decide_deletion(seen: Observed, deleted: datetime) -> Action:
    if names.FINALIZER not in seen.instance.finalizers:
        return Nothing()
    if seen.operation is not None:
        return _decide_running_deletion(seen, seen.operation)
    if judging.is_foreign(seen.release):
        return DropFinalizer()
    if seen.release is None:
        return _clean_up(seen, deleted)
    if seen.release.is_damaged:
        return _mend(seen.release)
    return _clear_away(seen) or _uninstall(seen, seen.release, deleted)


def _uninstall(seen: Observed, release: Release, deleted: datetime) -> Action:
    if release.status.startswith("pending-"):
        return _take_over(seen, release)
    if seen.namespace_ends or not judging.needs_final_backup(seen):
        return Uninstall(backup=False)
    if judging.has_final_receipt(seen, deleted):
        return Uninstall(backup=False)
    if judging.runs(seen.backup_job, since=deleted):
        return Wait(PROGRESS_SECONDS)
    return _final_backup(seen, release)


def _final_backup(seen: Observed, release: Release) -> Action:
    """Take the backup; where an attempt has failed, repair first what it needs."""
    if not judging.back_off_is_over(seen):
        return _wait_for_back_off(seen)
    left = [job for job in (seen.restore_job, seen.password_job) if job and judging.is_at_work(job)]
    if left:
        return _end_jobs(seen, left)
    if seen.backup_claim is not None and seen.backup_claim.deleting:
        return refusals.backup_claim_goes(seen)
    if judging.may_back_up(seen, release):
        return Uninstall(backup=True)
    if judging.is_in_progress(release):
        return Unlock()
    return _bring_back(seen, install=False)


def _end_jobs(seen: Observed, left: list[Job]) -> Action:
    deleted = [job.deleted for job in left if job.deleted is not None]
    if len(deleted) < len(left):
        return EndJobs()
    if seen.now - min(deleted) < judging.ENDS_WITHIN:
        return Wait()
    return refusals.job_does_not_end(seen)


def _decide_running_deletion(seen: Observed, operation: Operation) -> Action:
    if operation.attempted and not operation.cancelling:
        return Cancel()  # begun for what the object was before it was deleted
    return _end_or_wait(seen, operation)


def _clean_up(seen: Observed, deleted: datetime) -> Action:
    """The release is gone; the data claim, the leftovers and the object itself are left."""
    policy = seen.instance.spec.deletion_policy
    if seen.namespace_ends:
        return DropFinalizer()
    if seen.data_claim is not None and policy is not DeletionPolicy.RETAIN:
        if judging.needs_final_backup(seen) and not judging.has_final_receipt(seen, deleted):
            return _bring_back(seen, install=True)
        if seen.data_claim.ours and not seen.data_claim.deleting:
            return DeleteDataClaim(seen.data_claim.uid)
    if judging.has_leftovers(seen):
        return DeleteLeftovers()
    claim = seen.backup_claim
    if claim is not None and judging.never_held_a_backup(seen, claim) and not claim.deleting:
        return DeleteEmptyBackupClaim(claim.uid, claim.resource_version)
    return DropFinalizer()


def _bring_back(seen: Observed, *, install: bool) -> Action:
    """Bring a server up that a deletion needs: over data that has no backup yet."""
    if not isinstance(seen.desired, Desired):
        return refusals.of_error(seen.desired)
    if not judging.back_off_is_over(seen):
        return _wait_for_back_off(seen)
    if judging.would_lose_its_data(seen, seen.desired):
        return refusals.data_claim_pinned(seen)
    check = not install and judging.needs_check(seen, seen.desired)
    return Upgrade(install=install, restore=True, change_user_password=False, check=check)


def _wait_for_back_off(seen: Observed) -> Wait:
    return Wait(min(SLOW_POLL_SECONDS, judging.back_off_left(seen)))
