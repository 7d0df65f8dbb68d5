"""Dumps that mysqldump wrote, those of 5.7 and 8.0 among them, load by the same rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from mysql_operator.agent.sql.sql_errors import SQLError
from tests.agent.dumps import servers
from tests.agent.dumps.conftest import StartServer
from tests.support.mysqld import Mysqld

_OF_5_7 = (Path(__file__).parent / "dump-of-5.7.sql").read_bytes()


@pytest.fixture(scope="module")
def server_of_module(start_server: StartServer) -> Mysqld:
    return start_server("--skip-log-bin")


@pytest.fixture
def server(server_of_module: Mysqld) -> Mysqld:
    """A server without anything of users."""
    servers.empty(server_of_module)
    return server_of_module


def test_a_dump_of_5_7_loads_and_what_differs_is_named(server: Mysqld) -> None:
    loaded = servers.loaded(server, _OF_5_7)

    assert servers.said(loaded.missing) == [
        "view shop.broken: ERROR 1146: Table 'shop.no_such_table' doesn't exist"
    ]
    assert servers.said(loaded.lost) == [
        "table shop.not_there: 3 rows were not loaded:"
        " ERROR 1146: Table 'shop.not_there' doesn't exist"
    ]
    assert [remark.title for remark in loaded.remarks] == [
        "the backup is of MySQL 5.7.44",
        "account 'ali'@'%'",
        "account 'clerk'@'10.%'",
        "table shop.trail",
    ]


def test_rows_of_5_7_keep_their_collation(server: Mysqld) -> None:
    servers.loaded(server, _OF_5_7)

    assert servers.ask(server, "SELECT name FROM shop.item ORDER BY id") == [
        ("straße",),
        ("strasse",),
        ("a;\nb),('c\\",),
    ]
    assert servers.ask(
        server, "SELECT @@collation_database UNION SELECT table_collation FROM information_schema"
        ".tables WHERE table_schema = 'shop' AND table_name = 'item' UNION SELECT collation_name"
        " FROM information_schema.columns WHERE table_schema = 'shop' AND column_name = 'name'"
        " UNION SELECT default_collation_name FROM information_schema.schemata"
        " WHERE schema_name = 'shop'",
    )[1:] == [("utf8mb4_general_ci",)]  # fmt: skip


def test_code_of_5_7_works(server: Mysqld) -> None:
    servers.loaded(server, _OF_5_7)

    servers.run(server, "INSERT INTO shop.item VALUES (7, 'new')")

    assert servers.ask(server, "SELECT COUNT(*), MAX(item) FROM shop.trail") == [(2, 7)]
    assert servers.ask(server, "SELECT COUNT(*), shop.twice(21) FROM shop.names") == [(4, 42)]


def test_accounts_whose_plugin_is_gone_come_back_locked_with_their_grants(server: Mysqld) -> None:
    servers.loaded(server, _OF_5_7)

    accounts = "SELECT user, plugin, account_locked FROM mysql.user WHERE user IN ('ali', 'clerk')"
    assert servers.ask(server, accounts) == [
        ("ali", "caching_sha2_password", "Y"),
        ("clerk", "caching_sha2_password", "Y"),
    ]
    assert servers.ask(server, "SHOW GRANTS FOR ali@'%'")[1:] == [
        ("GRANT ALL PRIVILEGES ON `shop`.* TO `ali`@`%`",)
    ]


def test_a_load_leaves_the_settings_of_the_server_as_they_were(server: Mysqld) -> None:
    settings = "SELECT @@GLOBAL.event_scheduler, @@GLOBAL.log_bin_trust_function_creators"
    before = servers.ask(server, settings)

    servers.loaded(server, _OF_5_7)

    assert servers.ask(server, settings) == before == [("ON", 0)]


def test_privileges_that_are_gone_are_replaced_or_named(server: Mysqld) -> None:
    dump = b"""CREATE USER IF NOT EXISTS `dba`@`%` IDENTIFIED WITH 'caching_sha2_password';
GRANT BACKUP_ADMIN,SET_USER_ID,MADE_UP_ADMIN,XA_RECOVER_ADMIN ON *.* TO `dba`@`%` WITH GRANT OPTION;
-- Dump completed
"""

    loaded = servers.loaded(server, b"-- MySQL dump 10.13\n" + dump)

    granted = "SELECT priv FROM mysql.global_grants WHERE user = 'dba' ORDER BY 1"
    assert servers.ask(server, granted) == [
        ("ALLOW_NONEXISTENT_DEFINER",),
        ("BACKUP_ADMIN",),
        ("SET_ANY_DEFINER",),
        ("XA_RECOVER_ADMIN",),
    ]
    assert len(loaded.missing) == 1
    assert loaded.missing[0].error == "this server does not know the privilege MADE_UP_ADMIN"


def test_a_dump_that_was_cut_off_is_no_dump(server: Mysqld) -> None:
    with pytest.raises(SQLError) as raised:
        servers.loaded(server, _OF_5_7[:-200])

    assert raised.value.reason == "DumpIncomplete"


def test_what_mysqldump_writes_today_loads(server: Mysqld) -> None:
    servers.run(
        server,
        "CREATE DATABASE shop",
        "CREATE TABLE shop.t (id INT PRIMARY KEY, v TEXT, `new\nline; x` INT)",
        "INSERT INTO shop.t VALUES (1, 'it''s; \\\\ \n`x` -- no', 3), (2, NULL, NULL)",
        "CREATE VIEW shop.v AS SELECT id FROM shop.t",
        "CREATE PROCEDURE shop.p() BEGIN SELECT ';\n;'; SELECT 2; END",
        "CREATE EVENT shop.e ON SCHEDULE AT '2037-01-01 00:00:00' DO SELECT 1",
    )
    before = servers.ask(server, "CHECKSUM TABLE shop.t")
    dump = server.program(
        "mysqldump", "--no-defaults", "-uroot", "-S/var/lib/mysql/socket", "--routines", "--events",
        "--databases", "shop",
    )  # fmt: skip
    servers.empty(server)

    loaded = servers.loaded(server, dump)

    assert (loaded.missing, loaded.lost, loaded.remarks) == ([], [], [])
    assert servers.ask(server, "CHECKSUM TABLE shop.t") == before
    assert servers.ask(server, "CALL shop.p()") == [(";\n;",)]
    assert servers.ask(server, "SELECT id FROM shop.v") == [(1,), (2,)]
