"""A damaged backup is never served as if it were the data; repaired, the data comes back."""

from __future__ import annotations

from tests.support.databases import Database
from tests.support.objects import SCHEMA, a_pod_on_a_claim
from tests.support.teams import Team

NEWEST = "file=$(ls /backup/*.tar.zst | sort | tail -n 1)"


def a_backup(team: Team) -> Database:
    """A database with a row in it was here, and has gone into its backup."""
    database = Database.applied(team).eventually_ready()
    database.sql("CREATE TABLE t (n INT); INSERT INTO t VALUES (42)", schema=SCHEMA)
    database.delete()
    return database


def test_a_damaged_backup_is_refused_and_a_repaired_one_restored(team: Team) -> None:
    database = a_backup(team)
    helper = team.run_to_ready(a_pod_on_a_claim("helper", "backup-db-pvc"))
    team.shell(helper, f'{NEWEST}; cp "$file" /tmp/whole; printf X | dd of="$file" bs=1 seek=60')

    Database.applied(team)
    message = database.eventually_says("Stalled", "ChecksumMismatch")
    assert "db-" in message
    assert database.eventually_tells("ChecksumMismatch")
    assert database.condition("Ready")["status"] == "False"
    assert database.condition("Initialized")["status"] == "False"
    assert not team.get("endpoints", "db").get("subsets", [{}])[0].get("addresses")

    team.shell(helper, f'{NEWEST}; cat /tmp/whole > "$file"')
    database.eventually_ready()
    assert database.sql("SELECT n FROM t", schema=SCHEMA) == "42"


def test_a_truncated_backup_does_not_hide_behind_a_missing_receipt(team: Team) -> None:
    database = a_backup(team)
    helper = team.run_to_ready(a_pod_on_a_claim("helper", "backup-db-pvc"))
    team.shell(helper, f'{NEWEST}; rm /backup/*.json; truncate -s -40 "$file"')

    Database.applied(team)

    database.eventually_says("Stalled")
    assert database.condition("Initialized")["status"] == "False"
    database.delete()  # nothing was restored, so nothing is lost, and the backups stay
    assert team.shell(helper, "ls /backup/*.tar.zst")


def test_a_required_backup_that_is_not_there_is_told(team: Team) -> None:
    database = Database.applied(team, restore={"policy": "Require"})

    message = database.eventually_says("Stalled", "NoBackup")
    assert "restore" in message
    assert database.condition("Ready")["status"] == "False"

    database.edit(restore={"policy": "IfAvailable"}).eventually_ready()
