"""A database with what a translation into SQL tends to lose, and how it is compared."""

from __future__ import annotations

from tests.scripts import stories
from tests.scripts.sandbox import Instance
from tests.support.waiting import eventually

# Each of these has broken, or silently changed in, a backup by mysqldump.
UNUSUAL = r"""
USE `otus-database`;
SET GLOBAL sql_select_limit = 2;
SET SESSION sql_mode = '';
CREATE TABLE floats (id INT PRIMARY KEY, f FLOAT, d DOUBLE);
INSERT INTO floats VALUES (1, 0.1234567890, 1e-300), (2, 16777216.5, 1.7976931348623157e308),
  (3, -0.0, 1/3);
SET SESSION time_zone = '+09:00';
CREATE TABLE days (at TIMESTAMP NULL, day DATE AS (CAST(at AS DATE)) STORED, UNIQUE KEY (day));
INSERT INTO days (at) VALUES ('2026-01-02 01:00:00'), ('2026-01-03 23:00:00');
SET SESSION time_zone = '+00:00';
CREATE TABLE zero_dates (id INT PRIMARY KEY, day DATE, at DATETIME);
INSERT INTO zero_dates VALUES (1, '0000-00-00', '2026-00-00 00:00:00');
CREATE TABLE packed (id INT PRIMARY KEY, body TEXT) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=4;
INSERT INTO packed VALUES (1, REPEAT('x', 20000));
CREATE TABLESPACE own ADD DATAFILE 'own.ibd';
CREATE TABLE in_own (id INT PRIMARY KEY) TABLESPACE own;
INSERT INTO in_own VALUES (1);
CREATE TABLE hidden (id INT PRIMARY KEY, secret INT INVISIBLE DEFAULT 7, KEY k (secret) INVISIBLE);
INSERT INTO hidden (id) VALUES (1);
CREATE TABLE gone (id INT);
CREATE VIEW broken AS SELECT id FROM gone;
DROP TABLE gone;
CREATE EVENT past ON SCHEDULE AT CURRENT_TIMESTAMP + INTERVAL 1 SECOND ON COMPLETION PRESERVE
  DO SET @done = 1;
CREATE TABLE vectors (id INT PRIMARY KEY, v VECTOR(3), g GEOMETRY SRID 4326);
INSERT INTO vectors VALUES (1, TO_VECTOR('[1,2,3]'), ST_GeomFromText('POINT(1 2)', 4326));
CREATE TABLE mysql.of_the_dba (id INT PRIMARY KEY);
INSERT INTO mysql.of_the_dba VALUES (42);
CREATE SERVER elsewhere FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'db.example', DATABASE 'x');
CREATE USER stale@'%' IDENTIFIED BY 'not-a-secret';
CREATE TABLE dropped (id INT);
GRANT SELECT ON `otus-database`.dropped TO stale@'%';
DROP TABLE dropped;
CREATE USER other@'%' IDENTIFIED BY 'not-a-secret';
INSERT INTO mysql.proxies_priv VALUES ('%', 'other', '%', 'stale', 0, 'root@%', NOW());
FLUSH PRIVILEGES;
CREATE TABLE counted (id INT AUTO_INCREMENT PRIMARY KEY);
INSERT INTO counted VALUES (), (), ();
DELETE FROM counted WHERE id > 1;
SET PERSIST max_connections = 77;
SET PERSIST_ONLY innodb_log_buffer_size = 2097152;
"""

PREPARED = """
USE `otus-database`;
CREATE TABLE accounts (id INT PRIMARY KEY, money INT);
INSERT INTO accounts VALUES (1, 100);
XA START 'transfer'; UPDATE accounts SET money = 50 WHERE id = 1; XA END 'transfer';
XA PREPARE 'transfer';
"""

QUESTIONS = """
SET SESSION information_schema_stats_expiry = 0;
SELECT auto_increment FROM information_schema.tables WHERE table_name = 'counted';
SELECT id, f + 0E0, d FROM `otus-database`.floats ORDER BY id;
SELECT at, day FROM `otus-database`.days ORDER BY at;
SELECT id, day + 0, at + 0 FROM `otus-database`.zero_dates;
SELECT id, secret FROM `otus-database`.hidden;
SELECT id, FROM_VECTOR(v), ST_AsText(g) FROM `otus-database`.vectors;
SELECT id FROM mysql.of_the_dba;
SELECT * FROM mysql.servers;
SELECT user, host, db, table_name, table_priv FROM mysql.tables_priv ORDER BY 1, 2, 3, 4;
SELECT user, host, proxied_user, proxied_host FROM mysql.proxies_priv ORDER BY 1, 2, 3;
SELECT name, row_format, zip_page_size FROM information_schema.innodb_tablespaces
  WHERE name LIKE '%packed' OR name = 'own' ORDER BY 1;
SELECT money FROM `otus-database`.accounts;
SELECT variable_name, variable_value FROM performance_schema.persisted_variables ORDER BY 1;
SELECT table_schema, table_name, view_definition FROM information_schema.views
  WHERE table_schema <> 'sys' ORDER BY 1, 2;
XA RECOVER;
"""


def fill(instance: Instance) -> None:
    """Fill a database with what is ordinary, and with what is not."""
    instance.sql(stories.RICH_DATA.replace("ENGINE=MyISAM", ""))
    instance.sql(stories.VIEWS_AND_CODE)
    instance.sql(stories.SECOND_SCHEMA)
    instance.sql(stories.ACCOUNTS)
    instance.sql(UNUSUAL)
    instance.sql(PREPARED)
    eventually(lambda: _event_has_run(instance), within=60, every=0.2)


def _event_has_run(instance: Instance) -> bool:
    """Whether the event is past, so that nothing changes by itself any more."""
    status = "SELECT status FROM information_schema.events WHERE event_name = 'past'"
    return instance.sql(status) == "DISABLED\n"


def picture(instance: Instance) -> list[str]:
    """All of it, as text. Definitions of broken views are asked for by the questions."""
    limit = instance.sql("SELECT @@GLOBAL.sql_select_limit").strip()
    instance.sql("SET GLOBAL sql_select_limit = DEFAULT")
    lines = instance.sql(QUESTIONS).splitlines() + instance.fingerprint()
    instance.sql(f"SET GLOBAL sql_select_limit = {limit}")
    return [line for line in lines if not line.startswith("second.ticks\t")]
