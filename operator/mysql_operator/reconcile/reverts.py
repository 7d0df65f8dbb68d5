"""Manual changes that the operator reverts, and what it remembers of the last. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from mysql_operator.model import conditions
from mysql_operator.model.status import Reverted
from mysql_operator.reconcile import releases
from mysql_operator.reconcile.actions import Action, DeleteDamagedRevision, Upgrade
from mysql_operator.reconcile.facts.observations import Observed, Release

INSISTING = timedelta(minutes=10)
"""Cool-down before the same manual change is reverted a second time."""


def drift_of(observed: Observed) -> str:
    """What was changed by hand, in one sentence."""
    return "; ".join(drift.what for drift in observed.drift)[:512]


def was_reverted(observed: Observed) -> bool:
    """Whether the same manual change was reverted less than a cool-down ago."""
    reverted = observed.instance.status.reverted
    if reverted is None or reverted.what != drift_of(observed):
        return False
    return observed.now - datetime.fromisoformat(reverted.time) < INSISTING


def of_upgrade(observed: Observed) -> str:
    """Say which manual change an upgrade reverts; empty where it reverts none."""
    release = observed.release
    if observed.drift:
        return drift_of(observed)
    if release is None or not releases.is_made_by_hand(observed, release):
        return ""
    name = observed.instance.key.name
    return f"helm release {name}: revision {release.revision} is not the operator's"


def of_damage(release: Release) -> str:
    """Say what is damaged in a revision that is dropped."""
    return f"Secret {release.secret} cannot be read"


def noted(observed: Observed, action: Action) -> Observed:
    """Remember the manual change that an action reverts, so that it is not fought over."""
    what = action.reverted if isinstance(action, Upgrade | DeleteDamagedRevision) else ""
    if not what:
        return observed
    reverted = Reverted(what=what, time=conditions.timestamp(observed.now))
    return observed.with_status(observed.instance.status.model_copy(update={"reverted": reverted}))
