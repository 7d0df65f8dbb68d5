"""Answers each question about what is observed, once, as an enum. Pure.

What an answer means is said in `situations`; the facts behind it are asked of the module of its
subject. Nothing is decided here.
"""

from __future__ import annotations

from datetime import datetime

from mysql_operator import names
from mysql_operator.model.spec import DeletionPolicy
from mysql_operator.reconcile import (
    attempts,
    claims,
    final_backups,
    helm_commands,
    hook_jobs,
    releases,
    reverts,
    servers,
)
from mysql_operator.reconcile.observations import Desired, Observed, Operation, Release
from mysql_operator.reconcile.situations import (
    BackOff,
    BackupClaim,
    BackupWay,
    BeingDeleted,
    Change,
    CommandState,
    Copy,
    Database,
    DataClaim,
    Hold,
    Hooks,
    LeftJobs,
    Leftovers,
    Living,
    Namespace,
    Proof,
    ReleaseState,
    ServerState,
    Situation,
    Spec,
)


def classify(seen: Observed) -> Situation:
    """Answer what the table asks."""
    if seen.instance.deleted is None:
        return _living(seen)
    return _being_deleted(seen, seen.instance.deleted)


def _living(seen: Observed) -> Living:
    return Living(
        hold=_hold(seen),
        command=_command(seen),
        release=_release(seen),
        spec=_spec(seen),
        copy=_copy(seen),
        change=_change(seen),
        database=_database(seen),
        data_claim=_data_claim(seen),
        backup_claim=_backup_claim(seen),
        server=_server(seen),
        back_off=_back_off(seen),
        hooks=_hooks(seen),
    )


def _being_deleted(seen: Observed, deleted: datetime) -> BeingDeleted:
    return BeingDeleted(
        hold=_hold(seen),
        command=_command_before_deletion(seen),
        release=_release(seen),
        spec=_spec(seen),
        namespace=Namespace.ENDS if seen.namespace_ends else Namespace.STAYS,
        proof=_proof(seen, deleted),
        data_claim=_data_claim(seen),
        backup_claim=_backup_claim(seen),
        left_jobs=_left_jobs(seen),
        way=_way(seen),
        back_off=_back_off(seen),
        leftovers=_leftovers(seen),
        hooks=_hooks(seen),
    )


def _hold(seen: Observed) -> Hold:
    return Hold.HELD if names.FINALIZER in seen.instance.finalizers else Hold.NOT_HELD


def _command(seen: Observed) -> CommandState:
    operation = seen.operation
    if operation is None:
        return CommandState.NONE
    if helm_commands.is_superseded(seen, operation):
        return CommandState.UNWANTED
    return _command_at_work(seen, operation)


def _command_before_deletion(seen: Observed) -> CommandState:
    operation = seen.operation
    if operation is None:
        return CommandState.NONE
    if operation.attempted and not operation.cancelling:
        return CommandState.UNWANTED  # begun for what the object was before it was deleted
    return _command_at_work(seen, operation)


def _command_at_work(seen: Observed, operation: Operation) -> CommandState:
    is_hopeless = helm_commands.why_hopeless(seen, operation) is not None
    return CommandState.HOPELESS if is_hopeless else CommandState.AT_WORK


def _release(seen: Observed) -> ReleaseState:
    release = seen.release
    if release is None:
        return ReleaseState.ABSENT
    if releases.is_foreign(release):
        return ReleaseState.FOREIGN
    if release.is_damaged:
        is_ours = bool(release.values_digest)
        return ReleaseState.UNREADABLE if is_ours else ReleaseState.UNREADABLE_FOREIGN
    if releases.is_in_progress(release):
        return _release_in_progress(seen, release)
    return _release_at_rest(seen, release)


def _release_in_progress(seen: Observed, release: Release) -> ReleaseState:
    is_left = releases.nobody_works_on(seen, release)
    if release.status == "uninstalling":
        return ReleaseState.UNINSTALLING_LEFT if is_left else ReleaseState.UNINSTALLING_BUSY
    return ReleaseState.PENDING_LEFT if is_left else ReleaseState.PENDING_BUSY


def _release_at_rest(seen: Observed, release: Release) -> ReleaseState:
    if hook_jobs.is_at_work(seen.check_job):
        return ReleaseState.CHECK_LEFT
    if releases.has_not_begun(seen, release):
        return ReleaseState.REFUSED
    if release.status != "deployed":
        return ReleaseState.FAILED
    desired = seen.desired
    is_outdated = isinstance(desired, Desired) and not releases.is_current(seen, release, desired)
    return ReleaseState.OUTDATED if is_outdated else ReleaseState.AS_ASKED


