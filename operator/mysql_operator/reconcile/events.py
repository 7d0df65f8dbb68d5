"""Which events a change of the status is worth. Pure.

Only changes: a restart of the operator repeats nothing, and what happens again is counted in the
event that is there (see adapters/event_log.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from mysql_operator.model import conditions
from mysql_operator.model.events import Event
from mysql_operator.model.status import Condition, MySQLStatus, Phase
from mysql_operator.reconcile import stories


def between(old: MySQLStatus, new: MySQLStatus) -> list[Event]:
    """List what to report when one status follows another."""
    return [*_facts(old, new), *_problems(old, new)]


def _facts(old: MySQLStatus, new: MySQLStatus) -> Iterator[Event]:
    if new.restore is not None and new.restore != old.restore:
        reason = new.restore.result.capitalize()
        type_ = "Warning" if new.restore.missing else "Normal"
        yield Event(type_, reason, stories.of_restore(new.restore))
    backup = new.final_backup
    if backup is not None and backup != old.final_backup:
        yield Event("Normal", "BackedUp", stories.of_backup(backup), fact=backup.file)
    if new.root_password is not None and new.root_password != old.root_password:
        yield Event("Normal", "RootPasswordSet", stories.of_root_password(new.root_password))
    if new.user_password is not None and new.user_password != old.user_password:
        yield Event("Normal", "UserPasswordSet", stories.of_user_password(new.user_password))
    if new.put_back is not None and new.put_back != old.put_back:
        what = new.put_back.what
        yield Event("Warning", "PutBack", f"changed by hand: {what}", fact=what)
    if new.phase is Phase.READY and old.phase is not Phase.READY:
        yield Event("Normal", "Ready", f"MySQL {new.version or ''} is accepting connections")


def _problems(old: MySQLStatus, new: MySQLStatus) -> Iterator[Event]:
    """A problem that has become one, or another; where it blocks a deletion, as that alone."""
    blocked = conditions.find(new.conditions, conditions.DELETION_BLOCKED)
    is_blocked = blocked is not None and blocked.status == "True"
    type_ = conditions.DELETION_BLOCKED if is_blocked else conditions.STALLED
    before, after = conditions.find(old.conditions, type_), conditions.find(new.conditions, type_)
    if after is None or after.status != "True":
        return
    if before is None or _identity(before) != _identity(after):
        reason = type_ if type_ == conditions.DELETION_BLOCKED else after.reason
        yield Event("Warning", reason, after.message)


def _identity(condition: Condition) -> tuple[str, str, int]:
    """What makes a problem another one. Not its message: that may hold a port or a time."""
    return condition.status, condition.reason, condition.observed_generation
