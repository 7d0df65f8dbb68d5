"""A running database goes back to a backup, and from there to what it had before."""

from __future__ import annotations

from typing import Any

from tests.e2e.test_backup_objects import a_backup, eventually_complete
from tests.support.databases import Database
from tests.support.objects import SCHEMA
from tests.support.teams import Team
from tests.support.waiting import eventually

ROWS = "SELECT COUNT(*) FROM t"


def a_restore(name: str, backup: str) -> dict[str, Any]:
    spec = {"mysqlName": "db", "backupName": backup}
    version = "otus.homework/v1"
    return {
        "apiVersion": version,
        "kind": "MySQLRestore",
        "metadata": {"name": name},
        "spec": spec,
    }


def eventually_restored(team: Team, name: str) -> dict[str, Any]:
    """Wait until a restore is done; its status."""

    def complete() -> dict[str, Any]:
        status: dict[str, Any] = team.get("msr", name).get("status") or {}
        assert status.get("phase") == "Complete", status
        return status

    return eventually(complete, f"the restore {name} is complete", within=600)


def test_a_database_goes_back_to_a_backup_and_to_what_it_had_before(team: Team) -> None:
    database = Database.applied(team, user_password="of-ali").eventually_ready()
    database.sql("CREATE TABLE t (n INT PRIMARY KEY); INSERT INTO t VALUES (1)", schema=SCHEMA)
    team.apply(a_backup("before"))
    eventually_complete(team, "before")
    database.sql("INSERT INTO t VALUES (2), (3)", schema=SCHEMA)
    revision = database.revision

    team.apply(a_restore("undo", "before"))
    done = eventually_restored(team, "undo")
    database.eventually_ready()
    gone_back = database.sql(ROWS, schema=SCHEMA)
    safety = done["safetyBackup"].partition(".")[0].lower()
    taken = eventually_complete(team, safety)
    team.apply(a_restore("redo", safety))
    eventually_restored(team, "redo")
    database.eventually_ready()

    assert (gone_back, database.sql(ROWS, schema=SCHEMA)) == ("1", "3")
    assert taken["trigger"] == "Safety"
    assert database.status["restore"]["file"] == done["safetyBackup"]
    assert database.revision == revision
    database.sql("INSERT INTO t VALUES (4)", schema=SCHEMA)


def test_a_restore_that_is_deleted_while_its_job_runs_leaves_the_data(team: Team) -> None:
    database = Database.applied(team).eventually_ready()
    database.sql("CREATE TABLE t (n INT PRIMARY KEY); INSERT INTO t VALUES (1)", schema=SCHEMA)
    team.apply(a_backup("before"))
    eventually_complete(team, "before")
    database.sql("INSERT INTO t VALUES (2), (3)", schema=SCHEMA)

    team.apply(a_restore("undo", "before"))
    eventually(lambda: is_read_only(database), "the restore has closed the server", every=0.1)
    phase, said = database.status["phase"], database.status["message"]
    team.kubectl("delete", "msr", "undo", "--timeout=60s")
    team.eventually_gone("job", "in-place-undo-job", within=120)
    eventually(lambda: not is_read_only(database), "the server takes writes", within=120)
    database.eventually_ready()

    assert phase == "Restoring"
    assert "MySQLRestore undo" in said
    assert database.sql(ROWS, schema=SCHEMA) == "3"
    database.sql("INSERT INTO t VALUES (4)", schema=SCHEMA)
    team.apply(a_restore("again", "before"))
    eventually_restored(team, "again")
    database.eventually_ready()
    assert database.sql(ROWS, schema=SCHEMA) == "1"


def is_read_only(database: Database) -> bool:
    return database.sql("SELECT @@GLOBAL.super_read_only") == "1"


def test_a_restore_of_what_is_not_there_says_so(team: Team) -> None:
    Database.applied(team).eventually_ready()
    team.apply(a_restore("early", "no-such-backup"))

    def says_so() -> bool:
        reported = team.get("msr", "early").get("status") or {}
        reasons = [condition["reason"] for condition in reported.get("conditions", [])]
        return reasons == ["BackupNotFound"] and "spec.backupName" in reported["message"]

    eventually(says_so, "the restore says what it waits for", within=60)
    refused = team.try_apply(a_restore("early", "another"))
    assert "spec cannot be changed" in refused.err
