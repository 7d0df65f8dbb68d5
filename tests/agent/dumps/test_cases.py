"""Everyday situations that people reported: one life through Dump, all of them on one server."""

from __future__ import annotations

import io

import pytest

from mysql_operator.agent import past_events
from mysql_operator.agent.dump import omissions, verifying
from mysql_operator.agent.dump.verifying import Verification
from tests.agent.dumps import servers
from tests.agent.dumps.conftest import StartServer
from tests.support.mysqld import Mysqld

# C04 and C24: what is set for the whole server. C06: its time zone. C14: its binary log.
_OPTIONS = (
    *("--default-time-zone=+09:00", "--autocommit=OFF", "--max-execution-time=1"),
    "--max-heap-table-size=16K",
)


def _sql_of_app_user(server: Mysqld) -> None:
    """Views upon views, made by an account that is loaded with the same dump (C02)."""
    servers.run(
        server,
        "CREATE USER ali@'%' IDENTIFIED BY 'Ali-s0wn-word'",
        "GRANT ALL ON shop.* TO ali@'%'",
        "GRANT EXECUTE ON x.* TO ali@'%'",
        "CREATE TABLE shop.invoice (id INT PRIMARY KEY, paid BOOL NOT NULL, total DECIMAL(10,2))",
        "INSERT INTO shop.invoice VALUES (1, TRUE, 10.00), (2, FALSE, 20.00), (3, TRUE, 5.50)",
        "USE shop",
        "CREATE DEFINER=ali@'%' VIEW m_paid AS SELECT id, total FROM invoice WHERE paid",
        "CREATE DEFINER=ali@'%' VIEW a_sum AS SELECT SUM(total) AS total FROM m_paid",
        "CREATE DEFINER=ali@'%' VIEW b_of_a_function AS SELECT x.z_double(total) AS t FROM a_sum",
    )


