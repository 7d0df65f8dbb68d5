"""Backups on a schedule: they come by themselves, and no deletion takes one for the final one."""

from __future__ import annotations

import json
from typing import Any

from mysql_operator import names
from tests.support.databases import Database
from tests.support.objects import SCHEMA
from tests.support.teams import Team
from tests.support.waiting import eventually

EVERY_MINUTE: dict[str, Any] = {"backup": {"schedule": "* * * * *", "keep": 3}}
SELDOM: dict[str, Any] = {"backup": {"schedule": "@monthly", "keep": 3}}
CRON_JOB = names.backup_schedule("db")


def on_schedule(database: Database) -> tuple[str, str]:
    said = database.condition("BackupsOnSchedule")
    return said.get("status", ""), said.get("reason", "")


def test_a_schedule_takes_backups_of_a_database_that_is_written_to(team: Team) -> None:
    database = Database.applied(team, **EVERY_MINUTE).eventually_ready().with_a_row()

    def taken() -> dict[str, Any]:
        database.sql("INSERT INTO t VALUES (2); DELETE FROM t WHERE n = 2", schema=SCHEMA)
        last: dict[str, Any] = database.status.get("lastBackup", {})
        assert last.get("trigger") == "Scheduled", database.status
        return last

    last = eventually(taken, "a backup on the schedule", within=420)
    status = database.status
    assert on_schedule(database) == ("True", "Scheduled")
    assert status["backupSchedule"]["lastScheduled"] <= status["backupSchedule"]["lastSucceeded"]
    assert last["file"] in [file["file"] for file in status["backups"]]
    assert status["backups"][0]["kept"] == "keep 1/3"
    assert database.eventually_tells("BackedUp", "Normal").startswith("backed up to db-")
    assert status["phase"] == "Ready"

    database.edit(backup={"suspend": True})
    eventually(lambda: on_schedule(database) == ("Unknown", "BackupSuspended"))
    eventually(lambda: team.get("cronjob", CRON_JOB)["spec"]["suspend"] is True)


def test_a_job_of_the_final_ones_name_lets_no_database_go(team: Team) -> None:
    database = Database.applied(team, **SELDOM).eventually_ready().with_a_row()
    fields = database.status["backupSchedule"]["schedule"].split()
    assert fields[3:] == ["*", "*"]
    assert team.get("cronjob", CRON_JOB)["spec"]["schedule"].split() == fields
    final = names.backup_job("db")
    team.kubectl("create", "job", f"--from=cronjob/{CRON_JOB}", final)
    team.kubectl("wait", f"job/{final}", "--for=condition=Complete", "--timeout=300s")
    database.sql("UPDATE t SET n = 1; CREATE TABLE later (n INT)", schema=SCHEMA)

    database.delete()

    receipt = json.loads(_last_words(team, final))
    assert receipt["trigger"] == "Final"
    assert team.names("cronjobs") == []
    assert team.names("jobs") == [final]
    again = Database.applied(team, **SELDOM).eventually_ready()
    assert again.has_its_row()
    assert again.sql("SHOW TABLES LIKE 'later'", schema=SCHEMA) == "later"


def _last_words(team: Team, job: str) -> str:
    """The termination message of the newest pod of a Job."""
    pods = team.items("pods", "-l", f"job-name={job}")
    newest = max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    (container,) = newest["status"]["containerStatuses"]
    return str(container["state"]["terminated"]["message"])


def test_a_backup_that_fails_is_told_and_the_next_good_one_ends_it(team: Team) -> None:
    on_demand: dict[str, Any] = {"backup": {**SELDOM["backup"], "method": "Clone"}}
    database = Database.applied(team, **on_demand).eventually_ready().with_a_row()
    database.sql("CREATE TABLE old (n INT) ENGINE=MyISAM", schema=SCHEMA)

    team.kubectl("create", "job", f"--from=cronjob/{CRON_JOB}", "by-hand")
    eventually(lambda: on_schedule(database) == ("False", "CloneImpossible"), within=420)

    assert "job/by-hand" in database.condition("BackupsOnSchedule")["message"]
    assert database.eventually_tells("CloneImpossible")
    assert database.status["phase"] == "Ready"
    database.sql("DROP TABLE old", schema=SCHEMA)
    team.kubectl("create", "job", f"--from=cronjob/{CRON_JOB}", "by-hand-again")
    eventually(lambda: on_schedule(database) == ("True", "Scheduled"), within=420)
    assert database.status["lastBackup"]["method"] == "Clone"
