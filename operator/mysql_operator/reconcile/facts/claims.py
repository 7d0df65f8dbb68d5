"""The claims of an object: how long one may take to go, and which never held anything. Pure."""

from __future__ import annotations

from datetime import timedelta

from mysql_operator.reconcile.facts.observations import Claim, Observed

GOES_WITHIN = timedelta(seconds=15)
"""How long a deleted claim may take to go before the object says what holds it."""


def keeps_backups_in_object_store(observed: Observed) -> bool:
    """Whether an object store takes the backups, and the backup claim does not."""
    backup = observed.instance.spec.backup
    return backup is not None and backup.storage_ref is not None


def never_held_a_backup(observed: Observed, claim: Claim) -> bool:
    """Whether nothing can be in the backup claim: it was made for this object and never bound.

    NB: a bound claim may hold backups whatever the status says. The status can be lost, and the
    claim, its labels and annotations may come from a copy of the namespace.
    """
    is_of_this_object = claim.ours and claim.created >= observed.instance.created
    return is_of_this_object and not claim.may_hold_data
