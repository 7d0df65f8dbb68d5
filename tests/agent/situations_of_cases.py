# ruff: noqa: S608 - the names that go into these statements are the tests' own
"""The cases of public bug reports; see situations.py. The numbers are those of the reports."""

from __future__ import annotations

from tests.agent.situations import (
    APP_USER,
    DATABASE,
    SOON,
    Situation,
    checksums,
    in_schema,
    numbers,
)

CASES = {
    "an event whose time passes (C01)": Situation(
        in_schema(
            "times",
            f"CREATE EVENT close_one ON SCHEDULE AT {SOON} DO DELETE FROM ticket",
            "CREATE EVENT until_soon ON SCHEDULE EVERY 1 MINUTE STARTS CURRENT_TIMESTAMP"
            f" ENDS {SOON} DO DELETE FROM ticket",
            "CREATE TABLE ticket (id INT PRIMARY KEY)",
            "INSERT INTO ticket VALUES (1), (2)",
        ),
        ("SELECT id FROM times.ticket",),
        named=("event times.close_one", "event times.until_soon"),
    ),
    "views upon views (C02)": Situation(
        (
            f"USE {DATABASE}",
            "CREATE TABLE invoice (id INT PRIMARY KEY, paid BOOL NOT NULL, total DECIMAL(10,2))",
            "INSERT INTO invoice VALUES (1, TRUE, 10), (2, FALSE, 20), (3, TRUE, 5.5)",
            "CREATE VIEW z_paid AS SELECT id, total FROM invoice WHERE paid",
            "CREATE VIEW b_sum AS SELECT SUM(total) AS total FROM z_paid",
            "COMMIT",
        ),
        (f"SELECT total FROM {DATABASE}.b_sum",),
        user=APP_USER,
    ),
    "FLOAT (C05)": Situation(
        in_schema(
            "floats",
            "CREATE TABLE sale (id INT PRIMARY KEY, revenue FLOAT NOT NULL, lat FLOAT NOT NULL)",
            "INSERT INTO sale VALUES (1, 1234567.75, 52.520008), (2, 16777215, -33.868820)",
        ),
        ("SELECT CAST(revenue AS DOUBLE), CAST(lat AS DOUBLE) FROM floats.sale",),
    ),
    "the day of a TIMESTAMP (C06)": Situation(
        in_schema(
            "days",
            "SET SESSION time_zone = @@GLOBAL.time_zone",
            "CREATE TABLE visit (id INT PRIMARY KEY, guest INT, at TIMESTAMP NOT NULL,"
            " day DATE AS (DATE(at)) STORED, UNIQUE KEY once_a_day (guest, day))",
            "INSERT INTO visit (id, guest, at) VALUES (1, 7, '2026-03-01 08:30:00'),"
            " (2, 7, '2026-02-28 20:00:00')",
        ),
        ("SELECT id, at, day FROM days.visit", checksums("days.visit")),
    ),
    "wide rows (C12)": Situation(
        in_schema(
            "wide",
            "CREATE TABLE survey (id INT PRIMARY KEY, "
            + ", ".join(f"c{i} VARCHAR(10)" for i in range(220))
            + ")",
            "INSERT INTO survey (id, c0, c219) VALUES (1, 'yes', 'no')",
        ),
        ("SELECT id, c0, c219 FROM wide.survey",),
    ),
    "a function that was trusted (C14)": Situation(
        in_schema(
            "trusted",
            "SET GLOBAL log_bin_trust_function_creators = ON",
            "CREATE FUNCTION any_number() RETURNS INT RETURN FLOOR(RAND() * 1000000)",
            "SET GLOBAL log_bin_trust_function_creators = OFF",
        ),
        ("SELECT trusted.any_number() >= 0",),
    ),
    "a trigger of 5.7 (C16)": Situation(
        in_schema(
            "old",
            "CREATE TABLE item (id INT PRIMARY KEY, n INT NOT NULL)",
            "CREATE TABLE trail (id INT AUTO_INCREMENT PRIMARY KEY, item INT NOT NULL)",
            "CREATE TRIGGER after_item AFTER INSERT ON item FOR EACH ROW"
            " INSERT INTO trail (item) VALUES (NEW.id)",
            "INSERT INTO item VALUES (1, 10)",
        ),
        (
            "SELECT * FROM old.item",
            "SELECT * FROM old.trail",
            "SELECT trigger_name, action_statement, definer, sql_mode"
            " FROM information_schema.triggers WHERE trigger_schema = 'old'",
        ),
    ),
    "a view whose table was dropped (C18)": Situation(
        in_schema(
            "broken",
            "CREATE TABLE gone_soon (id INT PRIMARY KEY)",
            "CREATE VIEW forgotten AS SELECT id FROM gone_soon",
            "CREATE VIEW upon_it AS SELECT id FROM forgotten",
            "DROP TABLE gone_soon",
            "CREATE TABLE kept (id INT PRIMARY KEY)",
            "INSERT INTO kept VALUES (1), (2)",
        ),
        ("SELECT COUNT(*) FROM broken.kept",),
        left_out=("view broken.forgotten", "view broken.upon_it"),
    ),
    "things in the server's schemas (C21)": Situation(
        (
            "CREATE TABLE mysql.heartbeat (id INT PRIMARY KEY, at DATETIME NOT NULL)",
            "INSERT INTO mysql.heartbeat VALUES (1, '2026-01-02 03:04:05')",
            "CREATE PROCEDURE sys.who_waits() SELECT 1 AS waits",
        ),
        ("SELECT id, at FROM mysql.heartbeat", "CALL sys.who_waits()"),
    ),
    "two dollars in a name (C28)": Situation((), ("SHOW DATABASES LIKE 'a%'",)),
    "a password history (C08)": Situation(
        (),
        ("SELECT user FROM mysql.user WHERE user = 'ali'",),
        left_out=("password history of 'ali'@'%'", "password history of 'two_factors'@'%'"),
    ),
}

LAST = {
    "a limit on what is selected (C04)": Situation(
        in_schema(
            "limited",
            "CREATE TABLE reading (id INT PRIMARY KEY, v INT NOT NULL)",
            f"INSERT INTO reading {numbers(900, 'i, i * 7')}",
            "SET GLOBAL sql_select_limit = 100",
        ),
        ("SELECT COUNT(*), SUM(v) FROM limited.reading",),
    ),
    "a prepared transaction (C10)": Situation(
        in_schema(
            "prepared",
            "SET SESSION sql_log_bin = 1",  # or MySQL itself rolls it back at a restart
            "CREATE TABLE transfer (id INT PRIMARY KEY, amount INT NOT NULL)",
            "INSERT INTO transfer VALUES (1, 10)",
            "XA START 'order-17'",
            "INSERT INTO transfer VALUES (2, 20)",
            "XA END 'order-17'",
            "XA PREPARE 'order-17'",
        ),
        ("SELECT id, amount FROM prepared.transfer",),
        left_out=("prepared XA transaction 0x6F726465722D3137",),
    ),
}
