"""Which Jobs run when: helm's hooks, and nothing in between that could lose data."""

from __future__ import annotations

import pytest

from mysql_operator import names
from tests.unit.charts import helm

NAME = helm.RELEASE


def hooks(made: list[helm.Object]) -> dict[str, str]:
    """When each Job runs."""
    return {
        one["metadata"]["name"]: one["metadata"]["annotations"]["helm.sh/hook"]
        for one in made
        if one["kind"] == "Job"
    }


@pytest.mark.parametrize(
    ("asked", "jobs"),
    [
        ({}, {names.restore_job(NAME): "post-install,post-upgrade"}),
        ({"restore": False}, {}),
        (
            {"restore": False, "changeUserPassword": True},
            {names.password_job(NAME): "post-install,post-upgrade"},
        ),
        (
            {"changeUserPassword": True},
            {
                names.restore_job(NAME): "post-install,post-upgrade",
                names.password_job(NAME): "post-install,post-upgrade",
            },
        ),
    ],
    ids=["restore by default", "none", "password alone", "both"],
)
def test_installing_runs_the_jobs_that_are_asked_for(
    asked: dict[str, bool], jobs: dict[str, str]
) -> None:
    made = helm.objects(helm.INSTANCE, {"hooks": {"check": False} | asked})

    assert hooks(made) == {**jobs, names.backup_job(NAME): "pre-delete"}


def test_an_upgrade_is_checked_before_anything_of_it_is_applied() -> None:
    made = helm.objects(helm.INSTANCE, {"config": {"max_connections": 7}})

    job = helm.one(made, "Job", names.check_job(NAME))["metadata"]["annotations"]
    files = helm.one(made, "ConfigMap", names.check_files(NAME))
    assert job["helm.sh/hook"] == files["metadata"]["annotations"]["helm.sh/hook"] == "pre-upgrade"
    weights = [it["helm.sh/hook-weight"] for it in (job, files["metadata"]["annotations"])]
    assert int(weights[0]) > int(weights[1])
    assert (
        files["data"]["my.cnf"] == helm.one(made, "ConfigMap", names.config(NAME))["data"]["my.cnf"]
    )


def test_the_check_runs_where_and_by_what_limits_the_server_will() -> None:
    made = helm.objects(helm.INSTANCE, helm.everything(helm.INSTANCE))
    check = helm.one(made, "Job", names.check_job(NAME))["spec"]["template"]["spec"]
    server = helm.one(made, "Deployment")["spec"]["template"]["spec"]

    for field in ("nodeSelector", "tolerations", "affinity", "priorityClassName"):
        assert check[field] == server[field]
    pull_secrets = [*server["imagePullSecrets"], {"name": "operator-registry"}]
    assert check["imagePullSecrets"] == pull_secrets
    (asked,), (judging,) = check["initContainers"], check["containers"]
    assert asked["image"] == server["containers"][0]["image"]
    for container in (asked, judging):
        assert container["resources"]["limits"] == server["containers"][0]["resources"]["limits"]
        assert container["resources"]["requests"] == {"cpu": "1500m", "memory": "1Gi"}


def test_what_was_checked_is_no_reason_to_restart_the_server() -> None:
    one, other = (
        helm.one(helm.objects(helm.INSTANCE, {"serverDigest": digest}), "Deployment")
        for digest in ("one", "other")
    )

    assert one["metadata"]["annotations"] != other["metadata"]["annotations"]
    assert one["spec"] == other["spec"]


def test_the_password_is_changed_after_the_restore_that_may_bring_an_older_one() -> None:
    made = helm.objects(helm.INSTANCE, {"hooks": {"changeUserPassword": True}})

    def weight(job: str) -> int:
        return int(helm.one(made, "Job", job)["metadata"]["annotations"]["helm.sh/hook-weight"])

    assert weight(names.restore_job(NAME)) < weight(names.password_job(NAME))


def test_finished_jobs_stay_until_the_next_of_their_name() -> None:
    made = helm.objects(helm.INSTANCE, helm.everything(helm.INSTANCE))

    policies = {
        one["metadata"]["annotations"].get("helm.sh/hook-delete-policy")
        for one in made
        if one["kind"] in ("Job", "Pod")
    }

    assert policies == {"before-hook-creation"}


def test_claims_and_services_are_never_hooks() -> None:
    made = helm.objects(helm.INSTANCE, helm.everything(helm.INSTANCE))

    hooked = {
        one["kind"] for one in made if "helm.sh/hook" in one["metadata"].get("annotations", {})
    }

    assert hooked == {"ConfigMap", "Job", "Pod"}


def test_the_password_job_tells_which_password_it_applies() -> None:
    made = helm.objects(helm.INSTANCE, helm.everything(helm.INSTANCE))

    job = helm.one(made, "Job", names.password_job(NAME))

    assert job["metadata"]["annotations"][names.USER_PASSWORD_VERSION] == "5"


def test_a_drained_node_is_no_failure() -> None:
    made = helm.objects(helm.INSTANCE, helm.everything(helm.INSTANCE))

    for job in (one for one in made if one["kind"] == "Job"):
        (rule,) = job["spec"]["podFailurePolicy"]["rules"]
        # `status` too: the schemas that other people check manifests by require it.
        condition = {"type": "DisruptionTarget", "status": "True"}
        assert rule == {"action": "Ignore", "onPodConditions": [condition]}
