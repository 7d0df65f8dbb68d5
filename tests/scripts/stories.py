"""What the tests put into a database, and small things that they do to backups."""

from __future__ import annotations

from pathlib import Path

from tests.scripts.sandbox import Instance

SECOND_ACCOUNT = "reader"
SECOND_PASSWORD = "pa'ss\\ \"word😀"

RICH_DATA = r"""
USE `otus-database`;
ALTER DATABASE `otus-database` CHARACTER SET latin1;
CREATE TABLE people (
  id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  name VARCHAR(60) CHARACTER SET utf8mb4 NOT NULL,
  photo BLOB, doc JSON, bits BIT(10), born DATE, seen TIMESTAMP(6) NULL,
  length INT AS (CHAR_LENGTH(name)) STORED,
  shout VARCHAR(60) CHARACTER SET utf8mb4 AS (UPPER(name)) VIRTUAL,
  UNIQUE KEY by_name (name)
);
INSERT INTO people (name, photo, doc, bits, born, seen) VALUES
  ('Zoë 😀', RANDOM_BYTES(700), '{"a": [1, null, "é😀"], "b": 1.5}', b'1010', '1999-12-31', NOW(6)),
  ('O''Neil \\ "x" \n\r\t\0 end', X'00FF0A0D1A27225C', '[]', NULL, NULL, NULL),
  ('', '', 'null', b'0', '0001-01-01', '1970-01-01 00:00:01');
CREATE TABLE orders (id INT PRIMARY KEY, person INT UNSIGNED, total DECIMAL(20,6),
  note TEXT CHARACTER SET utf8mb4,
  FOREIGN KEY (person) REFERENCES people (id) ON DELETE CASCADE);
INSERT INTO orders VALUES (0, 1, 12345678901234.123456, REPEAT('données 😀 ', 900)),
  (7, 2, -0.000001, NULL);
CREATE TABLE audit (what VARCHAR(80));
CREATE TABLE `odd``na.me %` (`se lect` INT) ENGINE=MyISAM;
INSERT INTO `odd``na.me %` VALUES (1), (2), (NULL);
CREATE TABLE empty_one (id INT);
"""

NOISE = """
CREATE TABLE `otus-database`.noise (id INT PRIMARY KEY, noise BLOB);
SET SESSION cte_max_recursion_depth = 10000;
INSERT INTO `otus-database`.noise
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000)
  SELECT i, RANDOM_BYTES(1000) FROM n;
"""
"""It does not compress: 8 MB in a backup, and more in a data directory."""

VIEWS_AND_CODE = r"""
USE `otus-database`;
CREATE VIEW z_last AS SELECT people.name, orders.total FROM people
  JOIN orders ON person = people.id;
CREATE VIEW a_first AS SELECT name FROM z_last WHERE total > 0;
DELIMITER //
CREATE TRIGGER after_order AFTER INSERT ON orders FOR EACH ROW
BEGIN
  INSERT INTO audit VALUES (CONCAT('order ', NEW.id));
END//
CREATE FUNCTION greet(who VARCHAR(60) CHARSET utf8mb4) RETURNS VARCHAR(80) CHARSET utf8mb4
DETERMINISTIC
BEGIN
  RETURN CONCAT('héllo 😀; ', who);
END//
CREATE PROCEDURE `count people`(OUT n INT) BEGIN SELECT COUNT(*) INTO n FROM people; END//
CREATE EVENT every_second ON SCHEDULE EVERY 1 SECOND DO INSERT INTO `second`.ticks VALUES (NOW())//
DELIMITER ;
"""

SECOND_SCHEMA = r"""
CREATE DATABASE `second` CHARACTER SET utf8mb4;
CREATE TABLE `second`.ticks (at DATETIME);
CREATE TABLE `second`.parts (id INT, v VARCHAR(20)) PARTITION BY HASH (id) PARTITIONS 3;
INSERT INTO `second`.parts VALUES (1, 'ä'), (2, 'b'), (3, NULL);
CREATE DATABASE `Sys`;
CREATE TABLE `Sys`.mine (id INT);
INSERT INTO `Sys`.mine VALUES (1);
CREATE DATABASE `MySQL`;
CREATE TABLE `MySQL`.user (id INT);
"""

ACCOUNTS = r"""
CREATE ROLE clerk;
GRANT SELECT, INSERT ON `otus-database`.* TO clerk;
CREATE USER reader@'%' IDENTIFIED BY 'pa\'ss\\ "word😀' COMMENT 'reads; it`s "fine"';
GRANT SELECT (id, name) ON `otus-database`.people TO reader@'%';
GRANT EXECUTE ON FUNCTION `otus-database`.greet TO reader@'%';
GRANT clerk TO reader@'%';
SET DEFAULT ROLE clerk TO reader@'%';
CREATE USER 'we`ird'@'10.%' ACCOUNT LOCK;
GRANT PROCESS ON *.* TO 'we`ird'@'10.%' WITH GRANT OPTION;
"""


def fill(instance: Instance) -> None:
    """Data that is not trivial."""
    instance.sql(RICH_DATA)
    instance.sql(SECOND_SCHEMA)
    instance.sql(VIEWS_AND_CODE)
    instance.sql(ACCOUNTS)


def some_rows(instance: Instance) -> None:
    """Data that is enough to be missed."""
    instance.sql(
        "CREATE TABLE `otus-database`.test (id INT PRIMARY KEY, v TEXT);"
        "INSERT INTO `otus-database`.test VALUES (1, 'one'), (2, 'two 😀')"
    )


def begin_again(instance: Instance) -> None:
    """A new life beside the backups of the old one."""
    kept = {file: file.read_bytes() for file in instance.backups.iterdir()}
    instance.make_new()
    for file, content in kept.items():
        file.write_bytes(content)


def receipt_of(dump: Path) -> Path:
    """The receipt beside a dump."""
    return dump.with_name(dump.name.split(".")[0] + ".json")


def rows(shop: Instance) -> str:
    """What some_rows has written, as it is now."""
    return shop.sql("SELECT v FROM `otus-database`.test ORDER BY id")


def is_open(shop: Instance) -> bool:
    """Whether it takes writes, and no fence is left to close it at the next start."""
    shop.sql(
        "CREATE TABLE `otus-database`.proof (id INT PRIMARY KEY); DROP TABLE `otus-database`.proof"
    )
    return shop.sql("SELECT COUNT(*) FROM mysql_operator.fence") == "0\n"
