"""What has to be remembered of what is observed: receipts and attempts, before anything is decided.

What is remembered here goes into the status, which is written before the decision is carried out;
so a decision may rest on it, and a process that is killed loses none of it. Pure.
"""

from __future__ import annotations

from mysql_operator.reconcile import attempts, classifying, deciding, receipts, unreadable_receipts
from mysql_operator.reconcile.facts.observations import Observed
from mysql_operator.reconcile.steps import Step


def remembered(observed: Observed) -> Observed:
    """Give what is observed with a status that holds all that is known by now."""
    counted = unreadable_receipts.counted(observed)
    proven = counted.with_status(receipts.recorded(counted))
    return proven.with_status(attempts.counted(proven, is_at_rest=_is_at_rest(proven)))


def _is_at_rest(observed: Observed) -> bool:
    """Whether nothing is left to do for an object that lives, however often it was tried."""
    if observed.instance.deleted is not None:
        return False
    return deciding.decide(classifying.classify(observed)) is Step.NOTHING
