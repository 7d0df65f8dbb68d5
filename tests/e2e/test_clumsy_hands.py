"""What people do to a release by hand is put back, or named and left alone; no row is lost."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator

import pytest

from tests.support.commands import ROOT
from tests.support.databases import Database
from tests.support.objects import SCHEMA
from tests.support.teams import Team
from tests.support.waiting import eventually

MOVED_PORT = {"name": "mysql", "port": 3307, "targetPort": "mysql"}
ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}
DAMAGE = '{"data": {"release": "ZGFtYWdl"}}'
PENDING = ("secrets", "-l", "owner=helm,name=db,status=pending-upgrade")


@pytest.fixture(scope="module")
def database(operator_throughout: str) -> Iterator[Database]:
    """One database with a row in it, for all these hands."""
    team = Team.founded("clumsy hands")
    try:
        yield Database.applied(team).eventually_ready().with_a_row()
    finally:
        team.dissolve()


def is_whole(database: Database) -> bool:
    """Whether it serves the row, to a client that comes through the Service."""
    ready = database.team.get("endpoints", "db").get("subsets")
    return bool(ready) and database.has_its_row()


@pytest.mark.parametrize("kind", ["deployment", "service", "configmap"])
def test_what_is_deleted_is_made_again(database: Database, kind: str) -> None:
    name = "db-config" if kind == "configmap" else "db"
    old = database.team.get(kind, name)["metadata"]["uid"]

    database.team.kubectl("delete", kind, name)

    def is_new() -> bool:
        found = database.team.find(kind, name)
        return found is not None and found["metadata"]["uid"] != old

    eventually(is_new, f"{kind} {name} is made again")
    eventually(lambda: database.is_settled() and is_whole(database), "all is as before")
    assert f"{name} is gone" in database.status["reverted"]["what"]


@pytest.mark.parametrize(
    ("kind", "patch", "field"),
    [
        ("deployment", {"spec": {"replicas": 0}}, "spec.replicas"),
        ("service", {"spec": {"selector": {"app": "nobody"}}}, "spec.selector.app"),
        ("service", {"spec": {"ports": [MOVED_PORT]}}, "spec.ports[mysql].port"),
        ("deployment", {"spec": {"strategy": ROLLING}}, "spec.strategy.type"),
        ("configmap", {"data": {"my.cnf": "[mysqld]\n"}}, "data.my.cnf"),
    ],
)
def test_what_is_edited_is_put_back(
    database: Database, kind: str, patch: dict[str, object], field: str
) -> None:
    name = "db-config" if kind == "configmap" else "db"
    before = database.team.get(kind, name)

    database.team.kubectl("patch", kind, name, "--type=merge", "-p", json.dumps(patch))

    part = next(iter(patch))
    eventually(lambda: database.team.get(kind, name)[part] == before[part], f"{field} is put back")
    eventually(lambda: database.is_settled() and is_whole(database), "all is as before")
    assert field in database.status["reverted"]["what"]
    told = [event["message"] for event in database.team.items("events")]
    assert any(one.startswith("manual change reverted: ") and field in one for one in told), told


@pytest.mark.parametrize("hand", ["edited", "deleted"])
def test_the_copy_of_the_passwords_is_put_back(database: Database, hand: str) -> None:
    nonsense = '{"data": {"root-password": "bm9uc2Vuc2U="}}'
    password = database.team.get("secret", "db-credentials")["data"]["root-password"]

    if hand == "edited":
        database.team.kubectl("patch", "secret", "db-credentials", "--type=merge", "-p", nonsense)
    else:
        database.team.kubectl("delete", "secret", "db-credentials")

    def is_back() -> bool:
        found = database.team.find("secret", "db-credentials")
        return found is not None and found["data"]["root-password"] == password

    eventually(is_back, "the copy is put back")
    eventually(lambda: database.is_settled() and is_whole(database), "all is as before")


def test_a_release_whose_secrets_are_deleted_is_made_again(database: Database) -> None:
    database.team.kubectl("delete", "secrets", "-l", "owner=helm,name=db")

    eventually(lambda: [it["status"] for it in database.team.releases()] == ["deployed"])
    eventually(lambda: database.is_settled() and is_whole(database), "all is as before")


def test_a_release_whose_secret_is_damaged_is_mended(database: Database) -> None:
    secret = f"sh.helm.release.v1.db.v{database.revision}"

    database.team.kubectl("patch", "secret", secret, "--type=merge", "-p", DAMAGE)
    database.edit(config={"max_connections": 61})

    eventually(lambda: database.is_settled() and is_whole(database), "all is as before")
    assert database.sql("SELECT @@max_connections") == "61"
    told = [event["message"] for event in database.team.items("events")]
    assert f"manual change reverted: Secret {secret} cannot be read" in told


@pytest.fixture
def neighbour() -> Iterator[Team]:
    """Somebody else, who has what looks like a part of a release."""
    team = Team.founded("neighbour")
    try:
        labels = {"app.kubernetes.io/part-of": "mysql-operator"}
        metadata = {"name": "settings", "labels": labels}
        team.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
        yield team
    finally:
        team.dissolve()


def test_a_release_in_which_somebody_names_another_namespace_harms_nobody_there(
    database: Database, neighbour: Team
) -> None:
    """helm deletes what one revision has and the next has not, with the rights of the operator."""
    secret = f"sh.helm.release.v1.db.v{database.revision}"
    packed = database.team.get("secrets", secret)["data"]["release"]
    release = json.loads(gzip.decompress(b64decode(b64decode(packed))))
    there = {"name": "settings", "namespace": neighbour.namespace}
    release["manifest"] += "\n---\n" + json.dumps(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": there}
    )
    forged = b64encode(b64encode(gzip.compress(json.dumps(release).encode()))).decode()
    database.team.kubectl(
        *("patch", "secret", secret, "--type=merge", "--patch-file=/dev/stdin"),
        stdin=json.dumps({"data": {"release": forged}}),
    )
    database.edit(config={"max_connections": 62})

    eventually(lambda: database.is_settled() and is_whole(database), "all is as before")
    assert database.sql("SELECT @@max_connections") == "62"
    assert neighbour.find("configmaps", "settings") is not None
    told = [event["message"] for event in database.team.items("events")]
    assert f"manual change reverted: Secret {secret} cannot be read" in told


def test_a_deletion_with_a_damaged_release_still_takes_the_backup(team: Team) -> None:
    database = Database.applied(team).eventually_ready().with_a_row()

    secret = f"sh.helm.release.v1.db.v{database.revision}"
    team.kubectl("patch", "secret", secret, "--type=merge", "-p", DAMAGE)
    database.delete()

    Database.applied(team).eventually_ready()
    assert database.status["restore"]["result"] == "restored"
    assert database.has_its_row()


def test_a_data_claim_that_is_deleted_is_told_of_and_backed_up_once_more(team: Team) -> None:
    database = Database.applied(team).eventually_ready().with_a_row()

    team.kubectl("delete", "pvc", "db-pvc", "--wait=false")

    database.eventually_says("Stalled", "DataClaimDeleted")
    database.sql("INSERT INTO t VALUES (2)", schema=SCHEMA)
    database.delete()
    Database.applied(team).eventually_ready()
    assert database.sql("SELECT n FROM t", schema=SCHEMA) == "1\n2"


def test_a_backup_job_that_is_deleted_while_it_runs_is_made_again(team: Team) -> None:
    database = Database.applied(team).eventually_ready().with_a_row()

    team.kubectl("delete", "ms", "db", "--wait=false")
    eventually(lambda: team.find("jobs", "backup-db-job"), every=0.1)
    team.kubectl("delete", "job", "backup-db-job")

    team.eventually_gone("ms", "db")
    Database.applied(team).eventually_ready()
    assert database.status["restore"]["result"] == "restored"
    assert database.has_its_row()


def test_a_server_whose_marker_is_dropped_is_made_ready_again(team: Team) -> None:
    database = Database.applied(team).eventually_ready().with_a_row()

    database.sql("DROP DATABASE mysql_operator")
    team.kubectl("delete", "pod", database.server_pod)

    eventually(lambda: "RestoreMissing" in team.events("db"), "the loss is told", within=600)
    database.eventually_ready()
    assert database.has_its_row()


def test_a_namespace_goes_with_all_that_is_in_it(team: Team) -> None:
    Database.applied(team, deletionProtection=True).eventually_ready()

    team.try_kubectl("delete", "namespace", team.namespace, "--timeout=300s")

    assert not team.try_kubectl("get", "namespace", team.namespace).ok


def test_a_helm_command_that_was_killed_is_named_and_left_to_its_owner(database: Database) -> None:
    upgrade = ["helm", "-n", database.team.namespace, "upgrade", "db", "charts/mysql-instance"]
    watch = ["kubectl", "-n", database.team.namespace, "get", *PENDING, "--watch", "-o", "name"]
    # Who asks again and again may ask too late: the Job of the hook takes seconds.
    with subprocess.Popen(watch, stdout=subprocess.PIPE) as pending:
        by_hand = subprocess.Popen(
            [*upgrade, "--reuse-values", "--set", "hooks.restore=true"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert pending.stdout is not None
        assert pending.stdout.readline(), "helm waits for its hook"
        by_hand.send_signal(signal.SIGKILL)
        by_hand.wait()
        pending.terminate()

    told = database.eventually_says("Stalled", "ReleaseBusy")

    assert "is pending-upgrade at revision" in told
    assert database.team.names(*PENDING), "the operator has unlocked it"
    database.team.helm("rollback", "db")
    eventually(lambda: database.is_settled() and is_whole(database), "the spec is in force again")
