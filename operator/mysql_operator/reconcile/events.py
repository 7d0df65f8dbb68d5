"""Which events a change of the status is worth. Pure.

Only changes: a restart of the operator repeats nothing, and what happens again is counted in the
event that is there (see adapters/event_log.py).
"""

from __future__ import annotations

from collections.abc import Iterator

from mysql_operator.model import conditions
from mysql_operator.model.events import Event
from mysql_operator.model.receipts import DrillResult, Trigger
from mysql_operator.model.status import Condition, MySQLStatus, Phase, ScheduleStatus
from mysql_operator.reconcile import stories

NO_SCHEDULE = ScheduleStatus(schedule="", time_zone="")


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
    newest = new.last_backup
    if newest is not None and newest != old.last_backup and newest.not_removed:
        named = f"the Job could not remove older backups: {'; '.join(newest.not_removed)}"
        yield Event("Warning", "OldBackupsNotRemoved", named, fact=newest.file)
    yield from _of_schedule(old, new)
    yield from _of_drill(old, new)
    if new.root_password is not None and new.root_password != old.root_password:
        yield Event("Normal", "RootPasswordSet", stories.of_root_password(new.root_password))
    if new.user_password is not None and new.user_password != old.user_password:
        yield Event("Normal", "UserPasswordSet", stories.of_user_password(new.user_password))
    if new.reverted is not None and new.reverted != old.reverted:
        what = new.reverted.what
        yield Event("Warning", "Reverted", f"manual change reverted: {what}", fact=what)
    if new.phase is Phase.READY and old.phase is not Phase.READY:
        yield Event("Normal", "Ready", f"MySQL {new.version or ''} is accepting connections")


def _of_schedule(old: MySQLStatus, new: MySQLStatus) -> Iterator[Event]:
    """One event that is counted for all that succeed, and one for each way to fail."""
    was, now = (it.backup_schedule or NO_SCHEDULE for it in (old, new))
    backup = new.last_backup
    is_scheduled = backup is not None and backup.trigger is Trigger.SCHEDULED
    if backup is not None and is_scheduled and was.last_succeeded != now.last_succeeded:
        yield Event("Normal", "BackedUp", stories.of_backup(backup), fact=backup.trigger)
    before, after = (
        conditions.find(it.conditions, conditions.BACKUPS_ON_SCHEDULE) for it in (old, new)
    )
    if after is None or after.status != "False":
        return
    if before is None or _told(before) != _told(after):
        yield Event("Warning", after.reason, after.message, fact=conditions.BACKUPS_ON_SCHEDULE)


def _of_drill(old: MySQLStatus, new: MySQLStatus) -> Iterator[Event]:
    """One event that is counted for all that pass, one for each way to fail, or not to begin."""
    drill = new.last_drill
    if drill is not None and drill != old.last_drill:
        passed = drill.result is DrillResult.PASSED
        type_ = "Normal" if passed and not drill.missing else "Warning"
        yield Event(type_, _OF_DRILLS[drill.result], stories.of_drill(drill), drill.reason or "")
    before, after = (conditions.find(it.conditions, conditions.BACKUPS_PROVEN) for it in (old, new))
    if after is None or after.status != "False" or (drill and drill.reason == after.reason):
        return
    if before is None or _told(before) != _told(after):
        yield Event("Warning", after.reason, after.message, fact=conditions.BACKUPS_PROVEN)


_OF_DRILLS = {
    DrillResult.PASSED: "DrillPassed",
    DrillResult.FAILED: "DrillFailed",
    DrillResult.SKIPPED: "NoBackupYet",
}


def _told(condition: Condition) -> tuple[str, str, str]:
    """What makes a failure another one: its message names the Job."""
    return condition.status, condition.reason, condition.message


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
