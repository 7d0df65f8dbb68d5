"""Drills: the newest backup is restored beside the database, and everybody learns how that went."""

from __future__ import annotations

from typing import Any

from mysql_operator import names
from tests.support.databases import Database
from tests.support.teams import Team
from tests.support.waiting import eventually

SELDOM: dict[str, Any] = {"schedule": "@monthly", "query": "SELECT COUNT(*) = 1 FROM t"}
CRON_JOB = names.drill_schedule("db")


def proven(database: Database) -> tuple[str, str]:
    said = database.condition("BackupsProven")
    return said.get("status", ""), said.get("reason", "")


def hold(team: Team, name: str) -> None:
    """Hold a drill now, as a person does."""
    team.kubectl("create", "job", f"--from=cronjob/{CRON_JOB}", name)


def back_up(team: Team, name: str) -> str:
    """Take a backup on demand; its file."""
    document = {
        "apiVersion": "otus.homework/v1",
        "kind": "MySQLBackup",
        "metadata": {"name": name},
        "spec": {"mysqlName": "db"},
    }
    team.apply(document)
    team.kubectl("wait", f"msb/{name}", "--for=condition=Complete", "--timeout=300s")
    return str(team.get("msb", name)["status"]["file"])


def test_a_drill_proves_the_newest_backup_and_a_question_answered_by_no_is_told(team: Team) -> None:
    database = Database.applied(team, backup={"drill": SELDOM}).eventually_ready().with_a_row()
    eventually(lambda: proven(database) == ("Unknown", "DrillPending"))
    fields = database.status["drillSchedule"]["schedule"].split()
    assert team.get("cronjob", CRON_JOB)["spec"]["schedule"].split() == fields

    hold(team, "too-early")
    eventually(lambda: proven(database) == ("Unknown", "NoBackupYet"), within=420)

    file = back_up(team, "first")
    hold(team, "drill-one")
    eventually(lambda: proven(database) == ("True", "DrillPassed"), within=420)
    last = database.status["lastDrill"]
    assert (last["file"], last["result"], last["answer"]) == (file, "passed", "1")
    assert database.eventually_tells("DrillPassed", "Normal").startswith(f"{file} was restored")
    drilled = eventually(lambda: team.get("msb", "first")["status"].get("drilledAt"))
    assert drilled == last["time"]

    database.edit(backup={"drill": {"query": "SELECT COUNT(*) > 1 FROM t"}})
    database.eventually_ready()
    hold(team, "drill-two")
    eventually(lambda: proven(database) == ("False", "DrillQuestionFalse"), within=420)
    assert "job/drill-two" in database.condition("BackupsProven")["message"]
    assert f"the drill of {file} failed" in database.eventually_tells("DrillFailed")
    assert database.status["phase"] == "Ready"
    assert database.has_its_row()
    assert team.get("msb", "first")["status"]["phase"] == "Complete"


def test_a_drill_that_runs_holds_up_no_deletion_and_goes_with_it(team: Team) -> None:
    database = Database.applied(
        team, backup={"drill": {**SELDOM, "query": "SELECT SLEEP(500)"}}
    ).eventually_ready()
    database.with_a_row()
    back_up(team, "first")
    hold(team, "endless")
    team.kubectl("wait", "pod", "-l", "job-name=endless", "--for=condition=Ready", "--timeout=300s")

    database.delete()

    assert team.names("cronjobs") == []
    assert "endless" not in team.names("jobs")
    again = Database.applied(team).eventually_ready()
    assert again.has_its_row()
