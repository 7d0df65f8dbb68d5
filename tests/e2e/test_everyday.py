"""What people do with a database every day, and a dump would lose: all of it comes back.

Each situation is from a public bug report. They share databases where their settings allow it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.databases import Database
from tests.support.objects import SCHEMA
from tests.support.teams import Team
from tests.support.waiting import eventually

ALI = "Ali-s0wn-word"


@dataclass(frozen=True)
class Situation:
    """Statements that make it, and the question whose answer must be the same afterwards."""

    fill: str
    look: str
    user: str = "root"


EVENT_TO_COME = Situation(
    "CREATE TABLE ticket (id INT PRIMARY KEY, open BOOL); INSERT INTO ticket VALUES (1, 1);"
    "CREATE EVENT close_it ON SCHEDULE AT CURRENT_TIMESTAMP + INTERVAL 2 HOUR"
    " DO UPDATE ticket SET open = 0",
    "SELECT * FROM ticket; SELECT event_name, status FROM information_schema.events",
)
VIEWS_UPON_VIEWS = Situation(
    "CREATE TABLE invoice (id INT PRIMARY KEY, paid BOOL, total DECIMAL(10,2));"
    "INSERT INTO invoice VALUES (1, TRUE, 10), (2, FALSE, 20), (3, TRUE, 5.5);"
    "CREATE VIEW z_paid AS SELECT id, total FROM invoice WHERE paid;"
    "CREATE VIEW a_sum AS SELECT SUM(total) AS total FROM z_paid",
    "SELECT total FROM a_sum",
    user="ali",
)
FLOATS = Situation(
    "CREATE TABLE sale (id INT PRIMARY KEY, revenue FLOAT);"
    "INSERT INTO sale VALUES (1, 1234567.75), (2, 16777215), (3, -33.868820), (4, 1e-38)",
    "SELECT id, CAST(revenue AS DOUBLE) FROM sale ORDER BY id; CHECKSUM TABLE sale",
)
PREPARED_TRANSACTION = Situation(
    "CREATE TABLE transfer (id INT PRIMARY KEY, amount INT); INSERT INTO transfer VALUES (1, 10);"
    "XA START 'order-17'; INSERT INTO transfer VALUES (2, 20); XA END 'order-17';"
    "XA PREPARE 'order-17'",
    "SELECT id, amount FROM transfer; XA RECOVER",
)
WIDE_ROWS = Situation(
    "SET SESSION innodb_strict_mode = OFF, SESSION group_concat_max_len = 100000;"
    "SET @columns = (WITH RECURSIVE n AS"
    " (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 220)"
    " SELECT GROUP_CONCAT('c', i, ' VARCHAR(10)' ORDER BY i) FROM n);"
    "SET @make = CONCAT('CREATE TABLE survey (id INT PRIMARY KEY, ', @columns, ')');"
    "PREPARE make FROM @make; EXECUTE make; INSERT INTO survey (id, c220) VALUES (1, 'no')",
    "SELECT id, c220 FROM survey",
)
BROKEN_VIEW = Situation(
    "CREATE TABLE gone_soon (id INT); CREATE VIEW forgotten AS SELECT id FROM gone_soon;"
    "DROP TABLE gone_soon",
    "SELECT table_name FROM information_schema.views WHERE table_name = 'forgotten'",
)
IN_THE_SERVERS_SCHEMAS = Situation(
    "CREATE TABLE mysql.heartbeat (id INT PRIMARY KEY, at DATETIME);"
    "INSERT INTO mysql.heartbeat VALUES (1, '2026-01-02 03:04:05');"
    "CREATE PROCEDURE sys.who_waits() SELECT 1 AS waits",
    "SELECT id, at FROM mysql.heartbeat; CALL sys.who_waits()",
)
COMPONENT = Situation(
    "INSTALL COMPONENT 'file://component_validate_password'",
    "SELECT component_urn FROM mysql.component; SELECT @@validate_password.policy",
)
SELECT_LIMIT = Situation(
    "CREATE TABLE reading (id INT PRIMARY KEY, v INT); INSERT INTO reading WITH RECURSIVE n AS"
    " (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i, i * 7 FROM n; COMMIT;"
    "SET GLOBAL sql_select_limit = 100",
    "SELECT COUNT(*), SUM(v) FROM reading",
)
DAY_OF_A_TIMESTAMP = Situation(
    "CREATE TABLE visit (id INT PRIMARY KEY, guest INT, at TIMESTAMP NOT NULL,"
    " day DATE AS (DATE(at)) STORED, UNIQUE KEY once_a_day (guest, day));"
    "INSERT INTO visit (id, guest, at) VALUES (1, 7, '2026-03-01 08:30:00'),"
    " (2, 7, '2026-02-28 20:00:00'); COMMIT",
    "SELECT id, at, day FROM visit ORDER BY id",
)
TRUSTED_FUNCTION = Situation(
    "SET GLOBAL log_bin_trust_function_creators = ON;"
    "CREATE FUNCTION any_number() RETURNS INT RETURN FLOOR(RAND() * 1000000);"
    "SET GLOBAL log_bin_trust_function_creators = OFF",
    "SELECT any_number() >= 0",
)


@dataclass(frozen=True)
class Everyday:
    """A database with some situations in it."""

    situations: tuple[Situation, ...]
    spec: dict[str, Any] = field(default_factory=dict)


DATABASES = {
    "by the defaults": Everyday(
        (
            EVENT_TO_COME,
            VIEWS_UPON_VIEWS,
            FLOATS,
            WIDE_ROWS,
            BROKEN_VIEW,
            IN_THE_SERVERS_SCHEMAS,
            PREPARED_TRANSACTION,
        ),
        {"user_password": ALI},
    ),
    "with password rules": Everyday(
        (COMPONENT, SELECT_LIMIT),
        {"password": "otuspassword", "config": {"password_history": 5}, "user_password": ALI},
    ),
    "with its own time zone": Everyday(
        (DAY_OF_A_TIMESTAMP, SELECT_LIMIT),
        {"config": {"default_time_zone": "+09:00", "autocommit": "OFF"}},
    ),
    "with a binary log": Everyday((TRUSTED_FUNCTION, FLOATS), {"config": {"log_bin": "binlog"}}),
}


def look(database: Database, everyday: Everyday) -> list[str]:
    """What the questions of all situations answer."""
    return [
        database.sql(
            situation.look,
            user=situation.user,
            password=ALI if situation.user == "ali" else None,
            schema=SCHEMA,
        )
        for situation in everyday.situations
    ]


@pytest.mark.parametrize("everyday", DATABASES.values(), ids=DATABASES)
def test_everything_is_the_same_after_delete_and_apply(team: Team, everyday: Everyday) -> None:
    database = Database.applied(team, **everyday.spec).eventually_ready()
    for situation in everyday.situations:
        password = ALI if situation.user == "ali" else None
        database.sql(situation.fill, user=situation.user, password=password, schema=SCHEMA)
    before = look(database, everyday)

    database.delete()
    Database.applied(team, **everyday.spec).eventually_ready()

    assert look(database, everyday) == before
    assert database.status["lastBackup"]["method"] == "Clone"
    assert "missing" not in database.status["restore"]


def test_an_event_whose_time_passed_comes_back_disabled_and_is_named(team: Team) -> None:
    database = Database.applied(team).eventually_ready()
    database.sql(
        "CREATE TABLE ticket (open BOOL); INSERT INTO ticket VALUES (1);"
        "CREATE EVENT close_it ON SCHEDULE AT CURRENT_TIMESTAMP + INTERVAL 45 SECOND"
        " DO UPDATE ticket SET open = 0",
        schema=SCHEMA,
    )
    its_time = datetime.now(UTC) + timedelta(seconds=46)
    database.delete()
    eventually(lambda: datetime.now(UTC) > its_time, "its time passes")

    Database.applied(team).eventually_ready()

    assert database.sql("SELECT open FROM ticket", schema=SCHEMA) == "1"
    assert "close_it" in database.status["restore"]["missing"][0]
    assert "close_it" in database.eventually_tells("Restored")


def test_two_dollars_in_a_name_are_two_dollars(team: Team) -> None:
    database = Database.applied(team, database="a$$b").eventually_ready()

    assert database.sql("SHOW DATABASES LIKE 'a%'") == "a$$b"
