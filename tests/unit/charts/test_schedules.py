"""Backups on a schedule: a CronJob of the release that does what the final backup's Job does."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.model import cron
from tests.unit.charts import helm

NAME = helm.RELEASE
DAILY = {"schedule": "17 3 * * *"}
CRON_JOB_NAME_LIMIT = 52
"""Kubernetes adds `-` and ten digits to the names of a CronJob's Jobs."""


def cron_job(release: str = NAME, **backup: Any) -> helm.Object:
    made = helm.objects(helm.INSTANCE, {"backup": {**DAILY, **backup}}, release=release)
    return helm.one(made, "CronJob", names.backup_schedule(release))


def environment(pod: helm.Object) -> dict[str, str]:
    (agent,) = pod["spec"]["containers"]
    return {one["name"]: one.get("value", "") for one in agent["env"]}


def test_without_a_schedule_there_is_no_cron_job() -> None:
    assert helm.named(helm.objects(helm.INSTANCE), "CronJob") == set()
    assert helm.named(helm.objects(helm.INSTANCE, {"backup": {"schedule": ""}}), "CronJob") == set()


def test_a_schedule_is_a_cron_job_that_never_runs_twice_at_once() -> None:
    spec = cron_job()["spec"]

    assert (spec["schedule"], spec["timeZone"], spec["suspend"]) == ("17 3 * * *", "Etc/UTC", False)
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["startingDeadlineSeconds"] == cron.LATE_SECONDS
    assert spec["successfulJobsHistoryLimit"] > 0 < spec["failedJobsHistoryLimit"]


def test_it_is_no_hook_and_helm_deletes_it_with_the_release() -> None:
    annotations = cron_job()["metadata"]["annotations"]

    assert "helm.sh/hook" not in annotations
    assert "helm.sh/resource-policy" not in annotations


def test_users_set_time_zone_and_suspension() -> None:
    spec = cron_job(timeZone="Europe/Berlin", suspend=True)["spec"]

    assert (spec["timeZone"], spec["suspend"]) == ("Europe/Berlin", True)


def test_the_longest_name_fits() -> None:
    longest = "n" * names.INSTANCE_NAME_LIMIT

    assert len(cron_job(longest)["metadata"]["name"]) <= CRON_JOB_NAME_LIMIT


@pytest.mark.parametrize("values", [{"backup": DAILY}, helm.everything(helm.INSTANCE)])
def test_its_pod_is_that_of_the_final_backup_but_for_the_trigger(values: helm.Object) -> None:
    made = helm.objects(helm.INSTANCE, values)
    final = copy.deepcopy(helm.one(made, "Job", names.backup_job(NAME))["spec"])
    scheduled = copy.deepcopy(
        helm.one(made, "CronJob", names.backup_schedule(NAME))["spec"]["jobTemplate"]["spec"]
    )

    given = [environment(spec["template"]) for spec in (final, scheduled)]
    assert [one.pop("BACKUP_TRIGGER") for one in given] == ["Final", "Scheduled"]
    assert given[0] == given[1]
    assert (final.pop("backoffLimit"), scheduled.pop("backoffLimit")) == (0, 2)
    for spec in (final, scheduled):
        spec["template"]["metadata"]["labels"].pop(names.TRIGGER)
        spec["template"]["spec"]["containers"][0].pop("env")
    assert final == scheduled


def test_its_jobs_say_whose_they_are_and_why_they_run() -> None:
    values = {"backup": DAILY, "objectUid": "u-1"}
    made = helm.objects(helm.INSTANCE, values)

    template = helm.one(made, "CronJob")["spec"]["jobTemplate"]
    pod = template["spec"]["template"]

    for metadata in (template["metadata"], pod["metadata"]):
        assert metadata["labels"][names.TRIGGER] == "Scheduled"
        assert metadata["labels"][names.INSTANCE] == NAME
        assert metadata["labels"][names.PART_OF] == names.OPERATOR
    assert template["metadata"]["annotations"][names.OBJECT_UID] == "u-1"
    final = helm.one(made, "Job", names.backup_job(NAME))["metadata"]["labels"]
    assert final[names.TRIGGER] == "Final"


def test_what_is_kept_reaches_every_job_that_takes_a_backup() -> None:
    rules = {"keep": 5, "keepFor": "30d", "keepEvery": {"daily": 7, "monthly": 12}}
    values = {"backup": {**DAILY, **rules, "timeZone": "Asia/Tokyo"}, "restore": {"from": "latest"}}

    for name, pod in helm.pods(helm.objects(helm.INSTANCE, values)):
        given = environment(pod) if "backup" in name else {}
        told = {key: value for key, value in given.items() if key.startswith("BACKUP_KEEP")}
        assert not given or told == {
            "BACKUP_KEEP": "5",
            "BACKUP_KEEP_FOR": "30d",
            "BACKUP_KEEP_DAILY": "7",
            "BACKUP_KEEP_WEEKLY": "0",
            "BACKUP_KEEP_MONTHLY": "12",
        }
        assert given.get("BACKUP_TIME_ZONE", "Asia/Tokyo") == "Asia/Tokyo"
        assert given.get("RESTORE_FROM", "latest") == "latest"


def test_a_new_schedule_restarts_no_server() -> None:
    one, other = (
        helm.one(helm.objects(helm.INSTANCE, {"backup": {"schedule": at}}), "Deployment")
        for at in ("1 1 * * *", "2 2 * * *")
    )

    assert one == other


@pytest.mark.parametrize("schedule", ["@daily", "0 3 * * MON-FRI", "*/30 * * * *"])
def test_plain_helm_takes_what_kubernetes_takes(schedule: str) -> None:
    assert cron_job(schedule=schedule)["spec"]["schedule"] == schedule


@pytest.mark.parametrize(
    "wrong",
    [
        {"schedule": "61 3 * * *"},
        {"schedule": "daily"},
        {"timeZone": "../x"},
        {"keepFor": "30"},
        {"keepEvery": {"yearly": 1}},
        {"keepEvery": {"daily": -1}},
        {"keep": 0},
    ],
    ids=str,
)
def test_plain_helm_refuses_what_cannot_work(wrong: helm.Object) -> None:
    ended = helm.template(helm.INSTANCE, {"backup": {**DAILY, **wrong}})

    assert ended.returncode != 0
    assert next(iter(wrong)) in ended.stderr
