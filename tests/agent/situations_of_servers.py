"""What settings, events and accounts do to a backup; see situations.py."""

from __future__ import annotations

from tests.agent.situations import SOON, Situation, in_schema, shown

OF_THE_SESSION = {
    "expressions that depend on settings": Situation(
        in_schema(
            "computed",
            "SET GLOBAL div_precision_increment = 10",
            "SET GLOBAL lc_time_names = 'de_DE'",
            "SET SESSION div_precision_increment = 10, SESSION lc_time_names = 'de_DE',"
            " SESSION sql_mode = 'NO_UNSIGNED_SUBTRACTION'",
            "CREATE TABLE t (a INT UNSIGNED, b INT UNSIGNED, d DATE, less BIGINT AS (a - b) STORED,"
            " part DECIMAL(30,15) AS (a / 7) STORED, day VARCHAR(30) AS (DAYNAME(d)) STORED)",
            "INSERT INTO t (a, b, d) VALUES (1, 2, '2026-03-03')",
        ),
        ("SELECT * FROM computed.t",),
    ),
    "rows that a CHECK refuses in another time zone": Situation(
        in_schema(
            "zones",
            "SET SESSION time_zone = '-10:00'",
            "CREATE TABLE t (at TIMESTAMP, CHECK (DATE(at) < '2026-03-02'))",
            "INSERT INTO t VALUES ('2026-03-01 23:00:00')",
        ),
        ("SELECT at FROM zones.t",),
        left_out=("table zones.t: rows violate its CHECK `t_chk_1`",),
    ),
    "a default that is no date": Situation(
        in_schema(
            "dates",
            "SET SESSION sql_mode = 'ALLOW_INVALID_DATES'",
            "CREATE TABLE t (d DATE DEFAULT '2026-02-31',"
            " z DATETIME DEFAULT '0000-00-00 00:00:00')",
            "INSERT INTO t VALUES ()",
        ),
        ("SELECT d + 0, z + 0 FROM dates.t", *shown("dates.t")),
    ),
    "time zones by name": Situation(
        (
            "INSERT INTO mysql.time_zone VALUES (1, 'N')",
            "INSERT INTO mysql.time_zone_name VALUES ('Here/There', 1)",
            "INSERT INTO mysql.time_zone_transition_type VALUES (1, 0, 7200, 0, 'HT')",
            *in_schema(
                "named_zones",
                "SET SESSION time_zone = 'Here/There'",
                "CREATE EVENT later ON SCHEDULE AT '2037-01-01 00:00:00' DO SELECT 1",
            ),
        ),
        (
            "SELECT CONVERT_TZ('2026-01-01 00:00:00', 'UTC', 'Here/There'),"
            " CONVERT_TZ('2026-01-01 00:00:00', '+00:00', 'Here/There')",
            "SELECT execute_at, time_zone FROM information_schema.events"
            " WHERE event_name = 'later'",
        ),
    ),
    "counters of many": Situation(
        in_schema(
            "counters",
            "CREATE TABLE small (id INT AUTO_INCREMENT PRIMARY KEY)",
            "INSERT INTO small VALUES (), (), ()",
            "CREATE TABLE full_up (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY)",
            "INSERT INTO full_up VALUES (18446744073709551614)",
            "CREATE TABLE last_one (id TINYINT AUTO_INCREMENT PRIMARY KEY)",
            "INSERT INTO last_one VALUES (127)",
        ),
        shown("counters.small", "counters.full_up", "counters.last_one"),
    ),
    "a key that MySQL made": Situation(
        in_schema(
            "unkeyed",
            "SET SESSION sql_generate_invisible_primary_key = ON",
            "CREATE TABLE t (v INT)",
            "INSERT INTO t VALUES (1), (2), (3)",
            "DELETE FROM t WHERE v = 1",
        ),
        ("SELECT my_row_id, v FROM unkeyed.t", *shown("unkeyed.t")),
    ),
}

