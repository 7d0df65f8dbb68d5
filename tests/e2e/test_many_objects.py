# ruff: noqa: S608 - the names that go into these statements are the tests' own
"""Many databases at once, and equal names that have nothing to do with each other."""

from __future__ import annotations

from tests.support.databases import Database
from tests.support.objects import SCHEMA
from tests.support.teams import Team
from tests.support.waiting import eventually

TEN = tuple(f"db-{number}" for number in range(10))
LEAN = {"performance_schema": "OFF", "innodb_buffer_pool_size": "16M"}


def test_one_name_in_two_namespaces_is_two_databases(team: Team, another_team: Team) -> None:
    ours = Database.applied(team, password="ours")
    theirs = Database.applied(another_team, password="theirs")
    for database, row in ((ours, "our row"), (theirs, "their row")):
        database.eventually_ready()
        database.sql(f"CREATE TABLE t (s TEXT); INSERT INTO t VALUES ('{row}')", schema=SCHEMA)

    ours.delete()

    assert theirs.sql("SELECT s FROM t", schema=SCHEMA) == "their row"
    assert not theirs.lets_in("root", "ours")
    assert another_team.names("pvc") == ["backup-db-pvc", "db-pvc"]
    Database.applied(team, password="ours").eventually_ready()
    assert ours.sql("SELECT s FROM t", schema=SCHEMA) == "our row"


def test_ten_objects_at_once_come_and_go(team: Team) -> None:
    databases = [Database.applied(team, name, config=LEAN) for name in TEN]
    for database in databases:
        database.eventually_ready(within=600)
    assert {release["name"]: release["status"] for release in team.releases()} == dict.fromkeys(
        TEN, "deployed"
    )

    team.kubectl("delete", "ms", "--all", "--timeout=600s")

    assert team.releases() == []
    backups = [f"backup-{name}-pvc" for name in TEN]
    eventually(lambda: team.names("pvc") == backups, "only the backups are left")