_MADE = {
    "C01": [
        "CREATE EVENT shop.close_one ON SCHEDULE AT CURRENT_TIMESTAMP + INTERVAL 1 SECOND"
        " DO UPDATE shop.float_sale SET lat = 0",
        "CREATE EVENT shop.until_soon ON SCHEDULE EVERY 1 MINUTE STARTS CURRENT_TIMESTAMP"
        " ENDS CURRENT_TIMESTAMP + INTERVAL 1 SECOND DO SELECT 1",
        "CREATE EVENT shop.still_to_come ON SCHEDULE AT '2037-01-01 00:00:00' DO SELECT 1",
    ],
    "C04": [
        "CREATE TABLE shop.reading (id INT PRIMARY KEY, v INT NOT NULL)",
        "INSERT INTO shop.reading WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 900) SELECT i, i * 7 FROM n",
    ],
    "C05": [
        "CREATE TABLE shop.float_sale (id INT PRIMARY KEY, revenue FLOAT NOT NULL, lat FLOAT)",
        "INSERT INTO shop.float_sale VALUES (1, 1234567.75, 52.520008), (2, 16777215, -33.868820)",
    ],
    "C06": [
        "SET SESSION time_zone = '+09:00'",
        "CREATE TABLE shop.visit (id INT PRIMARY KEY, guest INT, at TIMESTAMP NOT NULL,"
        " day DATE AS (DATE(at)) STORED, UNIQUE KEY once_a_day (guest, day))",
        "INSERT INTO shop.visit (id, guest, at) VALUES (1, 7, '2026-03-01 08:30:00'),"
        " (2, 7, '2026-02-28 20:00:00')",
    ],
    "C12": [
        "CREATE TABLE shop.survey (id INT PRIMARY KEY, "
        + ", ".join(f"c{i} VARCHAR(10)" for i in range(1, 221))
        + ") CHARACTER SET utf8mb4",
        "INSERT INTO shop.survey (id, c1, c220) VALUES (1, 'yes', 'no')",
    ],
    "C14": [
        "CREATE FUNCTION shop.any_number() RETURNS INT RETURN FLOOR(RAND() * 1000000)",
        "CREATE DATABASE x",
        "CREATE FUNCTION x.z_double(n DECIMAL(10,2)) RETURNS DECIMAL(10,2) RETURN n * 2",
    ],
    "C18": [
        "CREATE TABLE shop.gone_soon (id INT PRIMARY KEY)",
        "CREATE VIEW shop.forgotten AS SELECT id FROM shop.gone_soon",
        "CREATE VIEW shop.upon_it AS SELECT id FROM shop.forgotten",
        "DROP TABLE shop.gone_soon",
        "CREATE USER `left`@'%'",
        "GRANT SELECT ON shop.forgotten TO `left`@'%'",
    ],
    "C21": [
        "CREATE TABLE mysql.heartbeat (id INT PRIMARY KEY, at DATETIME NOT NULL)",
        "INSERT INTO mysql.heartbeat VALUES (1, '2026-01-02 03:04:05')",
        "CREATE PROCEDURE sys.who_waits() SELECT 1 AS waits",
    ],
    "JSON": [
        "CREATE TABLE shop.priced (id INT PRIMARY KEY, doc JSON)",
        "INSERT INTO shop.priced VALUES (1, JSON_OBJECT('weight', 12.3000, 'third', 1 / 3,"
        " 'big', 18446744073709551615, 'e', 1e0, 'in', JSON_ARRAY(1.50, -0.10))), (2, NULL),"
        " (3, 'null'), (4, JSON_OBJECT('day', CAST('2026-01-02' AS DATE))),"
        " (5, JSON_QUOTE(_utf8mb4 0x0D09))",
    ],
    "C28": ["CREATE DATABASE `a$$b`", "CREATE TABLE `a$$b`.t (id INT)"],
    "engines": [
        "SET SESSION max_heap_table_size = 67108864",
        "CREATE TABLE shop.in_memory (id INT PRIMARY KEY, v CHAR(250)) ENGINE=MEMORY",
        "INSERT INTO shop.in_memory WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL"
        " SELECT i + 1 FROM n WHERE i < 900) SELECT i, 'x' FROM n",
        "CREATE TABLE shop.old_engine (id INT PRIMARY KEY) ENGINE=MyISAM",
        "INSERT INTO shop.old_engine VALUES (1)",
    ],
    "versions.md 5": [
        "CREATE TABLE shop.p (id INT PRIMARY KEY, code INT, KEY (code))",
        "CREATE TABLE shop.c (id INT PRIMARY KEY, code INT,"
        " FOREIGN KEY (code) REFERENCES p (code))",
        "INSERT INTO shop.p VALUES (1, 1), (2, 1)",
        "INSERT INTO shop.c VALUES (1, 1)",
    ],
    "versions.md 14": [
        "CREATE TABLESPACE ts1 ADD DATAFILE 'ts1.ibd'",
        "CREATE TABLE shop.in_space (id INT PRIMARY KEY) TABLESPACE ts1",
    ],
}


@pytest.fixture(scope="module")
def source(start_server: StartServer) -> Mysqld:
    server = start_server(
        *_OPTIONS, "--log-bin-trust-function-creators=ON", "--event-scheduler=OFF"
    )
    servers.run(server, "CREATE DATABASE shop")
    for statements in sorted(_MADE.items(), key=lambda item: item[0] == "C01"):
        servers.run(server, *statements[1])
    _sql_of_app_user(server)
    servers.run(server, "SET GLOBAL sql_select_limit = 100")
    return server


@pytest.fixture(scope="module")
def copy(start_server: StartServer) -> Mysqld:
    return start_server(*_OPTIONS, "--event-scheduler=OFF", "--disabled-storage-engines=MyISAM")


@pytest.fixture(scope="module")
def verification(source: Mysqld, copy: Mysqld) -> Verification:
    dump, held = servers.dumped(source, fenced=True)
    return verifying.verify(copy.session, io.BytesIO(dump), held)


