"""The main job, exactly as people type it."""

from __future__ import annotations

from pathlib import Path

from tests.support.databases import Database
from tests.support.objects import IMAGE
from tests.support.teams import Team
from tests.support.waiting import eventually

CR = Path(__file__).with_name("cr.yaml").read_text().replace("mysql:5.7", IMAGE)
CREATE = (
    "CREATE TABLE test (id smallint unsigned not null auto_increment, name varchar(20) not null, "
    "constraint pk_example primary key (id));"
)
INSERT = "INSERT INTO test (id, name) VALUES (null, 'some data'), (null, 'some data-2');"
ROWS = "id\tname\n1\tsome data\n2\tsome data-2\n"


def mysql(team: Team, statement: str) -> str:
    words = ("mysql", "-uroot", "-potuspassword", "otus-database", "-e", statement)
    return team.kubectl("exec", "deploy/mysql-instance", "--", *words)


def completions(team: Team, job: str) -> str:
    return team.kubectl("get", "jobs", job, "--no-headers")


def volume(team: Team, claim: str) -> str:
    name: str = team.get("pvc", claim)["spec"]["volumeName"]
    return name


def test_the_walk_through(team: Team) -> None:
    database = Database(team, "mysql-instance")

    team.kubectl("apply", "-f", "-", stdin=CR)
    database.eventually_ready()
    assert "created fresh" in database.status["message"]
    claims = team.kubectl("get", "pvc", "--no-headers").splitlines()
    assert [line.split()[:2] for line in claims] == [
        ["backup-mysql-instance-pvc", "Bound"],
        ["mysql-instance-pvc", "Bound"],
    ]
    data, backup = (volume(team, line.split()[0]) for line in reversed(claims))
    mysql(team, CREATE + INSERT)

    team.kubectl("delete", "mysqls.otus.homework", "mysql-instance")
    assert "1/1" in completions(team, "backup-mysql-instance-job")
    eventually(lambda: data not in team.kubectl("get", "pv"), "the data volume is gone")
    assert backup in team.kubectl("get", "pv")
    assert team.names("pods", "-l", "app=mysql-instance") == []
    assert team.names("deployments,services") == []
    assert team.releases() == []

    team.kubectl("apply", "-f", "-", stdin=CR)
    database.eventually_ready()
    assert mysql(team, "select * from test") == ROWS
    assert "1/1" in completions(team, "restore-mysql-instance-job")
    assert "restored from mysql-instance-" in database.status["message"]
    assert [release["name"] for release in team.releases()] == ["mysql-instance"]
