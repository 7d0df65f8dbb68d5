"""The phase of an object: one word for `kubectl get`. Pure."""

from __future__ import annotations

from datetime import datetime

from mysql_operator.model.status import MySQLStatus, Phase
from mysql_operator.reconcile import final_backups, helm_commands, hook_jobs, servers
from mysql_operator.reconcile.actions import (
    Action,
    DeleteDamagedRevision,
    Refuse,
    Unlock,
    Upgrade,
    WriteCredentials,
)
from mysql_operator.reconcile.facts.observations import Desired, JobState, Observed, OperationKind
from mysql_operator.reconcile.problems import Problem

NOT_YET_APPLIED = (Upgrade, Unlock, DeleteDamagedRevision, WriteCredentials, Refuse)


def phase_of(
    observed: Observed, action: Action, status: MySQLStatus, problem: Problem | None
) -> Phase:
    """One word for what is going on."""
    if observed.instance.deleted is not None:
        return _phase_of_deletion(observed, observed.instance.deleted, action, status)
    if problem is not None and problem.is_stalled:
        return Phase.STALLED
    if observed.operation is not None:
        return _phase_of_operation(observed, observed.operation.kind)
    if observed.release is None:
        return Phase.PENDING
    if isinstance(action, NOT_YET_APPLIED) or status.failures:
        return Phase.UPGRADING  # not Ready: the release is not yet what the spec asks for
    if observed.in_place is not None:
        return Phase.RESTORING
    return Phase.READY if observed.server is not None and observed.server.ready else Phase.STARTING


def is_at_work(observed: Observed) -> bool:
    """Whether a helm command runs whose end may still change what clients see."""
    if observed.operation is None:
        return False
    is_wanted = (
        isinstance(observed.desired, Desired)
        and observed.operation.values_digest == observed.desired.values_digest
    )
    return not (is_wanted and helm_commands.has_only_to_end(observed, observed.operation))


def _phase_of_operation(observed: Observed, kind: OperationKind) -> Phase:
    if not is_at_work(observed):
        return Phase.READY  # clients are served; what is left is to see helm's end
    if servers.needs_restore(observed) and hook_jobs.is_running(
        observed.restore_job, since=observed.instance.created
    ):
        return Phase.RESTORING
    if observed.password_job is not None and observed.password_job.state is JobState.RUNNING:
        return Phase.CHANGING_PASSWORD
    return Phase.INSTALLING if kind is OperationKind.INSTALL else Phase.UPGRADING


def _phase_of_deletion(
    observed: Observed, deleted: datetime, action: Action, status: MySQLStatus
) -> Phase:
    if isinstance(action, Refuse) or observed.refused is not None:
        return Phase.DELETION_BLOCKED
    if not final_backups.needs_final_backup(observed) or final_backups.has_final_receipt(
        observed, deleted
    ):
        return Phase.DELETING
    if observed.backup_job is not None and observed.backup_job.state is JobState.RUNNING:
        return Phase.BACKING_UP
    return Phase.DELETION_BLOCKED if status.failures else Phase.DELETING
