"""Backups as objects: on demand while clients write, and what `kubectl get msb` lists later."""

from __future__ import annotations

from typing import Any

from tests.support.databases import Database
from tests.support.objects import SCHEMA
from tests.support.teams import Team
from tests.support.waiting import eventually

ROWS = "SELECT COUNT(*) FROM t"


def a_backup(name: str, **spec: Any) -> dict[str, Any]:
    spec = {"mysqlName": "db", **spec}
    metadata = {"name": name}
    version = "otus.homework/v1"
    return {"apiVersion": version, "kind": "MySQLBackup", "metadata": metadata, "spec": spec}


def eventually_complete(team: Team, name: str) -> dict[str, Any]:
    """Wait until a backup can be restored; its status."""

    def complete() -> dict[str, Any]:
        status: dict[str, Any] = team.get("msb", name).get("status") or {}
        assert status.get("phase") == "Complete", status
        return status

    return eventually(complete, f"the backup {name} is complete", within=300)


def test_a_backup_on_demand_is_of_its_moment_and_outlives_the_database(team: Team) -> None:
    database = Database.applied(team).eventually_ready()
    database.sql("CREATE TABLE t (n INT PRIMARY KEY); INSERT INTO t VALUES (1)", schema=SCHEMA)
    team.apply(a_backup("before"))
    taken = eventually_complete(team, "before")
    database.sql("INSERT INTO t VALUES (2), (3)", schema=SCHEMA)
    assert (taken["trigger"], taken["rows"] >= 1) == ("OnDemand", True)

    database.delete()
    files = {item["status"]["file"] for item in team.items("msb")}
    assert taken["file"] in files
    assert len(files) == 2  # the final backup has an object too

    Database.applied(team, restore={"from": taken["file"]}).eventually_ready()
    assert database.sql(ROWS, schema=SCHEMA) == "1"


def test_a_backup_of_nothing_waits_and_says_so(team: Team) -> None:
    team.apply(a_backup("early"))

    def says_so() -> bool:
        reported = team.get("msb", "early").get("status") or {}
        reasons = [condition["reason"] for condition in reported.get("conditions", [])]
        return reasons == ["NoSuchDatabase"]

    eventually(says_so, "the backup says what it waits for", within=60)
    refused = team.try_apply(a_backup("early", mysqlName="other"))
    assert "spec cannot be changed" in refused.err
    Database.applied(team).eventually_ready()
    eventually_complete(team, "early")
