"""What people see with kubectl and helm alone, and what they can do by hand."""

from __future__ import annotations

import json

import yaml

from tests.support.databases import Database
from tests.support.objects import SCHEMA
from tests.support.teams import Team
from tests.support.waiting import eventually


def test_kubectl_tells_the_story(team: Team) -> None:
    database = Database.applied(team).eventually_ready()

    header, row = team.kubectl("get", "ms").splitlines()
    columns = dict(zip(header.split("   "), row.split("   "), strict=False))
    names = ["NAME", "PHASE", "READY", "REASON", "VERSION", "RELEASE"]
    assert header.split()[:6] == names, columns
    assert "LAST BACKUP" in header
    assert header.endswith("AGE")
    assert row.split()[:4] == ["db", "Ready", "True", "Serving"]
    assert row.split()[4].startswith("9.")
    described = team.kubectl("describe", "ms", "db")
    assert "created fresh: no backup was found" in described
    assert "MySQL is accepting connections" in described
    assert "is accepting connections" in team.events("db", "Normal")["Ready"]
    revision = database.revision
    assert database.status["release"] == {
        "name": "db", "status": "deployed", "revision": revision, "applied": revision,
    }  # fmt: skip


def test_the_backup_is_told_before_the_object_goes(team: Team) -> None:
    database = Database.applied(team).eventually_ready()
    database.sql("CREATE TABLE t (n INT); INSERT INTO t VALUES (1), (2)", schema=SCHEMA)

    database.delete()

    story = team.events("db", "Normal")["BackedUp"]
    assert "1 table, 2 rows" in story
    assert story.startswith("backed up to db-")


def test_helm_reads_the_release_and_tests_it(team: Team) -> None:
    Database.applied(team, config={"max_connections": 55}).eventually_ready()

    (release,) = team.releases()
    assert (release["name"], release["status"]) == ("db", "deployed")
    assert release["chart"].startswith("mysql-instance-")
    values = json.loads(team.helm("get", "values", "db", "-o", "json"))
    assert (values["database"], values["config"]) == (SCHEMA, {"max_connections": 55})
    kinds = [part["kind"] for part in yaml.safe_load_all(team.helm("get", "manifest", "db"))]
    assert {"Deployment", "Service", "PersistentVolumeClaim", "ConfigMap"} <= set(kinds)
    assert "Secret" not in kinds
    assert "kubectl" in team.helm("get", "notes", "db")
    assert "Succeeded" in team.helm("test", "db", "--timeout", "5m")


def test_a_release_rolled_back_by_hand_is_brought_back(team: Team) -> None:
    database = Database.applied(team, config={"max_connections": 51}).eventually_ready()
    database.edit(config={"max_connections": 52}).eventually_ready()

    team.helm("rollback", "db")

    def spec_is_in_force() -> bool:
        values = json.loads(team.helm("get", "values", "db", "-o", "json"))
        return database.is_settled() and values["config"] == {"max_connections": 52}

    eventually(lambda: spec_is_in_force() and database.revision == 4, within=420)
    eventually(lambda: database.sql("SELECT @@max_connections") == "52")


def test_a_release_uninstalled_by_hand_loses_nothing(team: Team) -> None:
    database = Database.applied(team).eventually_ready()
    database.sql("CREATE TABLE t (n INT); INSERT INTO t VALUES (1)", schema=SCHEMA)

    team.helm("uninstall", "db")

    eventually(lambda: database.is_settled() and team.releases(), within=420)
    assert database.sql("SELECT n FROM t", schema=SCHEMA) == "1"