def _spec(seen: Observed) -> Spec:
    return Spec.FOLLOWED if isinstance(seen.desired, Desired) else Spec.UNFOLLOWABLE


def _copy(seen: Observed) -> Copy:
    is_new = isinstance(seen.desired, Desired) and seen.desired.credentials is not None
    return Copy.TO_WRITE if is_new else Copy.CURRENT


def _change(seen: Observed) -> Change:
    desired = seen.desired
    if isinstance(desired, Desired) and servers.needs_password_change(seen, desired):
        return Change.USER_PASSWORD
    if seen.drift and not reverts.was_reverted(seen):
        return Change.MANUAL
    return Change.UNREADY if servers.stays_unready(seen) else Change.NONE


def _database(seen: Observed) -> Database:
    return Database.NEVER_COMPLETE if servers.needs_restore(seen) else Database.COMPLETE


def _data_claim(seen: Observed) -> DataClaim:
    claim = seen.data_claim
    if claim is None:
        return DataClaim.ABSENT
    if claim.deleted is not None:
        is_stuck = seen.now - claim.deleted >= claims.GOES_WITHIN
        return DataClaim.STUCK if is_stuck else DataClaim.GOING
    if not claim.ours:
        return DataClaim.FOREIGN
    is_retained = seen.instance.spec.deletion_policy is DeletionPolicy.RETAIN
    return DataClaim.RETAINED if is_retained else DataClaim.OURS


def _backup_claim(seen: Observed) -> BackupClaim:
    claim = seen.backup_claim
    if claim is None:
        return BackupClaim.ABSENT
    if claim.deleting and claims.is_not_used(seen):
        return BackupClaim.ABSENT  # nobody waits for it
    if claim.deleting:
        return BackupClaim.GOING if claim.may_hold_data else BackupClaim.EMPTY_GOING
    is_empty = claims.never_held_a_backup(seen, claim)
    return BackupClaim.EMPTY if is_empty else BackupClaim.THERE


def _server(seen: Observed) -> ServerState:
    if seen.server is not None and seen.server.ready:
        return ServerState.READY
    return ServerState.STARTING if servers.is_starting(seen) else ServerState.LATE


def _back_off(seen: Observed) -> BackOff:
    return BackOff.OVER if attempts.back_off_is_over(seen) else BackOff.RUNNING


def _proof(seen: Observed, deleted: datetime) -> Proof:
    if not final_backups.needs_final_backup(seen):
        return Proof.NOT_NEEDED
    if final_backups.has_final_receipt(seen, deleted):
        return Proof.GIVEN
    is_running = hook_jobs.is_running(seen.backup_job, since=deleted)
    return Proof.RUNNING if is_running else Proof.MISSING


def _left_jobs(seen: Observed) -> LeftJobs:
    left = hook_jobs.left_at_work(seen)
    deleted = [job.deleted for job in left.values() if job.deleted is not None]
    if not left:
        return LeftJobs.NONE
    if len(deleted) < len(left):
        return LeftJobs.AT_WORK
    is_stuck = seen.now - min(deleted) >= hook_jobs.ENDS_WITHIN
    return LeftJobs.STUCK if is_stuck else LeftJobs.ENDING


def _way(seen: Observed) -> BackupWay:
    if seen.release is not None and final_backups.may_back_up(seen, seen.release):
        return BackupWay.POSSIBLE
    would_lose = final_backups.would_lose_its_data(seen)
    return BackupWay.WOULD_LOSE_DATA if would_lose else BackupWay.AFTER_REPAIR


def _leftovers(seen: Observed) -> Leftovers:
    of_schedules = (*seen.scheduled_jobs, *seen.drill_jobs)
    jobs = (seen.check_job, seen.restore_job, seen.password_job, *of_schedules)
    is_some = any(jobs) or seen.has_credentials or seen.has_test_pod
    return Leftovers.SOME if is_some else Leftovers.NONE


def _hooks(seen: Observed) -> Hooks:
    if f"job/{names.backup_job(seen.instance.key.name)}" in seen.taken_hooks:
        return Hooks.BACKUP_TAKEN
    return Hooks.TAKEN if seen.taken_hooks else Hooks.FREE
