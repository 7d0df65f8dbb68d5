"""What goes through several connections comes out as it would through one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest

from tests.scripts import stories
from tests.scripts.sandbox import Instance

LARGE = r"""
SET SESSION cte_max_recursion_depth = 200000;
USE `otus-database`;
CREATE TABLE keyless (n INT NOT NULL, v VARCHAR(80), UNIQUE KEY only_one (n), KEY by_v (v DESC));
INSERT INTO keyless MANY SELECT n, CONCAT('INSERT INTO `x`;\n) UNLOCK ', n) FROM s;
CREATE TABLE parents (id INT PRIMARY KEY, code INT NOT NULL, n INT, w VARCHAR(90),
  UNIQUE KEY by_code (code), KEY by_n (n),
  UNIQUE KEY `odd ``(key, %` (n DESC, w(20)) USING BTREE,
  KEY told (w) COMMENT 'it''s KEY `x` (y),', KEY hidden_one (n, id) INVISIBLE,
  KEY sum_of ((n + code)),
  FULLTEXT KEY words (w));
INSERT INTO parents MANY SELECT n, -n, n * 7919 % 120000, CONCAT('word', n) FROM s;
CREATE TABLE children (id INT NOT NULL, seq INT AUTO_INCREMENT, parent INT, code INT,
  double_code INT AS (code * 2) VIRTUAL, PRIMARY KEY (id),
  KEY by_seq (seq), KEY by_double (double_code),
  KEY by_parent (parent), KEY by_code (code, id),
  FOREIGN KEY (parent) REFERENCES parents (id),
  CONSTRAINT coded FOREIGN KEY (code) REFERENCES `parents` (code));
INSERT INTO children (id, parent, code) MANY SELECT n, 120001 - n, -n FROM s;
CREATE TABLE parted (id INT, at INT, PRIMARY KEY (id), KEY by_at (at))
  PARTITION BY HASH (id) PARTITIONS 3;
INSERT INTO parted MANY SELECT n, n DIV 2 FROM s;
CREATE TABLE old_engine (id INT PRIMARY KEY, at INT, KEY by_at (at)) ENGINE=MyISAM;
INSERT INTO old_engine MANY SELECT n, n DIV 2 FROM s;
CREATE TABLE audit (what VARCHAR(80));
DELIMITER //
CREATE TRIGGER after_parent AFTER INSERT ON parents FOR EACH ROW
  INSERT INTO audit VALUES ('fired')//
CREATE FUNCTION twice(n INT) RETURNS INT DETERMINISTIC RETURN n * 2//
CREATE PROCEDURE looks_like_a_dump()
BEGIN
  CREATE TEMPORARY TABLE t (id INT);
  SELECT '
-- 00000000000000000000000000000000 rows
INSERT INTO `audit` VALUES (1);
USE `otus-database`;
CREATE TABLE `parents` (
  `id` INT,
  KEY `by_n` (`n`)
) ENGINE=InnoDB;
-- 00000000000000000000000000000000 rest
';
END//
DELIMITER ;
CREATE VIEW doubled AS SELECT twice(n) AS n FROM parents;
""".replace(
    "MANY", "WITH RECURSIVE s AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM s WHERE n < 120000)"
)


def cores() -> int:
    return len(os.sched_getaffinity(0))


def come_back(shop: Instance) -> tuple[list[str], list[str]]:
    """All of it before the backup and after the restore."""
    dump = stories.backed_up(shop)
    before = shop.fingerprint()
    stories.begin_again(shop)
    outcome = shop.run("restore")
    assert outcome.result["result"] == "restored", outcome.output
    assert outcome.result["file"] == dump.name
    return before, shop.fingerprint()


def sessions_with(shop: Instance, pattern: str) -> set[str]:
    """The connections that gave the server such statements, by its general log."""
    text = (shop.data / "data" / "general.log").read_text(errors="replace")
    return set(re.findall(rf"^\S+\t +(\d+) Query\t{pattern}", text, re.MULTILINE))


@pytest.fixture
def logged(shop: Instance) -> Iterator[Instance]:
    """A shop whose server writes down what it is told."""
    shop.sql("SET GLOBAL general_log_file='general.log'; SET GLOBAL general_log=ON")
    yield shop
    shop.sql("SET GLOBAL general_log=OFF")
    (shop.data / "data" / "general.log").unlink()


def test_large_tables_come_back_with_all_their_keys(logged: Instance) -> None:
    logged.run("restore")
    logged.sql(LARGE)

    before, after = come_back(logged)

    assert after == before
    assert "otus-database.audit\t0" in before
    assert sessions_with(logged, "ALTER TABLE `otus-database`.`parents` ADD  UNIQUE KEY `odd")
    assert len(sessions_with(logged, "INSERT INTO `parents` VALUES")) == min(4, cores())


@pytest.mark.parametrize(
    "stubborn",
    [
        "CREATE TABLE `otus-database`.listed (id INT NOT NULL) ENGINE=CSV",
        "CREATE TABLE `otus-database`.lines (`a\nUSE ``x` INT AS (1), b INT)",
    ],
)
def test_what_cannot_go_side_by_side_goes_one_by_one(logged: Instance, stubborn: str) -> None:
    logged.run("restore")
    stories.fill(logged)
    logged.sql(stubborn)
    logged.sql("DROP EVENT `otus-database`.every_second")

    before, after = come_back(logged)

    assert after == before
    loading = sessions_with(logged, "DO GET_LOCK\\('mysql_operator.load")
    assert len(loading) == 1
    assert sessions_with(logged, "INSERT INTO `people`") == loading
