"""One store for all teams, none of which has its keys: a ClusterMySQLBackupStorage."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_backups_in_a_bucket import a_store, the_keys
from tests.support import buckets, installing
from tests.support.buckets import Bucket
from tests.support.commands import must, run
from tests.support.databases import Database
from tests.support.teams import Team
from tests.support.waiting import eventually

KIND = "ClusterMySQLBackupStorage"
Write = Callable[[dict[str, Any]], None]


@pytest.fixture
def name(team: Team) -> str:
    """Of the storage; no other test has one of that name."""
    return team.namespace


@pytest.fixture
def write(name: str) -> Iterator[Write]:
    """Creates the storage, and changes it."""

    def written(spec: dict[str, Any]) -> None:
        whole = {
            "apiVersion": "otus.homework/v1",
            "kind": KIND,
            "metadata": {"name": name},
            "spec": spec,
        }
        must("kubectl", "apply", "-f", "-", stdin=json.dumps(whole))

    keys = the_keys()
    keys["metadata"] |= {"name": name, "namespace": installing.NAMESPACE}
    must("kubectl", "apply", "-f", "-", stdin=json.dumps(keys))
    yield written
    run("kubectl", "delete", "cmsbs", name, "--ignore-not-found")
    installing.kubectl("delete", "secret", name, "--ignore-not-found")


def test_a_store_takes_the_backups_of_teams_that_have_no_key(
    team: Team, another_team: Team, address: str, tmp_path: Path, name: str, write: Write
) -> None:
    in_store = {"storageRef": {"kind": KIND, "name": name}}
    names = [team.namespace]
    selector = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": names}
    with a_store(tmp_path, address) as bucket:
        spec = {**of_keys(bucket, name), "namespaceSelector": {"matchExpressions": [selector]}}
        write(spec)
        eventually(lambda: reachable(name) == ("True", "CheckSucceeded"), "it can be used")
        database = Database.applied(team, backup=in_store).eventually_ready().with_a_row()
        stranger = Database.applied(another_team, backup=in_store)
        assert "namespaceSelector" in stranger.eventually_gives("StorageNotAllowed")

        uid = database.whole["metadata"]["uid"]
        assert_no_key_in(team)
        database.delete()
        kept = [key for key in bucket.keys() if f"{team.namespace}/db/{uid}/" in key]
        assert sorted(key.rpartition(".")[2] for key in kept) == ["json", "zst"]
        Database.applied(team, backup=in_store).eventually_ready()
        assert database.has_its_row()

        names.append(another_team.namespace)
        write(spec)
        copied = {"source": {"name": "db", "namespace": team.namespace}}
        copy = Database.applied(another_team, "copy", backup=in_store, restore=copied)
        assert "readGrants" in copy.eventually_gives("StorageNotAllowed")
        grant = {"namespace": team.namespace, "readers": [another_team.namespace]}
        write({**spec, "readGrants": [grant]})
        assert copy.eventually_ready().has_its_row()
        stranger.eventually_ready()
        assert bucket.uploads() == []
        for ended in (database, copy, stranger):
            ended.delete()


def of_keys(bucket: Bucket, name: str) -> dict[str, Any]:
    return bucket.spec(credentialsSecretRef={"name": name})


def assert_no_key_in(team: Team) -> None:
    """Neither a Secret, nor a release, nor a pod of the team holds the key of the bucket."""
    kinds = "secrets,configmaps,pods,jobs,deployments,mysqls,events"
    everything = team.kubectl("get", kinds, "-o", "json") + team.helm("get", "all", "db")
    assert buckets.SECRET_KEY not in everything
    assert buckets.ACCESS_KEY not in everything


def reachable(name: str) -> tuple[str, str]:
    asked = "jsonpath={.status.conditions[0].status} {.status.conditions[0].reason}"
    status, _, reason = must("kubectl", "get", "cmsbs", name, "-o", asked).strip().partition(" ")
    return status, reason


def test_a_wrong_key_is_seen_before_any_database_is_there(
    team: Team, address: str, tmp_path: Path, name: str, write: Write
) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "a-stranger", "AWS_SECRET_ACCESS_KEY": buckets.SECRET_KEY}
    with a_store(tmp_path, address) as bucket:
        write(of_keys(bucket, name))
        eventually(lambda: reachable(name) == ("True", "CheckSucceeded"), "it can be used")
        change = json.dumps({"stringData": keys})
        installing.kubectl("patch", "secret", name, "--type=merge", "-p", change)
        refused = ("False", "StorageCredentialsRefused")
        eventually(lambda: reachable(name) == refused, "the key is refused")
        installing.kubectl("delete", "secret", name)
        missing = ("False", "StorageSecretNotFound")
        eventually(lambda: reachable(name) == missing, "the Secret is missing")
        assert bucket.keys() == []
