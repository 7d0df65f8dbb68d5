# ruff: noqa: S608 - the names that go into these statements are the tests' own
"""Views, routines, and what another image has left; see situations.py."""

from __future__ import annotations

from tests.agent.situations import Situation, in_schema

VIEWS = (
    "SELECT id, ROW_NUMBER() OVER w AS r FROM t WINDOW w AS (PARTITION BY g ORDER BY id DESC)",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n",
    "SELECT j->'$.k' AS a, j->>'$.k[0]' AS b, JSON_VALUE(j, '$.k' RETURNING UNSIGNED) AS c FROM t",
    "SELECT g, GROUP_CONCAT(DISTINCT v ORDER BY id SEPARATOR '; ''') FROM t GROUP BY g WITH ROLLUP",
    "SELECT * FROM (VALUES ROW(1, 'x'), ROW(2, 'y')) AS x (a, b)",
    "SELECT l.m FROM t, LATERAL (SELECT MAX(u.id) AS m FROM t u WHERE u.g = t.g) AS l",
    "SELECT x.* FROM t, JSON_TABLE(j, '$.k[*]' COLUMNS (n FOR ORDINALITY, y INT PATH '$')) AS x",
    "SELECT CASE WHEN NOT v LIKE 'a|_%' ESCAPE '|' THEN -id ELSE 1 - (2 - 3) END, ~id & 5 FROM t",
    "SELECT d + INTERVAL '1:2' HOUR_MINUTE AS a, TIMESTAMP'2026-01-01 00:00:00+02:00' AS b FROM t",
    "SELECT CAST(v AS CHAR(5) CHARACTER SET latin1) AS a, v COLLATE utf8mb4_bin AS b FROM t",
    "SELECT b'101' AS a, X'4142' AS b, N'nat' AS c, _binary'x' AS d, 'x\\ny''z\"' AS e",
    "SELECT (SELECT COUNT(*) FROM t) AS c, (id, g) IN ((1, 1), (2, 2)) AS i FROM t",
    "(SELECT id FROM t ORDER BY id LIMIT 1) UNION (SELECT g FROM t LIMIT 2) ORDER BY 1 LIMIT 3",
    "SELECT id FROM t INTERSECT SELECT g FROM t EXCEPT ALL SELECT 2",
    "SELECT TRIM(LEADING 'x' FROM v) AS a, v REGEXP 'a\\\\.b' AS b, id <=> NULL AS c FROM t",
    'SELECT `id` AS `o\'d``d "x"`, COUNT(*) FROM t GROUP BY 1',
    "TABLE t",
)

OF_CODE = {
    "views of all forms": Situation(
        in_schema(
            "forms",
            "CREATE TABLE t (id INT, g INT, v VARCHAR(20), j JSON, d DATETIME)",
            "INSERT INTO t VALUES (1, 1, 'a', '{\"k\": [1]}', '2026-01-01')",
            "INSERT INTO t VALUES (2, 1, 'b', '{}', NULL)",
            *(f"CREATE VIEW v{number} AS {query}" for number, query in enumerate(VIEWS)),
            "SET SESSION sql_mode = 'PIPES_AS_CONCAT,ANSI_QUOTES,HIGH_NOT_PRECEDENCE,"
            "REAL_AS_FLOAT,NO_BACKSLASH_ESCAPES'",
            "CREATE VIEW in_modes AS SELECT v || 'x\\y' AS \"q\", NOT id BETWEEN 1 AND 2 AS n,"
            " CAST(id AS REAL) AS r FROM t",
        ),
        (*(f"SELECT * FROM forms.v{i}" for i in range(len(VIEWS))), "SELECT * FROM forms.in_modes"),
    ),
    "code in other character sets, and in a language that nobody runs": Situation(
        in_schema(
            "tongues",
            "CREATE LIBRARY l COMMENT 'it''s' LANGUAGE JAVASCRIPT AS $x$ export let a = 1; $x$",
            "CREATE FUNCTION js(n INT) RETURNS INT DETERMINISTIC LANGUAGE JAVASCRIPT"
            " USING (tongues.l AS x) AS $$ return n $$",
            "SET NAMES sjis",
            "CREATE PROCEDURE sj() SELECT HEX(_sjis X'835C'), 'plain'",
        ),
        ("SHOW CREATE LIBRARY tongues.l", "SHOW CREATE FUNCTION tongues.js", "CALL tongues.sj()"),
    ),
    "what was left by another image": Situation(
        (
            "INSERT INTO mysql.plugin VALUES ('gone_plugin', 'gone_plugin.so')",
            "INSERT INTO mysql.func VALUES ('gone_function', 2, 'gone_function.so', 'function')",
            "INSERT INTO mysql.component VALUES (99, 99, 'file://component_gone')",
        ),
        ("SELECT COUNT(*) FROM mysql.user",),
        left_out=(
            "plugin gone_plugin",
            "loadable function gone_function",
            "component file://component_gone",
        ),
    ),
}
