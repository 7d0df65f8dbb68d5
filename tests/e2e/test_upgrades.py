"""An edit reaches the server, keeps the data, and is one more revision of the same release."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.databases import Database
from tests.support.objects import OTHER_IMAGE, SCHEMA
from tests.support.teams import Team
from tests.support.waiting import eventually


def pod(database: Database) -> dict[str, Any]:
    spec: dict[str, Any] = database.team.get("pod", database.server_pod)["spec"]
    return spec


def runs_the_other_image(database: Database) -> bool:
    return bool(pod(database)["containers"][0]["image"] == OTHER_IMAGE)


def has_more_memory(database: Database) -> bool:
    resources = pod(database)["containers"][0]["resources"]
    return bool(resources["requests"]["memory"] == "96Mi" and resources["limits"]["cpu"] == "2")


def has_the_settings(database: Database) -> bool:
    asked = "SELECT @@max_connections, @@long_query_time, @@sql_mode"
    return database.sql(asked) == "77\t2.500000\tANSI_QUOTES,STRICT_ALL_TABLES"


def is_on_linux(database: Database) -> bool:
    return bool(pod(database)["nodeSelector"] == {"kubernetes.io/os": "linux"})


SETTINGS = {
    "max_connections": 77,
    "long-query-time": "2.5",
    "sql_mode": "ANSI_QUOTES,STRICT_ALL_TABLES",
}
EDITS = {
    "image": ({"image": OTHER_IMAGE}, runs_the_other_image),
    "resources": (
        {"resources": {"requests": {"memory": "96Mi"}, "limits": {"cpu": "2"}}},
        has_more_memory,
    ),
    "config": ({"config": SETTINGS}, has_the_settings),
    "nodeSelector": ({"nodeSelector": {"kubernetes.io/os": "linux"}}, is_on_linux),
}


@pytest.mark.parametrize(("edit", "shows"), EDITS.values(), ids=EDITS.keys())
def test_an_edit_reaches_the_server(
    team: Team, edit: dict[str, Any], shows: Callable[[Database], bool]
) -> None:
    database = Database.applied(team).eventually_ready()
    database.sql("CREATE TABLE t (n INT); INSERT INTO t VALUES (1), (2)", schema=SCHEMA)
    revision = database.revision

    database.edit(**edit).eventually_ready()

    assert shows(database)
    assert database.sql("SELECT SUM(n) FROM t", schema=SCHEMA) == "3"
    assert database.revision == revision + 1


def test_the_last_of_several_edits_wins_also_during_operations(team: Team) -> None:
    database = Database.applied(team, config={"max_connections": 101})
    database.eventually_tells_phase("Installing", "Restoring", "Starting")
    database.edit(config={"max_connections": 102})
    database.edit(config={"max_connections": 103}).eventually_ready()
    assert database.sql("SELECT @@max_connections") == "103"

    for connections in (104, 105, 106):
        database.edit(config={"max_connections": connections})
    database.eventually_ready()

    assert database.sql("SELECT @@max_connections") == "106"
    assert database.status["release"]["status"] == "deployed"


def test_a_setting_that_the_server_refuses_is_told_and_can_be_taken_back(team: Team) -> None:
    database = Database.applied(team).eventually_ready()
    database.sql("CREATE TABLE t (n INT)", schema=SCHEMA)

    database.edit(config={"no_such_setting": 1})
    message = database.eventually_says("Stalled", "ConfigInvalid")
    assert "spec.config.no_such_setting" in message

    database.edit(config=None).eventually_ready()
    assert database.sql("SHOW TABLES", schema=SCHEMA) == "t"


def test_more_storage_is_asked_of_the_claim(team: Team) -> None:
    database = Database.applied(team, storage_size="300Mi").eventually_ready()

    database.edit(storage_size="1Gi")

    # local volumes cannot grow: the API server says so, and that has to reach the person
    message = database.eventually_says("Stalled")
    assert "db-pvc" in message
    assert database.lets_in("root", database.password)


def test_a_deletion_during_the_install_ends_it(team: Team) -> None:
    database = Database.applied(team)
    database.eventually_tells_phase("Installing", "Restoring", "Starting")

    database.delete()

    team.eventually_gone("pvc", "db-pvc")
    assert team.releases() == []
    assert team.names("deployments,secrets") == []
    eventually(lambda: team.names("pods", "-l", "app=db") == [])
