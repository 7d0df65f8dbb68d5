"""Passwords of every kind log in, in every life; a changed one replaces the old one."""

from __future__ import annotations

from typing import Any

from tests.support.databases import Database
from tests.support.objects import SCHEMA, a_secret
from tests.support.teams import Team
from tests.support.waiting import eventually

NASTY = " 'a' \"b\" \\ \\n $HOME $(id) `id` %s 100% ;#-- ñ漢🐬 "
NASTIER = "\\'\"$%{{ .Values.x }} <>&|*?[!] é''\"\" \\\\ 'end'\\"


def test_any_characters_work_in_plain_passwords(team: Team) -> None:
    database = Database.applied(team, password=NASTY, user_password=NASTIER).eventually_ready()
    assert database.lets_in("root", NASTY)
    database.sql("CREATE TABLE t (n INT)", user="ali", password=NASTIER, schema=SCHEMA)

    database.delete()
    Database.applied(team, password=NASTY, user_password=NASTIER).eventually_ready()

    assert database.sql("SHOW TABLES", user="ali", password=NASTIER, schema=SCHEMA) == "t"
    assert database.lets_in("root", NASTY)
    assert not database.lets_in("root", "")


def test_any_characters_work_in_passwords_from_secrets(team: Team) -> None:
    team.apply(a_secret("ours", root=NASTIER, ali=NASTY))
    refs: dict[str, Any] = {
        "passwordSecretRef": {"name": "ours", "key": "root"},
        "userPasswordSecretRef": {"name": "ours", "key": "ali"},
    }

    database = Database.applied(team, **refs).eventually_ready()

    assert database.lets_in("root", NASTIER)
    assert database.lets_in("ali", NASTY)


def test_a_changed_user_password_is_applied_in_the_running_server(team: Team) -> None:
    database = Database.applied(team, user_password="first").eventually_ready()
    pod, job = database.server_pod, team.get("jobs", "password-change-db-job")

    database.edit(user_password=NASTY)

    eventually(lambda: database.is_settled() and database.lets_in("ali", NASTY))
    assert not database.lets_in("ali", "first")
    assert database.server_pod == pod
    assert team.get("jobs", "password-change-db-job")["metadata"]["uid"] != job["metadata"]["uid"]
    assert "1/1" in team.kubectl("get", "jobs", "password-change-db-job", "--no-headers")
    assert database.status["userPassword"]["result"] == "changed"


def test_the_user_appears_when_its_password_is_first_given(team: Team) -> None:
    database = Database.applied(team).eventually_ready()
    assert not database.lets_in("ali", "first")

    database.edit(user_password="first")

    eventually(lambda: database.is_settled() and database.lets_in("ali", "first"))
    assert database.status["userPassword"]["result"] == "created"
    denied = database.try_sql("SELECT * FROM mysql.user", user="ali", password="first")
    assert "ERROR 1142" in denied.said


def test_a_changed_root_password_is_taken_by_a_new_start(team: Team) -> None:
    database = Database.applied(team, password="first").eventually_ready()
    database.sql("CREATE TABLE kept (n INT)", schema=SCHEMA)

    database.edit(password=NASTIER)

    eventually(lambda: database.is_settled() and database.lets_in("root", NASTIER))
    assert not database.lets_in("root", "first")
    database.password = NASTIER
    assert database.sql("SHOW TABLES", schema=SCHEMA) == "kept"


def test_a_changed_secret_is_followed(team: Team) -> None:
    team.apply(a_secret("ours", password="first"))
    database = Database.applied(team, passwordSecretRef={"name": "ours"}).eventually_ready()

    team.apply(a_secret("ours", password="second"))

    eventually(lambda: database.lets_in("root", "second"), within=420)
    assert not database.lets_in("root", "first")
