"""The table: from the answers about an object to the one step that is next. Pure.

Read it beside docs/lifecycle.md: a test walks through every combination of answers and compares
the steps with that page. Two rules stand above all: nothing that holds data is deleted without the
proof of a backup taken for this deletion, and a state that is not understood is waited out or
refused, never repaired by force.
"""

from __future__ import annotations

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
from mysql_operator.reconcile.steps import RUN_ALL_HOOKS, RUN_HOOKS, Step


def decide(situation: Situation) -> Step:
    """Give the one thing to do next."""
    match situation:
        case Living():
            step = _while_it_lives(situation)
        case BeingDeleted():
            step = _once_it_is_deleted(situation)
    return _without_taking(step, situation.hooks)


def _without_taking(step: Step, hooks: Hooks) -> Step:
    """Run no hook in place of what somebody else has under its name.

    The final backup needs no other name than its own.
    """
    match hooks:
        case Hooks.TAKEN | Hooks.BACKUP_TAKEN if step in RUN_ALL_HOOKS:
            return Step.REFUSE_HOOKS_TAKEN
        case Hooks.BACKUP_TAKEN if step in RUN_HOOKS:
            return Step.REFUSE_BACKUP_HOOK_TAKEN
        case _:
            return step


def _while_it_lives(it: Living) -> Step:
    match it:
        case Living(hold=Hold.NOT_HELD):
            return Step.ADD_FINALIZER
        case Living(command=CommandState.NONE):
            return _of_living_release(it)
        case Living():
            return _of_command(it.command)


def _of_command(command: CommandState) -> Step:
    match command:
        case CommandState.UNWANTED:
            return Step.CANCEL
        case CommandState.HOPELESS:
            return Step.CANCEL_AS_FAILED
        case _:
            return Step.WAIT_FOR_COMMAND


def _of_living_release(it: Living) -> Step:  # noqa: C901 - a table, one case a row
    match it.release:
        case ReleaseState.FOREIGN:
            return Step.REFUSE_RELEASE_CONFLICT
        case ReleaseState.UNREADABLE:
            return Step.DELETE_DAMAGED_REVISION
        case ReleaseState.UNREADABLE_FOREIGN:
            return Step.REFUSE_RELEASE_DAMAGED
        case ReleaseState.CHECK_LEFT:
            return Step.END_CHECK
        case ReleaseState.REFUSED:
            return Step.DELETE_REFUSED_REVISION
        case _ if it.spec is Spec.UNFOLLOWABLE:
            return Step.REFUSE_SPEC
        case ReleaseState.ABSENT:
            return _install(it)
        case _ if it.copy is Copy.TO_WRITE:
            return Step.WRITE_CREDENTIALS
        case _ if _loses_its_data(it):
            return Step.REFUSE_DATA_CLAIM_LOST
        case ReleaseState.PENDING_LEFT | ReleaseState.UNINSTALLING_LEFT:
            return Step.UNLOCK
        case ReleaseState.PENDING_BUSY | ReleaseState.UNINSTALLING_BUSY:
            return Step.REFUSE_RELEASE_BUSY
        case ReleaseState.AS_ASKED if it.change is Change.NONE:
            return _of_server(it.server)
        case ReleaseState.AS_ASKED | ReleaseState.OUTDATED | ReleaseState.FAILED:
            return _unless_backing_off(it.back_off, Step.UPGRADE)


def _loses_its_data(it: Living) -> bool:
    """Whether somebody has deleted the data claim of a database that was complete.

    It goes when the last pod that uses it ends, so nothing may be done that ends the server.
    """
    goes = it.data_claim in (DataClaim.ABSENT, DataClaim.GOING, DataClaim.STUCK)
    return it.database is Database.COMPLETE and goes


def _install(it: Living) -> Step:
    """Install over no claim of an earlier object of this name that is still being deleted."""
    match it:
        case Living(data_claim=DataClaim.STUCK):
            return Step.REFUSE_DATA_CLAIM_HELD
        case Living(data_claim=DataClaim.GOING):
            return Step.WAIT_A_MOMENT
        case Living(backup_claim=BackupClaim.EMPTY_GOING):
            return Step.WAIT_A_MOMENT
        case Living():
            return _unless_backing_off(it.back_off, Step.INSTALL)


def _of_server(server: ServerState) -> Step:
    match server:
        case ServerState.READY:
            return Step.NOTHING
        case ServerState.STARTING:
            return Step.WAIT_FOR_START
        case ServerState.LATE:
            return Step.WAIT_FOR_SERVER


