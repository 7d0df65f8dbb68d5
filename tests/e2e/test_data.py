"""What comes back is what was there: every kind of thing that a dump can lose."""

from __future__ import annotations

from pathlib import Path

from tests.support import fingerprints
from tests.support.databases import Database
from tests.support.objects import SCHEMA
from tests.support.teams import Team

DATA = Path(__file__).with_name("data.sql").read_text()
READERS_PASSWORD = "r3ad \"er's \\ pw"
EXPLICIT = (
    "SELECT name FROM person WHERE id = 1000; SELECT HEX(payload), size, kind FROM `odd ``name```"
    " WHERE person = 1000; CALL greet('you', @said); SELECT @said, twice(21);"
    " SELECT what FROM audit; SELECT COUNT(*) FROM `second-schema`.across"
)
EXPLICITLY = [
    "Zoë 🐬🦭",
    "00FF275C0A0D1A22E282AC\t11\té",
    "hello, you; 2\t42",
    "new; 1004",
    "10",
]


def test_everything_comes_back_after_delete_and_apply(team: Team) -> None:
    database = Database.applied(team, user_password="ali's own").eventually_ready()
    database.sql(DATA, schema=SCHEMA)
    assert database.sql(EXPLICIT, schema=SCHEMA).splitlines() == EXPLICITLY
    before = fingerprints.of(database)

    database.delete()
    Database.applied(team, user_password="ali's own").eventually_ready()

    assert fingerprints.of(database) == before
    assert database.sql(EXPLICIT, schema=SCHEMA).splitlines() == EXPLICITLY
    seen = database.sql("SELECT COUNT(*) FROM grown_up", user="reader",
                        password=READERS_PASSWORD, schema=SCHEMA)  # fmt: skip
    assert seen == "2"
    assert database.lets_in("ali", "ali's own")


def test_each_life_begins_with_the_backup_that_it_asks_for(team: Team) -> None:
    database = Database.applied(team).eventually_ready()
    database.sql("CREATE TABLE first (n INT)", schema=SCHEMA)
    database.delete()
    Database.applied(team).eventually_ready()
    older = database.status["restore"]["file"]
    database.sql("CREATE TABLE second (n INT)", schema=SCHEMA)
    database.delete()

    Database.applied(team).eventually_ready()
    assert tables(database) == ["first", "second"]
    database.delete()

    Database.applied(team, restore={"from": older}).eventually_ready()
    assert tables(database) == ["first"]
    database.delete()

    Database.applied(team, restore={"policy": "Never"}).eventually_ready()
    assert tables(database) == []
    assert database.status["restore"]["result"] == "fresh"


def tables(database: Database) -> list[str]:
    return database.sql("SHOW TABLES", schema=SCHEMA).split()
