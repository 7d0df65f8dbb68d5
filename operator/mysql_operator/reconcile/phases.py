"""The phase of an object: one word for `kubectl get`. Pure."""

from __future__ import annotations

from datetime import datetime

from mysql_operator.model.status import MySQLStatus, Phase
from mysql_operator.reconcile import final_backups, helm_commands, hook_jobs, servers
from mysql_operator.reconcile.actions import (
    Action,
    DropRevision,
    Refuse,
    Unlock,
    Upgrade,
    WriteCredentials,
)
from mysql_operator.reconcile.observations import Desired, JobState, Observed, OperationKind
from mysql_operator.reconcile.problems import Problem

NOT_YET_APPLIED = (Upgrade, Unlock, DropRevision, WriteCredentials, Refuse)


def phase_of(seen: Observed, action: Action, status: MySQLStatus, problem: Problem | None) -> Phase:
    """One word for what is going on."""
    if seen.instance.deleted is not None:
        return _phase_of_deletion(seen, seen.instance.deleted, action, status)
    if problem is not None and problem.is_stalled:
        return Phase.STALLED
    if seen.operation is not None:
        return _phase_of_operation(seen, seen.operation.kind)
    if seen.release is None:
        return Phase.PENDING
    if isinstance(action, NOT_YET_APPLIED) or status.failures:
        return Phase.UPGRADING  # not Ready: the release is not yet what the spec asks for
    if seen.in_place is not None:
        return Phase.RESTORING
    return Phase.READY if seen.server is not None and seen.server.ready else Phase.STARTING


def is_at_work(seen: Observed) -> bool:
    """Whether a helm command runs whose end may still change what clients see."""
    if seen.operation is None:
        return False
    is_wanted = (
        isinstance(seen.desired, Desired)
        and seen.operation.values_digest == seen.desired.values_digest
    )
    return not (is_wanted and helm_commands.has_only_to_end(seen, seen.operation))


def _phase_of_operation(seen: Observed, kind: OperationKind) -> Phase:
    if not is_at_work(seen):
        return Phase.READY  # clients are served; what is left is to see helm's end
    if servers.needs_restore(seen) and hook_jobs.is_running(
        seen.restore_job, since=seen.instance.created
    ):
        return Phase.RESTORING
    if seen.password_job is not None and seen.password_job.state is JobState.RUNNING:
        return Phase.CHANGING_PASSWORD
    return Phase.INSTALLING if kind is OperationKind.INSTALL else Phase.UPGRADING


def _phase_of_deletion(
    seen: Observed, deleted: datetime, action: Action, status: MySQLStatus
) -> Phase:
    if isinstance(action, Refuse) or seen.refused is not None:
        return Phase.DELETION_BLOCKED
    if not final_backups.needs_final_backup(seen) or final_backups.has_final_receipt(seen, deleted):
        return Phase.DELETING
    if seen.backup_job is not None and seen.backup_job.state is JobState.RUNNING:
        return Phase.BACKING_UP
    return Phase.DELETION_BLOCKED if status.failures else Phase.DELETING
