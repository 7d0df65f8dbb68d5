"""The CronJob, its Jobs and their pods, read as plain facts; nobody waits for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lightkube.models.batch_v1 import (
    CronJobSpec,
    CronJobStatus,
    JobCondition,
    JobStatus,
    JobTemplateSpec,
)
from lightkube.models.core_v1 import (
    ContainerState,
    ContainerStateTerminated,
    ContainerStatus,
    PodStatus,
)
from lightkube.models.meta_v1 import ObjectMeta, OwnerReference
from lightkube.resources.batch_v1 import CronJob, Job
from lightkube.resources.core_v1 import Pod

from mysql_operator import names
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import purposes, reading
from mysql_operator.reconcile.facts.observations import JobState
from tests.unit.reconcile.builders import NOW

KEY = Key("team", "db")
NOTHING = reading.Found(KEY, None, None, None, {}, [], None, None)
OURS = {names.INSTANCE: "db", names.PART_OF: names.OPERATOR}
SCHEDULED = {**OURS, names.TRIGGER: "Scheduled"}
FAILED = JobStatus(
    conditions=[JobCondition(status="True", type="Failed", message="it took too long",
                             reason="DeadlineExceeded", lastTransitionTime=NOW)]
)  # fmt: skip


def scheduled(**given: Any) -> reading.Found:
    return replace(NOTHING, schedule=reading.FoundSchedule(**given))


def metadata(name: str, *, minutes: int = 0, **given: Any) -> ObjectMeta:
    ordinary: dict[str, Any] = {"uid": name, "labels": SCHEDULED}
    return ObjectMeta(
        name=name, creationTimestamp=NOW - timedelta(minutes=minutes), **{**ordinary, **given}
    )


def a_cron_job(name: str = "backup-db", **given: Any) -> CronJob:
    spec = CronJobSpec(JobTemplateSpec(), "0 3 * * *")
    status = CronJobStatus(lastScheduleTime=given.pop("last", None))
    return CronJob(metadata=metadata(name, **{"labels": OURS, **given}), spec=spec, status=status)


def a_pod(job: str, container: ContainerStatus, **given: Any) -> Pod:
    owner = [OwnerReference("batch/v1", "Job", job, job)]
    return Pod(
        metadata=metadata(f"{job}-x", ownerReferences=owner, **given),
        status=PodStatus(phase="Running", containerStatuses=[container]),
    )


def a_container(**state: Any) -> ContainerStatus:
    return ContainerStatus(
        image="x", imageID="", name="backup", ready=False, restartCount=0,
        state=ContainerState(**state),
    )  # fmt: skip


def test_the_cron_job_says_when_it_began_one() -> None:
    found = scheduled(cron_jobs=[a_cron_job(last=NOW, minutes=5)])

    read = reading.timetable_from(KEY, found.schedule, names.backup_schedule("db"))

    assert (read.last_scheduled, read.created) == (NOW, NOW - timedelta(minutes=5))


@pytest.mark.parametrize(
    "other", [a_cron_job("cleanup"), a_cron_job(labels={names.INSTANCE: "db"})]
)
def test_somebody_elses_cron_job_says_nothing(other: CronJob) -> None:
    found = scheduled(cron_jobs=[other])

    assert reading.timetable_from(KEY, found.schedule, names.backup_schedule("db")) is None


def test_jobs_of_the_schedule_come_newest_first_with_what_their_pods_left() -> None:
    said = a_container(terminated=ContainerStateTerminated(0, message='{"rows": 2}'))
    old = Job(metadata=metadata("backup-db-1", minutes=9), status=FAILED)
    new = Job(metadata=metadata("backup-db-2"), status=JobStatus())
    found = scheduled(jobs=[old, new], pods=[a_pod("backup-db-2", said)])

    first, second = reading.scheduled_jobs(found, found.schedule)

    assert (first.name, first.state, first.receipt) == (
        "backup-db-2", JobState.SUCCEEDED, {"rows": 2}
    )  # fmt: skip
    assert (second.state, second.why_failed, second.ended) == (
        JobState.FAILED, "it took too long", NOW
    )  # fmt: skip
    assert first.is_scheduled
    assert second.is_scheduled


def test_a_job_of_a_hooks_name_that_was_made_from_the_cron_job_is_known_for_what_it_is() -> None:
    final, of_schedule = (
        Job(metadata=metadata("backup-db-job", labels=labels), status=JobStatus())
        for labels in ({**OURS, names.TRIGGER: "Final"}, SCHEDULED)
    )

    read = [reading.job_from(replace(NOTHING, jobs={"backup-db-job": job}), "backup-db-job")
            for job in (final, of_schedule)]  # fmt: skip

    assert [job.is_scheduled for job in read] == [False, True]


def test_a_drill_is_known_by_its_label_and_is_no_backup() -> None:
    drill = {**OURS, names.COMPONENT: names.DRILL}
    of_drill, of_backup = (
        Job(metadata=metadata(name, labels=labels), status=JobStatus())
        for name, labels in (("restore-db-job", drill), ("backup-db-1", SCHEDULED))
    )

    assert [purposes.is_drill(job) for job in (of_drill, of_backup)] == [True, False]
    assert [purposes.is_scheduled(job) for job in (of_drill, of_backup)] == [False, True]
    read = reading.job_from(replace(NOTHING, jobs={"restore-db-job": of_drill}), "restore-db-job")
    assert read.is_scheduled


def test_a_drill_leaves_its_report_in_its_own_pod() -> None:
    said = a_container(terminated=ContainerStateTerminated(3, message='{"result": "failed"}'))
    job = Job(metadata=metadata("drill-db-1"), status=FAILED)
    drills = reading.FoundSchedule(jobs=[job], pods=[a_pod("drill-db-1", said)])

    (read,) = reading.scheduled_jobs(replace(NOTHING, drills=drills), drills)

    assert (read.state, read.receipt) == (JobState.FAILED, {"result": "failed"})