def test_what_the_source_could_not_use_is_named_and_holds_nothing_up(
    verification: Verification,
) -> None:
    assert verification.problems == []
    assert [line.split(": ERROR")[0] for line in verification.broken] == [
        "grant GRANT SELECT ON `shop`.`forgotten` TO `left`@`%`",
        "view shop.forgotten",
        "view shop.upon_it",
        "table shop.old_engine: this server makes no tables of MyISAM, so it is InnoDB now",
    ]
    assert "ERROR 1146: Table 'shop.gone_soon' doesn't exist" in verification.broken[1]


@pytest.mark.parametrize(
    "question",
    [
        "SELECT COUNT(*), SUM(v) FROM shop.reading",
        "SELECT id, CAST(revenue AS DOUBLE), CAST(lat AS DOUBLE) FROM shop.float_sale",
        "CHECKSUM TABLE shop.float_sale, shop.visit, shop.survey, mysql.heartbeat, shop.c",
        "SELECT id, at, day FROM shop.visit",
        "SELECT id, c1, c220 FROM shop.survey",
        "SELECT id, doc->'$.weight' + 0, doc->'$.in[0]' + 0, doc->'$.big' FROM shop.priced",
        "SELECT id, doc FROM shop.priced WHERE id > 1",
        "SELECT shop.any_number() >= 0",
        "SELECT COUNT(*), MAX(v) FROM shop.in_memory",
        "SELECT id FROM shop.old_engine",
        "SELECT total FROM shop.a_sum",
        "SELECT * FROM shop.b_of_a_function",
        "SELECT * FROM mysql.heartbeat",
        "CALL sys.who_waits()",
        "SHOW DATABASES LIKE 'a%'",
        "SELECT event_name, status, execute_at, ends FROM information_schema.events ORDER BY 1",
        "SHOW CREATE TABLE shop.in_space",
        "SHOW GRANTS FOR ali@'%'",
    ],
)
def test_the_same_is_answered_before_and_after(
    source: Mysqld, copy: Mysqld, verification: Verification, question: str
) -> None:
    assert servers.ask(copy, question) == servers.ask(source, question) != []


def test_events_whose_time_has_passed_come_back_disabled_and_are_named(
    copy: Mysqld, verification: Verification
) -> None:
    servers.run(copy, "DO SLEEP(2)")

    with copy.session() as session:
        remarks = past_events.disable(session)

    assert [remark.title for remark in remarks] == [
        "event shop.close_one",
        "event shop.until_soon",
    ]
    statuses = "SELECT event_name, status FROM information_schema.events ORDER BY 1"
    assert servers.ask(copy, statuses) == [
        ("close_one", "DISABLED"),
        ("still_to_come", "ENABLED"),
        ("until_soon", "DISABLED"),
    ]


def test_what_dump_cannot_carry_is_named_before_anything_is_deleted(source: Mysqld) -> None:
    with source.session() as session:
        for statement in ("XA START 'order-17', 'b', 7", "INSERT INTO shop.p VALUES (3, 3)"):
            session.run(statement)
        session.run("XA END 'order-17', 'b', 7")
        session.run("XA PREPARE 'order-17', 'b', 7")
    servers.run(
        source,
        "CREATE USER two@'%' IDENTIFIED BY 'one' PASSWORD HISTORY 3",
        "ALTER USER two@'%' IDENTIFIED BY 'two' RETAIN CURRENT PASSWORD",
        "UPDATE sys.sys_config SET value = '32' WHERE variable = 'statement_truncate_len'",
        "UPDATE mysql.server_cost SET cost_value = 2 WHERE cost_name = 'row_evaluate_cost'",
    )

    with source.session() as session:
        named = omissions.of(session)
        way_out = named[0].partition(": run ")[2].split(" or ")[1]
        session.run(way_out)

    assert [line.split(": run ")[0].split(", without")[0] for line in named] == [
        "prepared XA transaction 0x6F726465722D3137, 0x62, 7",
        "second password of 'two'@'%'",
        "password history of 'two'@'%' (2 entries)",
        "setting statement_truncate_len in sys.sys_config",
        "cost row_evaluate_cost in mysql.server_cost",
    ]
    assert servers.ask(source, "XA RECOVER") == []