def _unless_backing_off(back_off: BackOff, step: Step) -> Step:
    return Step.WAIT_FOR_BACK_OFF if back_off is BackOff.RUNNING else step


def _once_it_is_deleted(it: BeingDeleted) -> Step:
    match it:
        case BeingDeleted(hold=Hold.NOT_HELD):
            return Step.NOTHING
        case BeingDeleted(command=CommandState.NONE):
            return _of_deleted_release(it)
        case BeingDeleted():
            return _of_command(it.command)


def _of_deleted_release(it: BeingDeleted) -> Step:  # noqa: C901 - a table, one case a row
    match it.release:
        case ReleaseState.FOREIGN:
            return Step.DROP_FINALIZER
        case ReleaseState.ABSENT:
            return _clean_up(it)
        case ReleaseState.UNREADABLE:
            return Step.DELETE_DAMAGED_REVISION
        case ReleaseState.UNREADABLE_FOREIGN:
            return Step.REFUSE_RELEASE_DAMAGED
        case ReleaseState.CHECK_LEFT:
            return Step.END_CHECK
        case ReleaseState.REFUSED:
            return Step.DELETE_REFUSED_REVISION
        case ReleaseState.PENDING_LEFT:
            return Step.UNLOCK
        case ReleaseState.PENDING_BUSY:
            return Step.REFUSE_RELEASE_BUSY
        case _:
            return _uninstall(it)


def _uninstall(it: BeingDeleted) -> Step:
    match it:
        case BeingDeleted(namespace=Namespace.ENDS):
            return Step.UNINSTALL
        case BeingDeleted(proof=Proof.NOT_NEEDED | Proof.GIVEN):
            return Step.UNINSTALL
        case BeingDeleted(proof=Proof.RUNNING):
            return Step.WAIT_FOR_BACKUP
        case BeingDeleted():
            return _unless_backing_off(it.back_off, _take_the_backup(it))


def _take_the_backup(it: BeingDeleted) -> Step:
    """Repair first what a backup needs, where an attempt has failed or something is missing."""
    match it:
        case BeingDeleted(left_jobs=LeftJobs.AT_WORK):
            return Step.END_JOBS
        case BeingDeleted(left_jobs=LeftJobs.ENDING):
            return Step.WAIT_A_MOMENT
        case BeingDeleted(left_jobs=LeftJobs.STUCK):
            return Step.REFUSE_JOB_DOES_NOT_END
        case BeingDeleted(backup_claim=BackupClaim.GOING | BackupClaim.EMPTY_GOING):
            return Step.REFUSE_BACKUP_CLAIM_GOING
        case BeingDeleted(way=BackupWay.POSSIBLE):
            return Step.UNINSTALL_WITH_BACKUP
        case BeingDeleted(release=ReleaseState.UNINSTALLING_LEFT | ReleaseState.UNINSTALLING_BUSY):
            return Step.UNLOCK
        case BeingDeleted():
            return _bring_back(it, Step.REPAIR)


def _bring_back(it: BeingDeleted, step: Step) -> Step:
    """Bring a server up that a backup needs."""
    match it:
        case BeingDeleted(spec=Spec.UNFOLLOWABLE):
            return Step.REFUSE_SPEC
        case BeingDeleted(back_off=BackOff.RUNNING):
            return Step.WAIT_FOR_BACK_OFF
        case BeingDeleted(way=BackupWay.WOULD_LOSE_DATA):
            return Step.REFUSE_DATA_CLAIM_PINNED
        case BeingDeleted():
            return step


def _clean_up(it: BeingDeleted) -> Step:
    """The release is gone; the data claim, the leftovers and the object itself are left."""
    match it:
        case BeingDeleted(namespace=Namespace.ENDS):
            return Step.DROP_FINALIZER
        case BeingDeleted(proof=Proof.MISSING | Proof.RUNNING):
            return _bring_back(it, Step.REINSTALL)
        case BeingDeleted(data_claim=DataClaim.OURS):
            return Step.DELETE_DATA_CLAIM
        case BeingDeleted(leftovers=Leftovers.SOME):
            return Step.DELETE_LEFTOVERS
        case BeingDeleted(backup_claim=BackupClaim.EMPTY):
            return Step.DELETE_EMPTY_BACKUP_CLAIM
        case BeingDeleted():
            return Step.DROP_FINALIZER
