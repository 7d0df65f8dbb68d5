"""A backup that is loaded once before the data goes, and says so."""

from __future__ import annotations

from tests.support.databases import Database
from tests.support.objects import SCHEMA
from tests.support.teams import Team


def test_a_verified_backup_says_so_and_brings_the_rows_back(team: Team) -> None:
    database = Database.applied(team, backup={"verify": True}).eventually_ready()
    database.sql("CREATE TABLE t (n INT); INSERT INTO t VALUES (1), (2)", schema=SCHEMA)

    database.delete()

    assert "verified by loading it" in database.eventually_tells("BackedUp", "Normal")
    assert '"verified":true' in team.kubectl("logs", "job/backup-db-job")
    Database.applied(team, backup={"verify": True}).eventually_ready()
    assert database.sql("SELECT n FROM t ORDER BY n", schema=SCHEMA).split() == ["1", "2"]
