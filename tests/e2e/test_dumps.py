"""The Dump method: where a server cannot be cloned, or somebody asks for it."""

from __future__ import annotations

from tests.support.databases import Database
from tests.support.objects import SCHEMA, a_pod_on_a_claim
from tests.support.teams import Team

BY_DUMP = {"backup": {"method": "Dump"}}

OLD_MODE = r"""
dump=$(ls /backup/*.sql.zst | tail -n 1)
zstd -dcq "$dump" | sed "s/\(sql_mode *= '\)/\1NO_AUTO_CREATE_USER,/" | zstd -qc > /tmp/new
size=$(stat -c %s /tmp/new) sum=$(sha256sum /tmp/new | cut -d' ' -f1)
sed -i -e "s/^  \"size\":[0-9]*/  \"size\":$size/" \
  -e "s/^  \"sha256\":\"[0-9a-f]*/  \"sha256\":\"$sum/" "${dump%.sql.zst}.json"
cat /tmp/new > "$dump"
"""
"""Lets the newest dump say what MySQL 5.7 says of a trigger, with a receipt that agrees."""


def test_tables_of_another_engine_are_dumped_and_compared(team: Team) -> None:
    database = Database.applied(team).eventually_ready()
    database.sql(
        "CREATE TABLE t (n INT) ENGINE = MyISAM; INSERT INTO t VALUES (1), (2)", schema=SCHEMA
    )

    database.delete()

    assert "a scratch server loaded it" in database.eventually_tells("BackedUp", "Normal")
    Database.applied(team).eventually_ready()
    backup = database.status["lastBackup"]
    assert (backup["method"], backup["verified"]) == ("Dump", True)
    assert "MyISAM" in backup["methodReason"]
    assert database.sql("SELECT n FROM t ORDER BY n", schema=SCHEMA).split() == ["1", "2"]


def test_what_a_dump_cannot_carry_holds_the_deletion_until_somebody_has_decided(
    team: Team,
) -> None:
    database = Database.applied(team, **BY_DUMP).eventually_ready()
    database.sql(
        "CREATE TABLE t (n INT PRIMARY KEY); INSERT INTO t VALUES (1); XA START 'order-17';"
        " INSERT INTO t VALUES (2); XA END 'order-17'; XA PREPARE 'order-17'",
        schema=SCHEMA,
    )

    team.kubectl("delete", "ms", "db", "--wait=false")
    message = database.eventually_says("DeletionBlocked")
    assert "prepared XA transaction" in message
    assert "XA COMMIT" in message
    database.sql("INSERT INTO t VALUES (3)", schema=SCHEMA)
    database.sql("XA COMMIT 'order-17'")

    team.eventually_gone("ms", "db")
    Database.applied(team, **BY_DUMP).eventually_ready()
    assert database.sql("SELECT n FROM t ORDER BY n", schema=SCHEMA).split() == ["1", "2", "3"]


def test_a_dump_that_was_rewritten_with_its_receipt_is_restored(team: Team) -> None:
    database = Database.applied(team, **BY_DUMP).eventually_ready()
    database.sql(
        "CREATE TABLE item (id INT PRIMARY KEY); CREATE TABLE trail (item INT);"
        "CREATE TRIGGER after_item AFTER INSERT ON item FOR EACH ROW"
        " INSERT INTO trail VALUES (NEW.id); INSERT INTO item VALUES (1);"
        "CREATE TABLE mysql.heartbeat (at INT); INSERT INTO mysql.heartbeat VALUES (7);"
        "CREATE PROCEDURE sys.who_waits() SELECT 1",
        schema=SCHEMA,
    )
    database.delete()
    helper = team.run_to_ready(a_pod_on_a_claim("helper", "backup-db-pvc"))
    team.shell(helper, OLD_MODE)

    Database.applied(team, **BY_DUMP).eventually_ready()

    database.sql("INSERT INTO item VALUES (2)", schema=SCHEMA)
    assert database.sql("SELECT item FROM trail ORDER BY 1", schema=SCHEMA).split() == ["1", "2"]
    assert database.sql("SELECT at FROM mysql.heartbeat; CALL sys.who_waits()") == "7\n1"
