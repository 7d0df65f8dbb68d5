"""Drills: how the last one ended, and whether the backups are proven by it. Pure.

A CronJob of the release holds them. What a drill finds is news: no backup is kept or removed for
it, and no deletion goes on because of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mysql_operator import names
from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions, receipts
from mysql_operator.model.receipts import DrillReceipt, DrillResult
from mysql_operator.model.status import DrillStatus, MySQLStatus, ScheduleStatus
from mysql_operator.reconcile import schedules, stories
from mysql_operator.reconcile.facts.observations import Job, JobState, Observed
from mysql_operator.reconcile.schedules import Ran, Verdict


def recorded(observed: Observed) -> dict[str, Any]:
    """What is known of the drills, as fields of the status."""
    last, known = _last(observed), observed.instance.status.drill_schedule
    ended = [] if last is None else [(last.result, datetime.fromisoformat(last.time))]
    ran = Ran(
        observed.drill_timetable,
        [time for result, time in ended if result is DrillResult.PASSED],
        [time for result, time in ended if result is DrillResult.FAILED],
    )
    asked = schedules.of_drills(observed.instance)
    return {
        "last_drill": last,
        "drill_schedule": schedules.progressed(observed, asked, known, ran),
    }


def _last(observed: Observed) -> DrillStatus | None:
    """How the newest drill ended. The pod of one that was recorded may be gone by now.

    It counts once Kubernetes says that it has ended, and by that time: the clock of a node may be
    wrong, and each drill is then told once.
    """
    known, uid = observed.instance.status.last_drill, observed.instance.uid
    ours = [job for job in observed.drill_jobs if job.annotations.get(names.OBJECT_UID) == uid]
    ended = [(job.ended, job) for job in ours if job.ended is not None]
    time, newest = max(ended, key=lambda one: one[0], default=(None, None))
    if time is None or newest is None:
        return known
    if known is not None and conditions.timestamp(time) <= known.time:
        return known
    return _status(newest, conditions.timestamp(time))


def _status(job: Job, time: str) -> DrillStatus:
    receipt = _receipt(job)
    if receipt is None:
        why = f"it left no receipt ({job.why_failed or 'none'})"
        failed = DrillResult.FAILED
        receipt = DrillReceipt(result=failed, reason=receipts.RECEIPT_UNREADABLE, message=why)
    return DrillStatus(**receipt.model_dump(), time=time, job=job.name)


def _receipt(job: Job) -> DrillReceipt | None:
    """What its pod reported; a Job that failed has not passed, whatever an attempt has said."""
    try:
        receipt = receipts.parsed(DrillReceipt, job.receipt)
    except OperatorError:
        return None
    is_failed = receipt.result is DrillResult.FAILED
    return receipt if is_failed is (job.state is JobState.FAILED) else None


def verdict(observed: Observed, status: MySQLStatus) -> Verdict | None:
    """Whether the newest backup is proven to come back; None where no drill is asked for."""
    known = status.drill_schedule
    if known is None or observed.instance.deleted is not None:
        return None
    if observed.drill_trouble is not None:
        why = f"a drill does not begin: {observed.drill_trouble.message}"
        return Verdict("False", observed.drill_trouble.reason, why)
    return _missed(observed, known) or _of_last(observed, status.last_drill, known)


def _missed(observed: Observed, known: ScheduleStatus) -> Verdict | None:
    due = schedules.missed(observed, known, observed.drill_timetable)
    if due is None:
        return None
    key = observed.instance.key
    return Verdict(
        "False",
        "DrillMissed",
        f"the drill of {due} did not begin, and the next one is due at {known.next}: "
        f"kubectl describe -n {key.namespace} cronjob/{names.drill_schedule(key.name)}",
    )


def _of_last(observed: Observed, last: DrillStatus | None, known: ScheduleStatus) -> Verdict:
    if last is None:
        return Verdict("Unknown", "DrillPending", f"the first drill is due at {known.next}")
    if last.result is DrillResult.PASSED:
        return Verdict("True", "DrillPassed", stories.of_drill(last))
    if last.result is DrillResult.SKIPPED:
        return Verdict("Unknown", last.reason or "NoBackupYet", stories.of_drill(last))
    logs = f"kubectl logs -n {observed.instance.key.namespace} job/{last.job}"
    return Verdict("False", last.reason or "DrillFailed", f"{stories.of_drill(last)}. {logs}")
