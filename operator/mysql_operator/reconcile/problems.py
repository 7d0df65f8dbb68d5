"""What is wrong, and whether a person has to act: one answer for all that is reported. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions
from mysql_operator.model.reasons import catalogue
from mysql_operator.model.status import MySQLStatus, Phase
from mysql_operator.reconcile import hook_jobs
from mysql_operator.reconcile.actions import Action, Refuse
from mysql_operator.reconcile.facts.observations import Desired, JobState, Observed

MESSAGE_LIMIT = 1024

MAY_PASS = catalogue.that_may_pass()

SERVING = "Serving"
NO_PROBLEM = frozenset({SERVING, *Phase})
"""Reasons of an object of which nothing is wrong: that it serves, or else its phase."""

GRACE = timedelta(seconds=60)
"""How long such a reason may stand before the object is Stalled, at which Flux ends its wait."""

RETRY_STANDS_FOR = 60.0
"""Seconds for which a retry counts as the failure before it: most fail again within them."""


@dataclass(frozen=True)
class Problem:
    """What is wrong, in a word and a sentence."""

    reason: str
    message: str
    since: str
    """When it began, as the status writes it."""
    is_stalled: bool
    """Whether it will not get on without a person."""


def of(observed: Observed, action: Action, status: MySQLStatus) -> Problem | None:
    """What is wrong, with what the status so far knows of how long it has been so."""
    found = _found(observed, action, status)
    if found is not None:
        return _timed(found, observed, _began(observed), may_stall=True)
    if observed.hint is not None:
        error = OperatorError(observed.hint.reason, observed.hint.message)
        return _timed(error, observed, observed.hint.since, may_stall=False)
    return None


def _timed(
    error: OperatorError, observed: Observed, began: datetime | None, *, may_stall: bool
) -> Problem:
    known, now = observed.instance.status, conditions.timestamp(observed.now)
    since = known.reason_since if known.reason == error.reason and known.reason_since else now
    if began is not None:
        since = min(since, conditions.timestamp(began))
    is_over = observed.now - datetime.fromisoformat(since) >= GRACE
    is_stalled = may_stall and (error.reason not in MAY_PASS or is_over)
    return Problem(error.reason, error.message[:MESSAGE_LIMIT], since, is_stalled)


def _began(observed: Observed) -> datetime | None:
    """When Kubernetes says that it began, which may be before this operator looked."""
    return (
        observed.trouble.since
        if observed.trouble is not None and observed.refused is None
        else None
    )


def _found(observed: Observed, action: Action, status: MySQLStatus) -> OperatorError | None:
    """What somebody has to know or do, the most useful sentence first."""
    if isinstance(action, Refuse):
        return OperatorError(action.reason, action.message)
    if observed.refused is not None:
        return observed.refused
    if observed.trouble is not None:
        return OperatorError(observed.trouble.reason, observed.trouble.message)
    if status.failures:
        return _of_attempts(observed, status)
    return observed.desired.unmet if isinstance(observed.desired, Desired) else None


def _of_attempts(observed: Observed, status: MySQLStatus) -> OperatorError | None:
    """Why the last attempt failed, until one that runs has got further than most that fail."""
    if observed.outcome is not None and observed.outcome.error is not None:
        return _said_by_job(observed) or observed.outcome.error
    if observed.operation is not None and observed.operation.running_seconds >= RETRY_STANDS_FOR:
        return None
    if status.reason is not None and status.reason not in NO_PROBLEM:
        return OperatorError(status.reason, status.message or "")
    return OperatorError("Failed", "the last attempt failed; see the events")


def _said_by_job(observed: Observed) -> OperatorError | None:
    jobs = (
        [observed.backup_job]
        if observed.instance.deleted is not None
        else [hook_jobs.refusing_check(observed), observed.restore_job, observed.password_job]
    )
    for job in jobs:
        if job is not None and job.state is JobState.FAILED and job.receipt.get("message"):
            reason = str(job.receipt.get("reason", "HookFailed"))
            return OperatorError(reason, str(job.receipt["message"])[:MESSAGE_LIMIT])
    return None
