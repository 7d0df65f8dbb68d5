"""Drills: a CronJob of the release that can read the backups, and reach nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.agent import settings
from mysql_operator.model import cron
from tests.unit.charts import helm

NAME = helm.RELEASE
WEEKLY = {"schedule": "17 3 * * 0", "query": "SELECT COUNT(*) > 0 FROM orders"}
IN_A_BUCKET = {"s3": {"bucket": "backups", "credentialsSecretRef": {"name": "keys"}}}


def made(*, release: str = NAME, **values: Any) -> list[helm.Object]:
    backup = {"drill": WEEKLY, **values.pop("backup", {})}
    return helm.objects(helm.INSTANCE, {"backup": backup, **values}, release=release)


def cron_job(release: str = NAME, **values: Any) -> helm.Object:
    return helm.one(made(release=release, **values), "CronJob", names.drill_schedule(release))


def pod_of(**values: Any) -> helm.Object:
    spec: helm.Object = cron_job(**values)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return spec


def mounts(container: helm.Object) -> dict[str, bool]:
    """Whether each volume that a container mounts is read-only."""
    return {it["name"]: it.get("readOnly", False) for it in container["volumeMounts"]}


def environment(pod: helm.Object) -> dict[str, str]:
    (agent,) = pod["containers"]
    return {one["name"]: one.get("value", "") for one in agent["env"]}


def test_who_asks_for_no_drill_pays_for_none() -> None:
    without = helm.objects(helm.INSTANCE, {"networkPolicy": {"enabled": True}})

    assert not any("drill" in thing["metadata"]["name"] for thing in without)


def test_a_drill_is_a_cron_job_of_its_own_that_never_runs_twice_at_once() -> None:
    both = made(backup={"schedule": "1 2 * * *", "timeZone": "Europe/Berlin"})
    spec = helm.one(both, "CronJob", names.drill_schedule(NAME))["spec"]

    assert helm.named(both, "CronJob") == {names.drill_schedule(NAME), names.backup_schedule(NAME)}
    assert (spec["schedule"], spec["timeZone"]) == ("17 3 * * 0", "Europe/Berlin")
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["startingDeadlineSeconds"] == cron.LATE_SECONDS
    assert spec["successfulJobsHistoryLimit"] > 0 < spec["failedJobsHistoryLimit"]


def test_it_is_no_hook_and_helm_deletes_it_with_the_release() -> None:
    annotations = cron_job()["metadata"]["annotations"]

    assert "helm.sh/hook" not in annotations
    assert "helm.sh/resource-policy" not in annotations


def test_it_has_no_way_to_the_server_and_only_reads_the_backups() -> None:
    pod = pod_of()
    (agent,), (scratch,) = pod["containers"], pod["initContainers"]

    assert mounts(agent) == {"backup": True, "scratch": False, "tmp": False}
    assert "backup" not in mounts(scratch)
    assert not {"credentials", "backup"} & mounts(scratch).keys()
    assert "credentials" not in {volume["name"] for volume in pod["volumes"]}
    assert not {"MYSQL_HOST", "POD_IP"} & environment(pod).keys()


def test_in_a_bucket_its_agent_alone_has_the_keys() -> None:
    pod = pod_of(backup={"storage": IN_A_BUCKET})
    (agent,), (scratch,) = pod["containers"], pod["initContainers"]

    assert mounts(agent) == {"storage": True, "scratch": False, "tmp": False}
    assert "storage" not in mounts(scratch)


def test_its_scratch_server_is_that_of_a_backup() -> None:
    final = helm.one(made(), "Job", names.backup_job(NAME))["spec"]["template"]["spec"]

    assert pod_of()["initContainers"] == final["initContainers"]
    scratch = [volume for volume in final["volumes"] if volume["name"] == "scratch"]
    assert [volume for volume in pod_of()["volumes"] if volume["name"] == "scratch"] == scratch


def test_the_agent_understands_its_environment() -> None:
    asked = {"schedule": "@weekly", "query": 'SELECT "$(HOME)",\n $$x FROM `té"st`'}
    given = environment(pod_of(backup={"drill": asked}))

    read = settings.read({name: _as_kubernetes(value) for name, value in given.items()})

    assert read.drill_query == asked["query"]
    assert read.host == ""


def _as_kubernetes(value: str) -> str:
    """What a container gets of a value in which no variable of it is named."""
    return value.replace("$$", "$")


def test_a_drill_that_did_not_pass_is_not_tried_again_and_a_drained_node_is_no_failure() -> None:
    spec = cron_job()["spec"]["jobTemplate"]["spec"]

    failed, drained = spec["podFailurePolicy"]["rules"]
    assert failed["action"] == "FailJob"
    assert failed["onExitCodes"]["values"] == [names.FINAL_EXIT_CODE]
    assert (
        failed["onExitCodes"]["containerName"] == spec["template"]["spec"]["containers"][0]["name"]
    )
    assert drained["action"] == "Ignore"
    assert spec["backoffLimit"] > 0


def test_its_jobs_say_whose_they_are_and_that_they_are_drills() -> None:
    template = cron_job(objectUid="u-1")["spec"]["jobTemplate"]

    for metadata in (template["metadata"], template["spec"]["template"]["metadata"]):
        assert metadata["labels"][names.COMPONENT] == names.DRILL
        assert metadata["labels"][names.INSTANCE] == NAME
        assert metadata["labels"][names.PART_OF] == names.OPERATOR
        assert names.TRIGGER not in metadata["labels"]
    assert template["metadata"]["annotations"][names.OBJECT_UID] == "u-1"


def test_nobody_reaches_a_drill_and_from_a_claim_it_reaches_nobody() -> None:
    enabled = {"networkPolicy": {"enabled": True}}
    on_claim, in_bucket = (
        helm.one(made(backup=backup, **enabled), "NetworkPolicy", names.drill_network_policy(NAME))
        for backup in ({}, {"storage": IN_A_BUCKET})
    )

    assert on_claim["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert in_bucket["spec"]["policyTypes"] == ["Ingress"]
    for policy in (on_claim, in_bucket):
        labels = cron_job()["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
        assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
        assert not {"ingress", "egress"} & policy["spec"].keys()
    server = helm.one(made(**enabled), "NetworkPolicy", names.network_policy(NAME))
    assert names.DRILL not in str(server["spec"]["ingress"])


@pytest.mark.parametrize(
    "query",
    [
        "SELECT COUNT(*) > 0 FROM orders",
        "(select 1)",
        "\n  SELECT*FROM t",
        "WITH a AS (SELECT 1 AS n) SELECT n FROM a",
    ],
)
def test_a_question_is_a_select(query: str) -> None:
    assert environment(pod_of(backup={"drill": {**WEEKLY, "query": query}}))["DRILL_QUERY"] == query


@pytest.mark.parametrize(
    "wrong",
    [
        {"query": "DELETE FROM orders"},
        {"query": "SELECTED"},
        {"schedule": "61 3 * * *"},
        {"every": "week"},
    ],
    ids=str,
)
def test_plain_helm_refuses_what_cannot_work(wrong: helm.Object) -> None:
    ended = helm.template(helm.INSTANCE, {"backup": {"drill": {**WEEKLY, **wrong}}})

    assert ended.returncode != 0
    assert next(iter(wrong)) in ended.stderr


def test_the_longest_name_fits() -> None:
    longest = "n" * names.INSTANCE_NAME_LIMIT

    assert len(cron_job(longest)["metadata"]["name"]) <= 52
