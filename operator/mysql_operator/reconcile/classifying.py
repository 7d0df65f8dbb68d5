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
    final_backups,
    helm_commands,
    hook_jobs,
    releases,
    reverts,
    servers,
)
from mysql_operator.reconcile.facts import claims
from mysql_operator.reconcile.facts.observations import (
    Desired,
    Observed,
    Operation,
    OperationKind,
    Release,
)
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


def classify(observed: Observed) -> Situation:
    """Answer what the table asks."""
    if observed.instance.deleted is None:
        return _living(observed)
    return _being_deleted(observed, observed.instance.deleted)


def _living(observed: Observed) -> Living:
    return Living(
        hold=_hold(observed),
        command=_command(observed),
        release=_release(observed),
        spec=_spec(observed),
        copy=_copy(observed),
        change=_change(observed),
        database=_database(observed),
        data_claim=_data_claim(observed),
        backup_claim=_backup_claim(observed),
        server=_server(observed),
        back_off=_back_off(observed),
        hooks=_hooks(observed),
    )


def _being_deleted(observed: Observed, deleted: datetime) -> BeingDeleted:
    return BeingDeleted(
        hold=_hold(observed),
        command=_command_before_deletion(observed),
        release=_release(observed),
        spec=_spec(observed),
        namespace=Namespace.ENDS if observed.namespace_ends else Namespace.STAYS,
        proof=_proof(observed, deleted),
        data_claim=_data_claim(observed),
        backup_claim=_backup_claim(observed),
        left_jobs=_left_jobs(observed),
        way=_way(observed),
        back_off=_back_off(observed),
        leftovers=_leftovers(observed),
        hooks=_hooks(observed),
    )


def _hold(observed: Observed) -> Hold:
    return Hold.HELD if names.FINALIZER in observed.instance.finalizers else Hold.NOT_HELD


def _command(observed: Observed) -> CommandState:
    operation = observed.operation
    if operation is None:
        return CommandState.NONE
    if helm_commands.is_superseded(observed, operation):
        return CommandState.UNWANTED
    return _command_at_work(observed, operation)


def _command_before_deletion(observed: Observed) -> CommandState:
    operation = observed.operation
    if operation is None:
        return CommandState.NONE
    if operation.attempted and not operation.cancelling:
        return CommandState.UNWANTED  # begun for what the object was before it was deleted
    takes_backup = operation.kind is OperationKind.UNINSTALL and operation.has_hooks
    if takes_backup and final_backups.is_given_up(observed) and not operation.cancelling:
        return CommandState.UNWANTED  # the backup may hang for as long as its command may run
    return _command_at_work(observed, operation)


def _command_at_work(observed: Observed, operation: Operation) -> CommandState:
    is_hopeless = helm_commands.why_hopeless(observed, operation) is not None
    return CommandState.HOPELESS if is_hopeless else CommandState.AT_WORK


def _release(observed: Observed) -> ReleaseState:
    release = observed.release
    if release is None:
        return ReleaseState.ABSENT
    if releases.is_foreign(release):
        return ReleaseState.FOREIGN
    if release.is_damaged:
        is_ours = bool(release.values_digest)
        return ReleaseState.UNREADABLE if is_ours else ReleaseState.UNREADABLE_FOREIGN
    if releases.is_in_progress(release):
        return _release_in_progress(observed, release)
    return _release_at_rest(observed, release)


def _release_in_progress(observed: Observed, release: Release) -> ReleaseState:
    is_left = releases.nobody_works_on(observed, release)
    if release.status == "uninstalling":
        return ReleaseState.UNINSTALLING_LEFT if is_left else ReleaseState.UNINSTALLING_BUSY
    return ReleaseState.PENDING_LEFT if is_left else ReleaseState.PENDING_BUSY


def _release_at_rest(observed: Observed, release: Release) -> ReleaseState:
    if hook_jobs.is_at_work(observed.check_job):
        return ReleaseState.CHECK_LEFT
    if releases.has_not_begun(observed, release):
        return ReleaseState.REFUSED
    if release.status != "deployed":
        return ReleaseState.FAILED
    desired = observed.desired
    is_outdated = isinstance(desired, Desired) and not releases.is_current(
        observed, release, desired
    )
    return ReleaseState.OUTDATED if is_outdated else ReleaseState.AS_ASKED


