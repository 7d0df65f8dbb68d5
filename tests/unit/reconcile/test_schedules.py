"""What is said of backups on a schedule, and that none of them proves anything for a deletion."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.model import conditions
from mysql_operator.model.receipts import BackupSummary
from mysql_operator.model.status import Condition, MySQLStatus
from mysql_operator.reconcile import events, final_backups, receipts, schedules
from mysql_operator.reconcile.actions import EndJobs, Wait
from mysql_operator.reconcile.facts.observations import Job, JobState, Observed, Timetable, Trouble
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import (
    DELETED,
    FRESH,
    NOW,
    OF_THIS_OBJECT,
    RECEIPT,
    a_job,
    a_release,
    an_instance,
    seen,
)

NIGHTLY = {"schedule": "0 3 * * *", "timeZone": "Europe/Berlin"}
LONG_AGO = NOW - timedelta(days=30)
TONIGHT = datetime(2026, 11, 24, 2, tzinfo=UTC)
"""When the next one is due, given that it is noon of the 23rd."""
LAST_NIGHT = TONIGHT - timedelta(days=1)
FILE = {"file": "db-20261123T020004Z.tar.zst", "size": 9, "rows": 7, "time": "2026-11-23T02:00:09Z"}
SUMMARY = FILE | {"sha256": "a" * 64, "schemas": 1, "tables": 2, "serverVersion": "9.7.4"}
SAID = SUMMARY | {"trigger": "Scheduled", "objectUid": "u", "backups": [FILE]}
FULL = {"result": "failed", "reason": "DiskFull", "message": "the volume is full"}


def a_run(state: JobState, at: datetime = LAST_NIGHT, **changes: Any) -> Job:
    """A Job of the CronJob."""
    ended = at + timedelta(seconds=9) if state in (JobState.SUCCEEDED, JobState.FAILED) else None
    ordinary = Job(
        state=state,
        created=at,
        ended=ended,
        name=f"backup-db-{at:%m%d%H%M}",
        annotations=OF_THIS_OBJECT,
        is_scheduled=True,
        receipt={JobState.SUCCEEDED: SAID, JobState.FAILED: FULL}.get(state, {}),
    )
    return replace(ordinary, **changes)


def scheduled(*jobs: Job, backup: dict[str, Any] = NIGHTLY, **changes: Any) -> Observed:
    """A month-old object with a schedule, whose CronJob began a backup last night."""
    status = changes.pop("status", MySQLStatus(restore=FRESH))
    instance = an_instance(spec={"backup": backup}, status=status, created=LONG_AGO,
                           deleted=changes.pop("deleted", None))  # fmt: skip
    ordinary = seen(
        instance=instance,
        release=a_release(modified=LONG_AGO),
        timetable=Timetable(created=LONG_AGO, last_scheduled=LAST_NIGHT),
        scheduled_jobs=jobs,
    )
    return replace(ordinary, **changes)


def after_a_pass(what: Observed) -> Observed:
    """The same object, with the status that a pass writes."""
    _, status = builders.a_pass(what)
    return replace(what, instance=replace(what.instance, status=status))


def condition_of(what: Observed) -> Condition | None:
    stated = after_a_pass(what).instance.status.conditions
    return conditions.find(stated, conditions.BACKUPS_ON_SCHEDULE)


def told(before: Observed, after: Observed) -> list[tuple[str, str]]:
    found = events.between(before.instance.status, after_a_pass(after).instance.status)
    return [(event.reason, event.message) for event in found]


# --- what the status says ---


def test_the_status_says_what_is_in_force_and_when_the_next_one_is_due() -> None:
    said = receipts.recorded(scheduled(a_run(JobState.SUCCEEDED))).backup_schedule

    assert (said.schedule, said.time_zone) == ("0 3 * * *", "Europe/Berlin")
    assert said.next == "2026-11-24T02:00:00Z"
    assert said.last_scheduled == "2026-11-23T02:00:00Z"
    assert said.last_succeeded == "2026-11-23T02:00:09Z"
    assert said.last_failed is None


def test_a_macro_is_shown_as_the_minute_that_the_object_got() -> None:
    said = receipts.recorded(scheduled(backup={"schedule": "@daily"})).backup_schedule

    minute, hour, *rest = said.schedule.split()
    assert (rest, said.time_zone) == (["*", "*", "*"], "Etc/UTC")
    assert said.next[11:16] == f"{int(hour):02}:{int(minute):02}"


def test_without_a_schedule_nothing_is_said() -> None:
    what = scheduled(backup={"keep": 3})

    assert receipts.recorded(what).backup_schedule is None
    assert condition_of(what) is None


def test_a_look_at_rest_writes_nothing_new() -> None:
    once = after_a_pass(scheduled(a_run(JobState.SUCCEEDED)))

    again = after_a_pass(replace(once, now=NOW + timedelta(hours=3)))

    assert again.instance.status == once.instance.status


def test_a_scheduled_backup_is_the_newest_and_the_list_is_its_own() -> None:
    what = scheduled(a_run(JobState.SUCCEEDED))

    status = receipts.recorded(what)

    assert status.last_backup.file == FILE["file"]
    assert status.final_backup is None
    assert [backup.file for backup in status.backups] == [FILE["file"]]
    assert [reason for reason, _ in told(what, what)] == ["BackedUp", "Ready"]


def test_an_older_backup_never_takes_the_place_of_a_newer_one() -> None:
    newer = BackupSummary.model_validate(RECEIPT.model_dump())
    what = scheduled(a_run(JobState.SUCCEEDED), status=MySQLStatus(last_backup=newer))

    assert receipts.recorded(what).last_backup == newer


@pytest.mark.parametrize("whose", ["another object's", "nobody's"])
def test_a_job_of_an_earlier_object_of_the_name_is_not_believed(whose: str) -> None:
    annotations = {names.OBJECT_UID: "v"} if whose == "another object's" else {}
    jobs = (a_run(JobState.FAILED, annotations=annotations),
            a_run(JobState.SUCCEEDED, annotations=annotations))  # fmt: skip

    status = receipts.recorded(scheduled(*jobs))

    assert (status.last_backup, status.backups) == (None, None)
    assert (status.backup_schedule.last_succeeded, status.backup_schedule.last_failed) == (
        None,
        None,
    )


# --- whether they come ---


def test_all_is_well() -> None:
    said = condition_of(scheduled(a_run(JobState.SUCCEEDED)))

    assert (said.status, said.reason) == ("True", "Scheduled")


def test_a_new_object_has_missed_nothing() -> None:
    new = Timetable(created=NOW - timedelta(minutes=1))

    said = condition_of(scheduled(timetable=new))

    assert (said.status, said.message) == ("True", "No backup on the schedule has been due yet")


def test_a_failed_backup_is_told_in_the_words_of_its_job_and_the_object_stays_ready() -> None:
    what = scheduled(a_run(JobState.FAILED))
    status = after_a_pass(what).instance.status

    said = condition_of(what)

    assert (said.status, said.reason) == ("False", "DiskFull")
    assert "the volume is full. kubectl logs -n team job/backup-db-" in said.message
    assert status.backup_schedule.last_failed == "2026-11-23T02:00:09Z"
    assert (status.phase, status.reason) == ("Ready", "Serving")
    assert ("DiskFull", said.message) in told(what, what)


def test_a_failure_ends_with_the_next_good_one() -> None:
    tuesday = a_run(JobState.SUCCEEDED, LAST_NIGHT + timedelta(hours=1))

    said = condition_of(scheduled(tuesday, a_run(JobState.FAILED)))

    assert (said.status, said.reason) == ("True", "Scheduled")


def test_a_failure_stays_while_the_next_one_runs_and_when_its_job_is_gone() -> None:
    failed = after_a_pass(scheduled(a_run(JobState.FAILED)))
    running = replace(failed, scheduled_jobs=(a_run(JobState.RUNNING, NOW), a_run(JobState.FAILED)))
    gone = replace(failed, scheduled_jobs=())

    for later in (running, gone):
        said = condition_of(later)
        assert (said.status, said.reason) == ("False", "DiskFull")
        assert told(failed, later) == []


def test_each_failure_is_an_event_and_a_look_in_between_is_none() -> None:
    first = after_a_pass(scheduled(a_run(JobState.FAILED)))
    second = a_run(JobState.FAILED, LAST_NIGHT + timedelta(hours=1))
    again = replace(first, scheduled_jobs=(second, a_run(JobState.FAILED)))

    assert [reason for reason, _ in told(first, first)] == []
    assert [reason for reason, _ in told(first, again)] == ["DiskFull"]


def test_a_failure_without_a_report_says_what_kubernetes_says() -> None:
    late = "Job was active longer than specified deadline"

    said = condition_of(scheduled(a_run(JobState.FAILED, receipt={}, why_failed=late)))

    assert (said.status, said.reason) == ("False", "ReceiptUnreadable")
    assert f"it left no receipt ({late})" in said.message


def test_a_success_without_a_legible_receipt_is_none() -> None:
    what = scheduled(a_run(JobState.SUCCEEDED, receipt={"file": "x"}))

    assert condition_of(what).reason == "ReceiptUnreadable"
    assert receipts.recorded(what).last_backup is None


def test_a_success_whose_pod_is_gone_by_now_stays_one() -> None:
    known = after_a_pass(scheduled(a_run(JobState.SUCCEEDED)))
    lost = replace(known, scheduled_jobs=(a_run(JobState.SUCCEEDED, receipt={}),))

    assert after_a_pass(lost).instance.status == known.instance.status


def test_a_backup_that_cannot_begin_is_told_while_it_waits() -> None:
    stuck = Trouble(
        "AgentImageCannotBePulled", "image of the agent: x cannot be pulled", LAST_NIGHT
    )
    running = a_run(JobState.PENDING, NOW)
    what = scheduled(running, a_run(JobState.SUCCEEDED), schedule_trouble=stuck)

    said = condition_of(what)

    assert (said.status, said.reason) == ("False", "AgentImageCannotBePulled")
    assert "does not begin: image of the agent" in said.message
    assert after_a_pass(what).instance.status.phase == "Ready"
    assert condition_of(replace(what, schedule_trouble=None)).status == "True"


def test_a_suspension_is_shown_and_a_failure_before_it_is_no_news() -> None:
    what = scheduled(a_run(JobState.FAILED), backup={**NIGHTLY, "suspend": True})

    said = condition_of(what)

    assert (said.status, said.reason) == ("Unknown", "BackupSuspended")
    assert receipts.recorded(what).backup_schedule.next is None


def test_one_that_did_not_begin_is_missed_once_kubernetes_gives_it_up() -> None:
    table = Timetable(created=LONG_AGO, last_scheduled=LAST_NIGHT - timedelta(days=1))
    soon = scheduled(timetable=table, now=LAST_NIGHT + timedelta(minutes=90))
    late = replace(soon, now=LAST_NIGHT + timedelta(minutes=126))

    assert condition_of(soon).status == "True"
    said = condition_of(late)
    assert (said.status, said.reason) == ("False", "BackupMissed")
    assert "the backup of 2026-11-23T02:00:00Z did not begin" in said.message
    assert "due at 2026-11-24T02:00:00Z" in said.message
    assert "cronjob/backup-db" in said.message


@pytest.mark.parametrize("what", ["CronJob", "release"])
def test_what_was_due_before_the_schedule_was_made_is_not_missed(what: str) -> None:
    this_morning = LAST_NIGHT + timedelta(hours=1)
    table = Timetable(created=this_morning if what == "CronJob" else LONG_AGO)
    release = a_release(modified=this_morning if what == "release" else LONG_AGO)

    assert condition_of(scheduled(timetable=table, release=release)).status == "True"


# --- what cannot be a schedule ---


@pytest.mark.parametrize(
    ("backup", "reason"),
    [
        ({"schedule": "0 0 31 2 *"}, "ScheduleInvalid"),
        ({"schedule": "0 9-5 * * *"}, "ScheduleInvalid"),
        ({"schedule": "@daily", "timeZone": "Europe/Bonn"}, "TimeZoneUnknown"),
        ({"timeZone": "Europe/Bonn"}, "TimeZoneUnknown"),
    ],
)
def test_what_the_api_server_cannot_see_is_refused(backup: dict[str, str], reason: str) -> None:
    what = scheduled(backup=backup)

    with pytest.raises(schedules.SpecError) as refused:
        schedules.usable(what.instance)

    assert refused.value.reason == reason
    assert receipts.recorded(what).backup_schedule == what.instance.status.backup_schedule


def test_no_schedule_holds_up_the_final_backup_of_a_deleted_object() -> None:
    backup = {"schedule": "@daily", "timeZone": "Europe/Bonn", "keep": 7, "method": "Dump"}
    what = scheduled(backup=backup, deleted=DELETED)

    followed = schedules.usable(what.instance).backup

    assert followed.model_dump(exclude_unset=True, mode="json") == {"keep": 7, "method": "Dump"}
    usable = scheduled(deleted=DELETED).instance
    assert schedules.usable(usable) == usable.spec


# --- what is kept ---


def test_each_backup_says_why_it_is_kept_as_soon_as_the_spec_is_edited() -> None:
    files = [FILE | {"file": f"db-202611{day}T020004Z.tar.zst", "time": f"2026-11-{day}T02:00:09Z"}
             for day in (23, 22, 21)]  # fmt: skip
    job = a_run(JobState.SUCCEEDED, receipt=SAID | {"backups": files})
    ten = scheduled(job, backup={**NIGHTLY, "keep": 10})
    two = scheduled(job, backup={**NIGHTLY, "keep": 1, "keepEvery": {"daily": 2}})

    assert [it.kept for it in receipts.recorded(ten).backups] == [
        "keep 1/10", "keep 2/10", "keep 3/10"
    ]  # fmt: skip
    assert [it.kept for it in receipts.recorded(two).backups] == [
        "keep 1/1, daily 1/2", "daily 2/2", "by no rule: the next backup removes it"
    ]  # fmt: skip


def test_the_plan_follows_an_edit_without_any_job_and_names_what_the_spec_pins() -> None:
    files = [FILE, FILE | {"file": "db-20261101T020004Z.tar.zst", "time": "2026-11-01T02:00:09Z"}]
    known = receipts.recorded(
        scheduled(a_run(JobState.SUCCEEDED, receipt=SAID | {"backups": files}))
    )
    pinned = scheduled(backup={**NIGHTLY, "keep": 1}, status=known)
    spec = pinned.instance.spec.model_validate(
        {**pinned.instance.spec.model_dump(by_alias=True, exclude_none=True),
         "restore": {"from": files[1]["file"]}}
    )  # fmt: skip
    pinned = replace(pinned, instance=replace(pinned.instance, spec=spec))

    assert [it.kept for it in receipts.recorded(pinned).backups] == ["keep 1/1", "restore.from"]


def test_a_backup_of_an_unknown_time_has_no_plan() -> None:
    timeless = FILE | {"file": "db-20261101T020004Z.tar.zst", "time": "yesterday"}
    job = a_run(JobState.SUCCEEDED, receipt=SAID | {"backups": [FILE, timeless]})

    assert [it.kept for it in receipts.recorded(scheduled(job)).backups] == ["keep 1/10", None]


def test_old_backups_that_could_not_be_removed_are_an_event_and_no_failure() -> None:
    problem = "db-20261101T020004Z.tar.zst: Device or resource busy"
    job = a_run(JobState.SUCCEEDED, receipt=SAID | {"notRemoved": [problem]})
    what = scheduled(job)

    said = f"the Job could not remove older backups: {problem}"
    assert ("OldBackupsNotRemoved", said) in told(what, what)
    assert condition_of(what).status == "True"
    assert after_a_pass(what).instance.status.last_backup.not_removed == [problem]


# --- deletions ---


def a_final_job(**changes: Any) -> Job:
    """The Job of the final backup, which has just succeeded."""
    final = SUMMARY | {"file": "db-20261123T120000Z.tar.zst", "trigger": "Final", "objectUid": "u"}
    ordinary = a_job(JobState.SUCCEEDED, name=names.backup_job("db"), receipt=final)
    return replace(ordinary, annotations=OF_THIS_OBJECT, **changes)


def test_the_receipt_of_the_final_job_is_the_proof() -> None:
    what = scheduled(deleted=DELETED, backup_job=a_final_job())

    assert final_backups.has_final_receipt(after_a_pass(what), DELETED)


IMPOSTORS = {
    "a Job that a person made from the CronJob": a_final_job(is_scheduled=True),
    "an agent that was told to take a scheduled one": a_final_job(
        receipt=SUMMARY | {"trigger": "Scheduled", "objectUid": "u"}
    ),
    "one on demand": a_final_job(receipt=SUMMARY | {"trigger": "OnDemand", "objectUid": "u"}),
    "the final backup of another object": a_final_job(
        receipt=SUMMARY | {"trigger": "Final", "objectUid": "v"}
    ),
    "a Job of another object": replace(a_final_job(), annotations={names.OBJECT_UID: "v"}),
    "a trigger that nobody knows": a_final_job(receipt=SUMMARY | {"trigger": "Nightly"}),
    "no receipt": a_final_job(receipt={}),
}


@pytest.mark.parametrize("job", IMPOSTORS.values(), ids=IMPOSTORS)
def test_a_job_of_the_final_ones_name_proves_nothing_by_its_name(job: Job) -> None:
    what = scheduled(deleted=DELETED, backup_job=job)
    after = after_a_pass(what)

    assert not final_backups.has_final_receipt(after, DELETED)
    assert builders.uninstalls(builders.decided(after), backup=True)


def test_the_receipt_of_an_agent_that_does_not_say_the_trigger_still_counts() -> None:
    what = scheduled(deleted=DELETED, backup_job=a_final_job(receipt=SUMMARY))

    assert final_backups.has_final_receipt(after_a_pass(what), DELETED)


@pytest.mark.parametrize("at", [LAST_NIGHT, DELETED + timedelta(seconds=5)])
def test_no_backup_on_the_schedule_lets_a_deleted_object_go(at: datetime) -> None:
    what = scheduled(a_run(JobState.SUCCEEDED, at), deleted=DELETED)
    after = after_a_pass(what)

    assert not final_backups.has_final_receipt(after, DELETED)
    assert builders.uninstalls(builders.decided(after), backup=True)
    assert condition_of(what) is None


def test_a_later_backup_on_the_schedule_never_takes_the_place_of_the_proof() -> None:
    proven = after_a_pass(scheduled(deleted=DELETED, backup_job=a_final_job()))
    later = SAID | {"file": "db-20261123T120100Z.tar.zst"}
    job = a_run(JobState.SUCCEEDED, NOW, receipt=later)

    after = after_a_pass(replace(proven, scheduled_jobs=(job,), backup_job=None))

    assert after.instance.status.final_backup == proven.instance.status.final_backup
    assert after.instance.status.last_backup.file == later["file"]
    assert final_backups.has_final_receipt(after, DELETED)


def test_a_deletion_ends_a_backup_on_the_schedule_before_the_final_one() -> None:
    running = a_run(JobState.RUNNING, NOW)
    what = scheduled(running, deleted=DELETED)
    going = replace(running, deleted=NOW - timedelta(seconds=3))

    assert builders.decided(after_a_pass(what)) == EndJobs((running.name,))
    assert builders.decided(after_a_pass(replace(what, scheduled_jobs=(going,)))) == Wait()
    ended = after_a_pass(replace(what, scheduled_jobs=(a_run(JobState.FAILED, NOW),)))
    assert builders.uninstalls(builders.decided(ended), backup=True)