OF_EVENTS = {
    "an event that was disabled when its time had passed": Situation(
        (
            "USE times",
            "CREATE EVENT once ON SCHEDULE EVERY 1 MINUTE STARTS CURRENT_TIMESTAMP"
            f" ENDS {SOON} DO SELECT 1",
            f"CREATE EVENT at_once ON SCHEDULE AT {SOON} DO SELECT 1",
            "DO SLEEP(1.1)",
            "ALTER EVENT once DISABLE",
            "ALTER EVENT at_once DISABLE",
        ),
        (
            "SELECT event_name, status, ends FROM information_schema.events"
            " WHERE event_name LIKE '%once' ORDER BY 1",
        ),
    ),
    "an event in words of its own, in a schema that nobody may change": Situation(
        in_schema(
            "words",
            "SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT', SESSION time_zone = '+05:30',"
            " NAMES latin1",
            f"CREATE EVENT its_own ON SCHEDULE AT {SOON} DO SELECT 'Ã©' || 'x' AS \"é\"",
            "ALTER DATABASE words READ ONLY = 1",
        ),
        (
            "SELECT sql_mode, time_zone, event_definition, character_set_client,"
            " collation_connection FROM information_schema.events WHERE event_schema = 'words'",
            "SELECT options FROM information_schema.schemata_extensions"
            " WHERE schema_name = 'words'",
        ),
        named=("event words.its_own",),
    ),
    "an event that makes tables": Situation(
        in_schema(
            "makers",
            "CREATE EVENT maker ON SCHEDULE EVERY 1 SECOND DO BEGIN"
            " SET @make = CONCAT('CREATE TABLE makers.t', UNIX_TIMESTAMP(), ' (id INT)');"
            " PREPARE make FROM @make; EXECUTE make; END",
        ),
        ("SHOW CREATE EVENT makers.maker",),
    ),
    "an event in a schema of the server": Situation(
        (f"CREATE EVENT sys.of_the_dba ON SCHEDULE AT {SOON} DO SELECT 1",),
        ("SELECT definer FROM information_schema.events WHERE event_schema = 'sys'",),
        named=("event sys.of_the_dba",),
    ),
}

OF_ACCOUNTS = {
    "accounts of all forms": Situation(
        (
            "INSTALL PLUGIN auth_socket SONAME 'auth_socket.so'",
            "CREATE USER net@'10.0.0.0/255.255.255.0', cidr@'10.1.0.0/16', six@'2001:db8::1'",
            "CREATE USER ''@'%'",
            "CREATE USER 'a@b c'@'%', \"it's\"@'%', 'b\\\\s'@'%', 'q\"`'@'%', 'jürgen'@'%',"
            f" '{'u' * 32}'@'{'h' * 200}.example', 'mysql.mine'@'%'",
            "CREATE USER two_factors@'%' IDENTIFIED BY 'x' AND IDENTIFIED WITH auth_socket",
            "CREATE USER expired@'%' PASSWORD EXPIRE PASSWORD REQUIRE CURRENT OPTIONAL"
            " FAILED_LOGIN_ATTEMPTS 2 PASSWORD_LOCK_TIME UNBOUNDED ATTRIBUTE '{\"a\": \"it''s\"}'",
            "CREATE ROLE r1, `r'2`@localhost, everybody",
            "GRANT r1 TO `r'2`@localhost",
            "GRANT `r'2`@localhost TO expired@'%' WITH ADMIN OPTION",
            "SET DEFAULT ROLE ALL TO expired@'%'",
            "GRANT ALL ON `a\\_b%`.* TO r1 WITH GRANT OPTION",
            "GRANT EXECUTE ON sys.* TO r1",
            "SET PERSIST mandatory_roles = 'everybody,r1'",
            "SET GLOBAL partial_revokes = ON",
            "GRANT SELECT, INSERT ON *.* TO net@'10.0.0.0/255.255.255.0'",
            "REVOKE INSERT ON mysql.* FROM net@'10.0.0.0/255.255.255.0'",
        ),
        (
            "SELECT user, host, plugin, account_locked, password_expired, user_attributes"
            " FROM mysql.user WHERE user NOT LIKE 'mysql\\_%' ORDER BY 1, 2",
            "SELECT * FROM mysql.role_edges ORDER BY 1, 2, 3, 4",
            "SELECT * FROM mysql.default_roles ORDER BY 1, 2, 3, 4",
            "SELECT user, host, db, insert_priv FROM mysql.db ORDER BY 1, 2, 3",
            "SHOW GRANTS FOR expired@'%'",
        ),
    ),
    "persisted variables": Situation(
        (
            "SET PERSIST hot.key_buffer_size = 1048576",
            "SET PERSIST_ONLY report_host = '10'",
            "SET PERSIST long_query_time = 1.5",
            "SET PERSIST innodb_ft_enable_stopword = OFF",
        ),
        (
            "SELECT variable_name, variable_value FROM performance_schema.persisted_variables"
            " ORDER BY 1",
        ),
    ),
    "the password component (C09)": Situation(
        ("INSTALL COMPONENT 'file://component_validate_password'",),
        ("SELECT component_urn FROM mysql.component WHERE component_id <> 99",),
    ),
}