def _spec(observed: Observed) -> Spec:
    return Spec.FOLLOWED if isinstance(observed.desired, Desired) else Spec.UNFOLLOWABLE


def _copy(observed: Observed) -> Copy:
    is_new = isinstance(observed.desired, Desired) and observed.desired.credentials is not None
    return Copy.TO_WRITE if is_new else Copy.CURRENT


def _change(observed: Observed) -> Change:
    desired = observed.desired
    if isinstance(desired, Desired) and servers.needs_password_change(observed, desired):
        return Change.USER_PASSWORD
    if observed.drift and not reverts.was_reverted(observed):
        return Change.MANUAL
    if servers.may_be_left_closed(observed):
        return Change.LEFT_CLOSED
    return Change.UNREADY if servers.stays_unready(observed) else Change.NONE


def _database(observed: Observed) -> Database:
    return Database.NEVER_COMPLETE if servers.needs_restore(observed) else Database.COMPLETE


def _data_claim(observed: Observed) -> DataClaim:
    claim = observed.data_claim
    if claim is None:
        return DataClaim.ABSENT
    if claim.deleted is not None:
        is_stuck = observed.now - claim.deleted >= claims.GOES_WITHIN
        return DataClaim.STUCK if is_stuck else DataClaim.GOING
    if not claim.ours:
        return DataClaim.FOREIGN
    is_retained = observed.instance.spec.deletion_policy is DeletionPolicy.RETAIN
    return DataClaim.RETAINED if is_retained else DataClaim.OURS


def _backup_claim(observed: Observed) -> BackupClaim:
    claim = observed.backup_claim
    if claim is None:
        return BackupClaim.ABSENT
    if claim.deleting and claims.keeps_backups_in_object_store(observed):
        return BackupClaim.ABSENT  # nobody waits for it
    if claim.deleting:
        return BackupClaim.GOING if claim.may_hold_data else BackupClaim.EMPTY_GOING
    is_empty = claims.never_held_a_backup(observed, claim)
    return BackupClaim.EMPTY if is_empty else BackupClaim.THERE


def _server(observed: Observed) -> ServerState:
    if observed.server is not None and observed.server.ready:
        return ServerState.READY
    return ServerState.STARTING if servers.is_starting(observed) else ServerState.LATE


def _back_off(observed: Observed) -> BackOff:
    return BackOff.OVER if attempts.back_off_is_over(observed) else BackOff.RUNNING


def _proof(observed: Observed, deleted: datetime) -> Proof:
    if not final_backups.needs_final_backup(observed):
        return Proof.NOT_NEEDED
    if final_backups.has_final_receipt(observed, deleted):
        return Proof.GIVEN
    is_running = hook_jobs.is_running(observed.backup_job, since=deleted)
    return Proof.RUNNING if is_running else Proof.MISSING


def _left_jobs(observed: Observed) -> LeftJobs:
    left = hook_jobs.left_at_work(observed)
    deleted = [job.deleted for job in left.values() if job.deleted is not None]
    if not left:
        return LeftJobs.NONE
    if len(deleted) < len(left):
        return LeftJobs.AT_WORK
    is_stuck = observed.now - min(deleted) >= hook_jobs.ENDS_WITHIN
    return LeftJobs.STUCK if is_stuck else LeftJobs.ENDING


def _way(observed: Observed) -> BackupWay:
    if observed.release is not None and final_backups.may_back_up(observed, observed.release):
        return BackupWay.POSSIBLE
    would_lose = final_backups.would_lose_its_data(observed)
    return BackupWay.WOULD_LOSE_DATA if would_lose else BackupWay.AFTER_REPAIR


def _leftovers(observed: Observed) -> Leftovers:
    of_schedules = (*observed.scheduled_jobs, *observed.drill_jobs)
    jobs = (observed.check_job, observed.restore_job, observed.password_job, *of_schedules)
    is_some = any(jobs) or observed.has_credentials or observed.has_test_pod
    return Leftovers.SOME if is_some else Leftovers.NONE


def _hooks(observed: Observed) -> Hooks:
    if f"job/{names.backup_job(observed.instance.key.name)}" in observed.taken_hooks:
        return Hooks.BACKUP_TAKEN
    return Hooks.TAKEN if observed.taken_hooks else Hooks.FREE
