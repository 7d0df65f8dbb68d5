"""Attempts at a helm command: how they ended, and how long to pause before the next. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions
from mysql_operator.model.status import MySQLStatus
from mysql_operator.reconcile.facts.observations import Desired, Observed

FIRST_BACK_OFF = 10.0

LONGEST_BACK_OFF = 600.0


def back_off_seconds(failures: int) -> float:
    """Seconds to wait after so many failures in a row; 0 after none."""
    return min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** (failures - 1)) if failures else 0.0


def digest(observed: Observed) -> str:
    """What a failure now would be a failure of: another spec is tried at once, without back-off."""
    if observed.instance.deleted is not None or not isinstance(observed.desired, Desired):
        return ""
    return f"{observed.desired.values_digest}-{observed.desired.chart_digest}"


def back_off_left(observed: Observed) -> float:
    """Seconds that are left of it."""
    status = observed.instance.status
    if not status.failures or not status.failed_at or status.failed_attempt != digest(observed):
        return 0.0
    whole = back_off_seconds(status.failures)
    over = datetime.fromisoformat(status.failed_at) + timedelta(seconds=whole)
    return min(whole, max(0.0, (over - observed.now).total_seconds()))  # a clock may be set back


def back_off_is_over(observed: Observed) -> bool:
    """Whether another attempt may begin."""
    return back_off_left(observed) == 0.0


def counted(observed: Observed, *, is_at_rest: bool) -> MySQLStatus:
    """Remember how the last attempt ended, by what it has just left or by what is at rest."""
    status = observed.instance.status
    forgotten = {"failures": None, "failed_at": None, "failed_attempt": None, "failed_reason": None}
    if observed.outcome is None:
        # The operator may have died after helm had succeeded: what is at rest has not failed.
        return status.model_copy(update=forgotten) if is_at_rest else status
    if observed.outcome.error is not None:
        return _with_failure(observed, observed.outcome.attempted, observed.outcome.error)
    if observed.instance.deleted is not None:
        return status  # a repair between two attempts at a backup is not the backup
    return status.model_copy(update=forgotten)


def _with_failure(observed: Observed, what: str, error: OperatorError) -> MySQLStatus:
    status = observed.instance.status
    is_same = status.failed_attempt == what
    return status.model_copy(
        update={
            "failures": (status.failures or 0) + 1 if is_same else 1,
            "failed_at": conditions.timestamp(observed.now),
            "failed_attempt": what,
            "failed_reason": error.reason,
        }
    )
