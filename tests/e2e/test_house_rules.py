"""What a namespace and its storage do not allow is said with the way out, and loses nothing."""

from __future__ import annotations

from typing import Any

from tests.support.databases import Database
from tests.support.objects import SCHEMA
from tests.support.teams import Team
from tests.support.waiting import eventually

REQUESTS = {"requests": {"cpu": "100m", "memory": "256Mi"}}


def a_limit_range(**least: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "house-rules"},
        "spec": {"limits": [{"type": "Container", "min": least}]},
    }


def a_quota(**hard: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "house-quota"},
        "spec": {"hard": hard},
    }


def test_jobs_meet_a_limit_range_that_the_server_meets_and_say_so_of_one_they_do_not(
    team: Team,
) -> None:
    team.apply(a_limit_range(cpu="100m", memory="128Mi"))
    database = Database.applied(team, resources=REQUESTS).eventually_ready().with_a_row()

    team.apply(a_limit_range(cpu="100m", memory="2Gi"))
    team.kubectl("delete", "ms", "db", "--wait=false")
    message = database.eventually_says("DeletionBlocked", "JobPodCannotBeCreated")
    assert "backup-db-job" in message
    assert "minimum memory usage per Container is 2Gi" in message

    team.kubectl("delete", "limitrange", "house-rules")
    team.eventually_gone("ms", "db")
    assert Database.applied(team).eventually_ready().has_its_row()


def test_a_quota_that_leaves_no_pod_for_the_restore_is_named(team: Team) -> None:
    team.apply(a_quota(pods="1"))
    database = Database.applied(team)

    message = database.eventually_says("Stalled", "JobPodCannotBeCreated")
    assert "exceeded quota: house-quota" in message

    team.kubectl("delete", "resourcequota", "house-quota")
    database.eventually_ready()


def test_storage_that_cannot_grow_lets_the_rest_of_the_spec_through_and_can_be_taken_back(
    team: Team,
) -> None:
    database = Database.applied(team, storage_size="300Mi").eventually_ready()

    database.edit(storage_size="1Gi", config={"max_connections": 77})
    message = database.eventually_says("Stalled", "StorageCannotGrow")
    assert "spec.storage_size" in message
    assert "resize" in message
    eventually(lambda: database.sql("SELECT @@max_connections") == "77", "the rest is applied")
    eventually(lambda: database.condition("Ready")["status"] == "True", "clients are served")

    database.edit(storage_size="300Mi").eventually_ready()
    assert database.condition("Stalled")["status"] == "False"
    refusal = team.try_kubectl(
        "patch", "ms", "db", "--type=merge", "-p", '{"spec": {"storage_size": "299Mi"}}'
    )
    assert "spec.storage_size cannot shrink" in refusal.said


def test_a_claim_that_something_else_holds_is_named_and_the_data_comes_back(team: Team) -> None:
    database = Database.applied(team).eventually_ready().with_a_row()
    hold = '{"metadata": {"finalizers": ["kubernetes.io/pvc-protection", "example.com/snapshot"]}}'
    team.kubectl("patch", "pvc", "db-pvc", "--type=merge", "-p", hold)
    database.delete()

    Database.applied(team)
    message = database.eventually_says("Stalled", "DataClaimHeld")
    assert "example.com/snapshot" in message

    team.kubectl("patch", "pvc", "db-pvc", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    assert database.eventually_ready().has_its_row()
    assert database.sql("SHOW TABLES", schema=SCHEMA) == "t"
