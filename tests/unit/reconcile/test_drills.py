"""What is said of drills, and that none of them decides anything about data."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.errors import SpecError
from mysql_operator.model import conditions
from mysql_operator.model.backup_objects import (
    MySQLBackupSpec,
    MySQLBackupStatus,
)
from mysql_operator.model.receipts import DrillResult
from mysql_operator.model.run_phases import RunPhase
from mysql_operator.model.status import Condition, DrillStatus, MySQLStatus
from mysql_operator.reconcile import events, receipts, schedules
from mysql_operator.reconcile.actions import DeleteLeftovers, EndJobs
from mysql_operator.reconcile.facts.observations import Job, JobState, Observed, Timetable, Trouble
from mysql_operator.reconcile.runs import backup_runs
from mysql_operator.reconcile.runs.backup_runs import Run
from mysql_operator.reconcile.runs.run_states import Database
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import (
    DELETED,
    FRESH,
    NOW,
    OF_THIS_OBJECT,
    RECEIPT,
    a_release,
    an_instance,
    seen,
)

WEEKLY = {"drill": {"schedule": "0 3 * * MON"}, "timeZone": "Europe/Berlin"}
LONG_AGO = NOW - timedelta(days=30)
MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)
"""When the last one was due: it is noon of that day."""
FILE = "db-20261122T020004Z.tar.zst"
PASSED = {
    "result": "passed",
    "file": FILE,
    "seconds": 7,
    "tables": 1,
    "rows": 2,
    "answer": "1",
    "serverVersion": "9.7.4",
}
REFUSED = {
    "result": "failed",
    "file": FILE,
    "reason": "ChecksumMismatch",
    "message": f"{FILE} is damaged",
    "seconds": 1,
}
NOTHING_THERE = {"result": "skipped", "reason": "NoBackupYet", "message": "there is no backup yet"}
UNREACHABLE = {"result": "failed", "reason": "StorageUnreachable", "message": "no answer"}


def a_drill(said: dict[str, Any], at: datetime = MONDAY, **changes: Any) -> Job:
    """A drill that has ended."""
    state = JobState.FAILED if said.get("result", "failed") == "failed" else JobState.SUCCEEDED
    ordinary = Job(
        state=state,
        created=at,
        ended=at + timedelta(seconds=9),
        name=f"drill-db-{at:%m%d%H%M}",
        annotations=OF_THIS_OBJECT,
        is_scheduled=True,
        receipt=said,
    )
    return replace(ordinary, **changes)


def drilled(*jobs: Job, backup: dict[str, Any] = WEEKLY, **changes: Any) -> Observed:
    """A month-old object with drills, of which one began on Monday."""
    instance = an_instance(
        spec={"backup": backup},
        status=changes.pop("status", MySQLStatus(restore=FRESH)),
        created=LONG_AGO,
        deleted=changes.pop("deleted", None),
    )
    ordinary = seen(
        instance=instance,
        release=a_release(modified=LONG_AGO),
        drill_timetable=Timetable(created=LONG_AGO, last_scheduled=MONDAY),
        drill_jobs=jobs,
    )
    return replace(ordinary, **changes)


def after_a_pass(what: Observed) -> Observed:
    _, status = builders.a_pass(what)
    return what.with_status(status)


def status_of(what: Observed) -> MySQLStatus:
    return after_a_pass(what).instance.status


def condition_of(what: Observed) -> Condition | None:
    return conditions.find(status_of(what).conditions, conditions.BACKUPS_PROVEN)


def proven(what: Observed) -> tuple[str, str]:
    said = condition_of(what)
    assert said is not None
    return said.status, said.reason


def told(before: Observed, after: Observed) -> list[tuple[str, str]]:
    found = events.between(before.instance.status, status_of(after))
    return [(event.type, event.reason) for event in found if event.reason != "Ready"]


# --- how one ended ---


def test_a_drill_that_passes_proves_the_backups() -> None:
    what = drilled(a_drill(PASSED))
    status = status_of(what)

    assert proven(what) == ("True", "DrillPassed")
    assert (status.last_drill.file, status.last_drill.result) == (FILE, DrillResult.PASSED)
    assert status.last_drill.time == "2026-11-23T02:00:09Z"
    assert status.drill_schedule.last_succeeded == "2026-11-23T02:00:09Z"
    assert status.drill_schedule.next == "2026-11-30T02:00:00Z"
    assert told(what, what) == [("Normal", "DrillPassed")]
    assert "in 7 s (1 table, 2 rows), the question was answered by 1" in condition_of(what).message


def test_a_drill_that_fails_is_told_in_its_own_words_and_the_database_serves_on() -> None:
    what = drilled(a_drill(REFUSED))
    status = status_of(what)

    said = condition_of(what)

    assert (said.status, said.reason) == ("False", "ChecksumMismatch")
    assert said.message == (
        f"the drill of {FILE} failed: {FILE} is damaged. kubectl logs -n team job/drill-db-11230200"
    )
    assert status.drill_schedule.last_failed == "2026-11-23T02:00:09Z"
    assert (status.phase, status.reason) == ("Ready", "Serving")
    assert told(what, what) == [("Warning", "DrillFailed")]


def test_a_drill_that_could_not_be_held_proves_nothing_either() -> None:
    what = drilled(a_drill(UNREACHABLE))

    assert proven(what) == ("False", "StorageUnreachable")
    assert "the drill of the newest backup failed: no answer" in condition_of(what).message


def test_where_there_is_no_backup_yet_nothing_has_failed() -> None:
    what = drilled(a_drill(NOTHING_THERE))
    status = status_of(what)

    assert proven(what) == ("Unknown", "NoBackupYet")
    assert (status.drill_schedule.last_succeeded, status.drill_schedule.last_failed) == (None, None)
    assert told(what, what) == [("Warning", "NoBackupYet")]


def test_what_did_not_come_back_as_it_was_is_named_and_is_a_warning() -> None:
    what = drilled(a_drill(PASSED | {"missing": ["view app.v: ERROR 1146"]}))

    assert proven(what) == ("True", "DrillPassed")
    assert condition_of(what).message.endswith("not as in the backup: view app.v: ERROR 1146")
    assert told(what, what) == [("Warning", "DrillPassed")]


@pytest.mark.parametrize("said", [{}, PASSED, {"result": "perhaps"}])
def test_a_job_that_failed_without_a_legible_report_has_not_passed(said: dict[str, Any]) -> None:
    job = a_drill(said, state=JobState.FAILED, why_failed="it took too long")

    assert proven(drilled(job)) == ("False", "ReceiptUnreadable")
    assert "it left no receipt (it took too long)" in condition_of(drilled(job)).message


@pytest.mark.parametrize("said", [{}, REFUSED])
def test_a_job_that_succeeded_has_passed_only_if_it_says_so(said: dict[str, Any]) -> None:
    assert proven(drilled(a_drill(said, state=JobState.SUCCEEDED)))[0] == "False"


# --- one after the other ---


def test_a_look_at_rest_writes_nothing_new_and_tells_nothing_again() -> None:
    once = after_a_pass(drilled(a_drill(REFUSED)))
    later = replace(once, now=NOW + timedelta(hours=3))

    assert status_of(later) == once.instance.status
    assert told(once, later) == []


def test_each_drill_is_an_event_and_the_newest_counts() -> None:
    first = after_a_pass(drilled(a_drill(REFUSED)))
    second, third = (a_drill(said, MONDAY + timedelta(hours=hours))
                     for said, hours in ((REFUSED, 1), (PASSED, 2)))  # fmt: skip
    again = replace(first, drill_jobs=(second, *first.drill_jobs))
    at_last = replace(first, drill_jobs=(third, second, *first.drill_jobs))

    assert told(first, again) == [("Warning", "DrillFailed")]
    assert told(after_a_pass(again), at_last) == [("Normal", "DrillPassed")]
    assert proven(at_last) == ("True", "DrillPassed")


@pytest.mark.parametrize("said", [PASSED, REFUSED])
def test_what_is_known_stays_when_the_pod_and_the_job_are_gone(said: dict[str, Any]) -> None:
    known = after_a_pass(drilled(a_drill(said)))

    for jobs in ((a_drill(said, receipt={}),), ()):
        later = replace(known, drill_jobs=jobs)
        assert status_of(later) == known.instance.status
        assert told(known, later) == []


def test_a_drill_counts_once_it_has_ended() -> None:
    running = a_drill(PASSED, NOW, state=JobState.RUNNING, ended=None)

    assert proven(drilled(running)) == ("Unknown", "DrillPending")
    assert proven(drilled(running, a_drill(REFUSED))) == ("False", "ChecksumMismatch")


@pytest.mark.parametrize("annotations", [{names.OBJECT_UID: "v"}, {}])
def test_a_drill_of_an_earlier_object_of_the_name_is_not_believed(
    annotations: dict[str, str],
) -> None:
    what = drilled(a_drill(PASSED, annotations=annotations))

    assert status_of(what).last_drill is None


# --- whether they come ---


def test_before_the_first_one_nobody_can_tell() -> None:
    new = Timetable(created=NOW - timedelta(minutes=1))

    said = condition_of(drilled(drill_timetable=new))

    assert (said.status, said.reason) == ("Unknown", "DrillPending")
    assert said.message == "the first drill is due at 2026-11-30T02:00:00Z"


def test_without_drills_nothing_is_said() -> None:
    what = drilled(a_drill(PASSED), backup={"keep": 3})

    assert condition_of(what) is None
    assert status_of(what).drill_schedule is None


def test_one_that_did_not_begin_is_missed_once_kubernetes_gives_it_up() -> None:
    table = Timetable(created=LONG_AGO, last_scheduled=MONDAY - timedelta(days=7))
    soon = drilled(drill_timetable=table, now=MONDAY + timedelta(minutes=90))
    late = replace(soon, now=MONDAY + timedelta(minutes=126))

    assert proven(soon) == ("Unknown", "DrillPending")
    assert proven(late) == ("False", "DrillMissed")
    assert "cronjob/drill-db" in condition_of(late).message
    assert told(after_a_pass(soon), late) == [("Warning", "DrillMissed")]
    assert told(after_a_pass(late), late) == []


def test_one_that_cannot_begin_is_told_while_it_waits() -> None:
    stuck = Trouble("Unschedulable", "pod drill-db-1 cannot be scheduled", MONDAY)
    what = drilled(a_drill(PASSED), drill_trouble=stuck)

    assert proven(what) == ("False", "Unschedulable")
    assert told(after_a_pass(drilled(a_drill(PASSED))), what) == [("Warning", "Unschedulable")]
    assert proven(replace(what, drill_trouble=None)) == ("True", "DrillPassed")


@pytest.mark.parametrize("schedule", ["0 0 31 2 *", "5-1 * * * *"])
def test_a_schedule_that_cannot_be_followed_is_refused_by_its_field(schedule: str) -> None:
    what = drilled(backup={"drill": {"schedule": schedule}})

    with pytest.raises(SpecError, match=r"spec\.backup\.drill\.schedule: ") as refused:
        schedules.usable(what.instance)

    assert refused.value.reason == "ScheduleInvalid"
    assert schedules.usable(replace(what.instance, deleted=DELETED)).backup.drill.schedule is None


def test_drills_come_at_another_time_than_backups() -> None:
    what = drilled(backup={"schedule": "@weekly", "drill": {"schedule": "@weekly"}})
    status = receipts.recorded(what)

    assert status.backup_schedule.schedule != status.drill_schedule.schedule


# --- what they do not decide ---


def test_a_drill_is_no_backup_and_no_restore_whatever_its_job_is_called() -> None:
    job = a_drill(PASSED)
    new = drilled(restore_job=replace(job, name="restore-db-job"), status=MySQLStatus())
    deleted = drilled(backup_job=replace(job, name="backup-db-job", created=NOW), deleted=DELETED)

    assert receipts.recorded(new).restore is None
    assert receipts.recorded(deleted).final_backup is None


def test_a_failed_drill_changes_no_backup_that_is_known() -> None:
    known = MySQLStatus(restore=FRESH, last_backup=RECEIPT)

    status = status_of(drilled(a_drill(REFUSED), status=known))

    assert status.last_backup == RECEIPT


def test_a_deletion_ends_a_drill_that_holds_the_claim_and_takes_its_job_along() -> None:
    running = a_drill({}, NOW, state=JobState.RUNNING, ended=None)
    what = drilled(running, deleted=DELETED)
    gone = MySQLStatus(restore=FRESH, final_backup=RECEIPT)

    assert builders.decided(after_a_pass(what)) == EndJobs((running.name,))
    assert condition_of(what) is None
    left = drilled(a_drill(PASSED), deleted=DELETED, status=gone, release=None, data_claim=None)
    action = builders.decided(left)
    assert isinstance(action, DeleteLeftovers)
    assert action.jobs == ("drill-db-11230200",)


# --- the backup's own object ---


def a_run(file: str = FILE, **status: Any) -> Run:
    """A MySQLBackup object of a backup that is complete."""
    known = MySQLBackupStatus(phase=RunPhase.COMPLETE, file=file, **status)
    return Run("b", "u", 1, MONDAY, MySQLBackupSpec(mysql_name="db"), known)


def a_database(said: dict[str, Any]) -> Database:
    drill = DrillStatus.model_validate({**said, "time": "2026-11-23T02:00:09Z", "job": "j"})
    return Database(MySQLStatus(last_drill=drill))


def test_a_backup_that_passed_says_when() -> None:
    of_it, of_another = (
        backup_runs.status_of(run, a_database(PASSED), None, NOW)
        for run in (a_run(), a_run("db-20261121T020004Z.tar.zst"))
    )

    assert of_it.drilled_at == "2026-11-23T02:00:09Z"
    assert of_another.drilled_at is None


@pytest.mark.parametrize("said", [REFUSED, NOTHING_THERE])
def test_a_drill_that_did_not_pass_leaves_what_was_said_before(said: dict[str, Any]) -> None:
    before = a_run(drilled_at="2026-11-16T02:00:09Z")

    assert backup_runs.status_of(before, a_database(said), None, NOW) == before.status
    assert backup_runs.status_of(before, None, None, NOW) == before.status
