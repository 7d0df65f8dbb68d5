"""No backup, no deletion: the object stays, serves, and says why and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import nodes
from tests.support.commands import must, run
from tests.support.databases import Database
from tests.support.objects import SCHEMA, a_volume
from tests.support.teams import Team

ROWS = (
    "CREATE TABLE big (n INT AUTO_INCREMENT PRIMARY KEY, b BLOB);"
    "INSERT INTO big (b) VALUES (RANDOM_BYTES(1024)), (RANDOM_BYTES(1024));"
    + "INSERT INTO big (b) SELECT RANDOM_BYTES(1024) FROM big;"
    * 11
)
"""4096 kilobytes that nothing can compress."""


@pytest.fixture
def small_volume(team: Team) -> Iterator[str]:
    """A backup volume of one megabyte: its folder on the node, which is named as its class is."""
    if not nodes.is_reachable():
        pytest.skip("a full disk can be had only on the project's own cluster")
    name = team.namespace
    with nodes.small_disk(f"/var/tmp/{name}", megabytes=1) as path:  # noqa: S108
        team.apply(a_volume(name, path=path, storage_class=name))
        yield path
        run("kubectl", "delete", "pv", name, "--wait=false")


def test_a_full_backup_volume_holds_the_deletion_up(team: Team, small_volume: str) -> None:
    on_it: dict[str, Any] = {"backup": {"storageClassName": team.namespace}}
    database = Database.applied(team, **on_it).eventually_ready()
    database.sql(ROWS, schema=SCHEMA)

    team.kubectl("delete", "ms", "db", "--wait=false")
    message = database.eventually_says("DeletionBlocked", "DiskFull")
    assert "kubectl annotate" in message
    assert database.eventually_tells("DeletionBlocked")
    assert database.status["phase"] == "DeletionBlocked"
    assert database.sql("SELECT COUNT(*) FROM big", schema=SCHEMA) == "4096"
    database.sql("INSERT INTO big (b) VALUES ('still writable')", schema=SCHEMA)

    nodes.resize(small_volume, megabytes=64)
    team.eventually_gone("ms", "db", within=420)
    team.eventually_gone("pvc", "db-pvc")
    Database.applied(team, **on_it).eventually_ready()
    assert database.sql("SELECT COUNT(*) FROM big", schema=SCHEMA) == "4097"


def test_the_data_can_be_given_up_with_the_very_sentence(team: Team, small_volume: str) -> None:
    database = Database.applied(team, backup={"storageClassName": team.namespace})
    database.eventually_ready().sql(ROWS, schema=SCHEMA)
    team.kubectl("delete", "ms", "db", "--wait=false")
    message = database.eventually_says("DeletionBlocked")
    sentence = message[message.index("otus.homework/") : message.rindex('"')]

    team.kubectl("annotate", "ms", "db", "otus.homework/give-up-final-backup=yes please")
    assert database.eventually_says("DeletionBlocked")
    team.kubectl("annotate", "--overwrite", "ms", "db", sentence)

    team.eventually_gone("ms", "db")
    team.eventually_gone("pvc", "db-pvc")


def test_a_backup_that_cannot_start_is_told_of_and_an_edit_helps(
    team: Team, operator_alone: str
) -> None:
    if not nodes.is_reachable():
        pytest.skip("all nodes are tainted for a while, which is not for a user's own cluster")
    database = Database.applied(team).eventually_ready().with_a_row()
    taint = ("kubectl", "taint", "nodes", "--all")

    must(*taint, f"{team.namespace}=yes:NoSchedule")
    try:
        team.kubectl("delete", "ms", "db", "--wait=false")
        assert "taint" in database.eventually_says("DeletionBlocked", "Unschedulable")
        assert database.has_its_row()
        database.edit(tolerations=[{"key": team.namespace, "operator": "Exists"}])
        team.eventually_gone("ms", "db")
    finally:
        run(*taint, f"{team.namespace}-")

    Database.applied(team).eventually_ready()
    assert database.has_its_row()


def test_other_policies_need_no_backup(team: Team) -> None:
    kept = Database.applied(team, "kept", deletionPolicy="Retain")
    lost = Database.applied(team, "lost", deletionPolicy="Delete")
    kept.eventually_ready().sql("CREATE TABLE t (n INT)", schema=SCHEMA)
    lost.eventually_ready()

    kept.delete()
    lost.delete()

    team.eventually_gone("pvc", "lost-pvc")
    assert team.names("jobs") == []
    assert "kept-pvc" in team.names("pvc")
    Database.applied(team, "kept").eventually_ready()
    assert kept.sql("SHOW TABLES", schema=SCHEMA) == "t"
