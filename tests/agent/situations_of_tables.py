# ruff: noqa: S608 - the names that go into these statements are the tests' own
"""Tables that are at a limit, or have what is hard to write; see situations.py."""

from __future__ import annotations

from tests.agent.situations import Situation, checksums, in_schema, shown

OF_TABLES = {
    "as many columns and indexes as there can be": Situation(
        in_schema(
            "many",
            f"CREATE TABLE c (id INT PRIMARY KEY, {', '.join(f'c{i} INT' for i in range(1016))})",
            "INSERT INTO c (id, c0, c1015) VALUES (1, 2, 3)",
            f"CREATE TABLE k (id INT PRIMARY KEY, {', '.join(f'c{i} INT' for i in range(63))},"
            f" {', '.join(f'KEY k{i} (c{i} DESC, id)' for i in range(63))})",
            "INSERT INTO k (id, c3) VALUES (1, 3), (2, 3)",
        ),
        (checksums("many.c", "many.k"), *shown("many.k")),
    ),
    "names": Situation(
        (
            f"CREATE DATABASE `{'n' * 64}`",
            f"CREATE TABLE `{'n' * 64}`.`{'t' * 64}` (`{'c' * 64}` INT)",
            f"INSERT INTO `{'n' * 64}`.`{'t' * 64}` VALUES (7)",
            "CREATE DATABASE `dot.and space`",
            "CREATE TABLE `dot.and space`.`a.b'c\"d``e/f\\g#h@i;--` (`x.y'z\"` INT,"
            " KEY `k.'\"` (`x.y'z\"`), CONSTRAINT `o'd``d` CHECK (`x.y'z\"` > 0))",
            "INSERT INTO `dot.and space`.`a.b'c\"d``e/f\\g#h@i;--` VALUES (1)",
            "CREATE DATABASE `ünï€`",
            "CREATE TABLE `ünï€`.`日本` (`列` INT)",
            "INSERT INTO `ünï€`.`日本` VALUES (1)",
            "CREATE DATABASE `-x`",
            "CREATE TABLE `-x`.`#sql_x` (`4e3` INT)",
            "CREATE DATABASE `1`",
            "CREATE DATABASE binlog",
            "CREATE TABLE binlog.t (id INT)",
        ),
        (
            f"SELECT * FROM `{'n' * 64}`.`{'t' * 64}`",
            *shown("`dot.and space`.`a.b'c\"d``e/f\\g#h@i;--`", "`ünï€`.`日本`", "`-x`.`#sql_x`"),
            "SHOW DATABASES",
        ),
    ),
    "character sets of schemas": Situation(
        (
            "CREATE DATABASE wide_text CHARACTER SET utf16",
            "CREATE TABLE wide_text.t (v VARCHAR(20), e ENUM('ä', 'ж'), c CHAR(3) DEFAULT 'ü',"
            " CHECK (v <> 'ö'))",
            "INSERT INTO wide_text.t VALUES ('x ', 'ж', 'a')",
            "CREATE PROCEDURE wide_text.p(t VARCHAR(9)) SELECT 'ж', t",
            "CREATE VIEW wide_text.v AS SELECT 'ж' AS x, v FROM wide_text.t",
            "CREATE DATABASE old_text CHARACTER SET ucs2 COLLATE ucs2_bin",
            "CREATE TABLE old_text.t (v TEXT, s SET('ß', 'ы') DEFAULT 'ы', KEY (v(5)))",
            "INSERT INTO old_text.t VALUES ('日', 'ß,ы')",
            "CREATE DATABASE latin CHARACTER SET latin1",
            "CREATE TABLE latin.t (v VARCHAR(9) DEFAULT 'é', g VARCHAR(9) AS (CONCAT(v, 'ü')))",
            "INSERT INTO latin.t (v) VALUES ('ñ')",
        ),
        (
            *shown("wide_text.t", "wide_text.v", "old_text.t", "latin.t"),
            checksums("wide_text.t", "old_text.t"),
            "CALL wide_text.p('é')",
            "SELECT * FROM latin.t",
        ),
    ),
    "expressions with all that has to be escaped": Situation(
        in_schema(
            "escapes",
            r"""CREATE TABLE t (v VARCHAR(20) COMMENT 'it''s \\ "%s"',
            d VARCHAR(50) DEFAULT (CONCAT('it''s \\ "q" %', CHAR(10), 'x
y')), g VARCHAR(99) AS (CONCAT(v, 'a''b\\c"d
e\tf')) STORED, CHECK (v <> 'it''s \\ "q" %s
z'), CHECK (v REGEXP '^[a-z\\\\]+$'))""",
            "INSERT INTO t (v) VALUES ('abc')",
            'CREATE TABLE js (doc JSON, CHECK (JSON_SCHEMA_VALID(\'{"required": ["a"]}\', doc)))',
            "INSERT INTO js VALUES ('{\"a\": 1}')",
            "SET NAMES latin1, SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'",
            'CREATE TABLE an ("v x" VARCHAR(9), g VARCHAR(9) AS ("v x" || \'y\') STORED)',
        ),
        ("SELECT * FROM escapes.t", *shown("escapes.t", "escapes.js", "escapes.an")),
    ),
    "foreign keys in circles, across schemas, and to nothing": Situation(
        (
            "SET SESSION foreign_key_checks = 0",
            "CREATE DATABASE here",
            "CREATE DATABASE there",
            "CREATE TABLE here.a (id INT PRIMARY KEY, b INT,"
            " FOREIGN KEY (b) REFERENCES there.b (id))",
            "CREATE TABLE there.b (id INT PRIMARY KEY, a INT,"
            " FOREIGN KEY (a) REFERENCES here.a (id) ON DELETE SET NULL)",
            "INSERT INTO here.a VALUES (1, 1), (2, 99)",
            "INSERT INTO there.b VALUES (1, 1)",
            "CREATE TABLE here.orphan (p INT, FOREIGN KEY (p) REFERENCES here.never_there (id))",
            "INSERT INTO here.orphan VALUES (7)",
        ),
        ("SELECT * FROM here.a", *shown("here.a", "there.b", "here.orphan")),
    ),
    "options of tables": Situation(
        in_schema(
            "options",
            "CREATE TABLESPACE `o'dd` ADD DATAFILE 'odd name; $.ibd' AUTOEXTEND_SIZE = 4M",
            "CREATE TABLE in_it (id INT) TABLESPACE `o'dd`",
            "CREATE TABLE in_system (id INT) TABLESPACE innodb_system",
            "INSERT INTO in_system VALUES (1)",
            "CREATE TABLE zipped (v VARCHAR(300)) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8"
            " AUTOEXTEND_SIZE=4M STATS_SAMPLE_PAGES=7 STATS_AUTO_RECALC=0 CHECKSUM=1",
            "CREATE TABLE hot (id INT PRIMARY KEY, v TEXT NOT SECONDARY) SECONDARY_ENGINE=RAPID",
            "CREATE TABLE parts (id INT, d DATE, KEY (id)) PARTITION BY RANGE COLUMNS (d)"
            " SUBPARTITION BY KEY (id) SUBPARTITIONS 2 (PARTITION `p'0 x` VALUES LESS THAN"
            " ('2000-01-01') COMMENT 'it''s', PARTITION p1 VALUES LESS THAN (MAXVALUE))",
            "INSERT INTO parts VALUES (1, '1999-01-01'), (2, NULL)",
        ),
        (
            *shown("options.in_it", "options.in_system", "options.zipped"),
            *shown("options.hot", "options.parts"),
            "SELECT name, autoextend_size FROM information_schema.innodb_tablespaces"
            " WHERE space_type = 'General' AND name <> 'mysql'",
            "SELECT partition_name, subpartition_name FROM information_schema.partitions"
            " WHERE table_schema = 'options' AND partition_name IS NOT NULL ORDER BY 1, 2",
        ),
    ),
    "rows that were discarded": Situation(
        in_schema(
            "discarded",
            "CREATE TABLE t (id INT PRIMARY KEY)",
            "INSERT INTO t VALUES (1)",
            "ALTER TABLE t DISCARD TABLESPACE",
        ),
        shown("discarded.t"),
        left_out=("rows of discarded.t: its tablespace was discarded",),
    ),
    "long values": Situation(
        in_schema(
            "big",
            "CREATE TABLE t (b LONGBLOB, t LONGTEXT)",
            "INSERT INTO t VALUES (REPEAT(X'00FF27', 4000000), REPEAT('é''', 1000000))",
        ),
        ("SELECT SHA2(b, 256), SHA2(t, 256) FROM big.t",),
    ),
    "histograms": Situation(
        in_schema(
            "histograms",
            "CREATE TABLE t (v VARCHAR(20), d DECIMAL(9,2), e ENUM('a', 'b'), b VARBINARY(9))",
            r"INSERT INTO t VALUES ('it''s \\ é', 2.50, 'a', X'00FF'), ('b', 30.00, 'b', X'01')",
            "ANALYZE TABLE t UPDATE HISTOGRAM ON v, d, e, b WITH 1 BUCKETS",
            "ANALYZE TABLE t UPDATE HISTOGRAM ON v WITH 4 BUCKETS AUTO UPDATE",
        ),
        (
            "SELECT column_name, histogram->'$.\"auto-update\"',"
            " JSON_LENGTH(histogram->'$.buckets') FROM information_schema.column_statistics",
        ),
    ),
}
