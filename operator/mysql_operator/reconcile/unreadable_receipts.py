"""Receipts that cannot be read: the command that ran their Job counts as failed. Pure.

Without that nothing would be proven and nothing would have failed either: the operator would run
the Job again at once, and for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pydantic import BaseModel

from mysql_operator import names
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.receipts import BackupSummary, PasswordReceipt
from mysql_operator.reconcile.facts.observations import Job, JobState, Observed


def counted(observed: Observed) -> Observed:
    """Turn the success of a command into a failure where its Job left no readable receipt."""
    if observed.outcome is None or observed.outcome.error is not None:
        return observed
    for name, job, model in _awaited(observed):
        error = _error_of(name, job, model, observed)
        if error is not None:
            return replace(observed, outcome=replace(observed.outcome, error=error))
    return observed


def _awaited(observed: Observed) -> Iterator[tuple[str, Job | None, type[BaseModel]]]:
    """The receipts that the next decision rests on. A lost one of a restore holds nothing up."""
    instance = observed.instance.key.name
    deleted = observed.instance.deleted
    if deleted is None:
        yield names.password_job(instance), observed.password_job, PasswordReceipt
    elif observed.backup_job is not None and observed.backup_job.created >= deleted:
        yield names.backup_job(instance), observed.backup_job, BackupSummary


def _error_of(
    name: str, job: Job | None, model: type[BaseModel], observed: Observed
) -> OperatorError | None:
    if job is None or job.state is not JobState.SUCCEEDED:
        return None
    if job.annotations.get(names.OBJECT_UID) != observed.instance.uid:
        return None
    try:
        receipts.parsed(model, {"result": "changed", **job.receipt})
    except OperatorError as error:
        return OperatorError(
            error.reason,
            f"the Job {name} succeeded, but {error.message}; the operator runs it again after a "
            f"pause. See `kubectl logs job/{name} --namespace {observed.instance.key.namespace}`; "
            "an operator and an instance chart of different versions are a likely cause",
        )
    return None
