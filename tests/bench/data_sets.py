"""What the benchmark of backups fills a server with: two kinds of data, the same for every run.

How long `mysqldump | gzip` takes depends on the rows more than on anything else, so one set alone
would be an arbitrary yardstick: words that repeat go through gzip several times as fast as digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_NUMBERS = """
SET SESSION cte_max_recursion_depth = 100000000;
CREATE TABLE seq (n INT PRIMARY KEY);
INSERT INTO seq WITH RECURSIVE s AS
  (SELECT 1 AS n UNION ALL SELECT n + 1 FROM s WHERE n < ROWS) SELECT n FROM s
"""

# Half of the data is in one table, as in most databases.
_SHOP_TABLES = """
CREATE TABLE orders (
  id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, customer INT UNSIGNED NOT NULL,
  state ENUM('new', 'paid', 'sent', 'done') NOT NULL, total DECIMAL(12,2) NOT NULL,
  placed DATETIME NOT NULL, reference CHAR(32) NOT NULL, note VARCHAR(255), details JSON,
  KEY by_customer (customer), KEY by_time (placed), UNIQUE KEY by_reference (reference));
CREATE TABLE customers (
  id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, name VARCHAR(80) NOT NULL, mail VARCHAR(120),
  address VARCHAR(200), born DATE, UNIQUE KEY by_mail (mail), KEY by_name (name));
CREATE TABLE lines_of_orders (
  order_id BIGINT UNSIGNED, line INT, article INT, amount INT, price DECIMAL(10,2),
  text VARCHAR(120), PRIMARY KEY (order_id, line), KEY by_article (article));
CREATE TABLE visits (
  id BIGINT AUTO_INCREMENT PRIMARY KEY, at DATETIME(3), path VARCHAR(200), agent VARCHAR(200),
  KEY by_time (at));
"""
_SHOP_ROWS = (
    "INSERT INTO orders SELECT n, 1 + n * 7919 % 400000, 1 + n % 4, n % 100000 / 7,"
    " '2020-01-01' + INTERVAL n * 31 SECOND, WORD(n), CONCAT('Please ring twice, ', WORD(n + 1)),"
    " JSON_OBJECT('gift', n % 2 = 0, 'weight', n % 900 / 10, 'tags', JSON_ARRAY(WORD(n + 2)))"
    " FROM seq",
    "INSERT INTO customers SELECT n, CONCAT('Zoë ', WORD(n)), CONCAT(WORD(n + 1), '@example.com'),"
    " CONCAT(n % 400, ' Long Street, ', WORD(n + 2), ', Springfield'),"
    " '1950-01-01' + INTERVAL n % 20000 DAY FROM seq WHERE n % 4 = 0",
    "INSERT INTO lines_of_orders SELECT n DIV 3, n % 3, n * 104729 % 50000, n % 9, n % 5000 / 3,"
    " CONCAT('article ', WORD(n), ' in blue') FROM seq WHERE n % 8 < 5",
    "INSERT INTO visits SELECT n, '2024-01-01' + INTERVAL n SECOND, CONCAT('/shop/', WORD(n), '/',"
    " n % 1000), CONCAT('Mozilla/5.0 (X11; Linux x86_64) ', WORD(n + 1)) FROM seq WHERE n % 8 < 3",
)

_DIGITS_TABLE = """
CREATE TABLE NAME (id INT NOT NULL AUTO_INCREMENT, k INT NOT NULL DEFAULT 0,
  c CHAR(120) NOT NULL DEFAULT '', pad CHAR(60) NOT NULL DEFAULT '', PRIMARY KEY (id), KEY by_k (k))
"""
_DIGITS_ROWS = (
    "INSERT INTO NAME SELECT n DIV 4 + 1, CRC32(n) % ROWS, LONG, SHORT FROM seq WHERE n % 4 = PART"
)


@dataclass(frozen=True)
class DataSet:
    """A set of tables, and how many of its numbers make a megabyte of them."""

    title: str
    per_megabyte: int
    _statements: Callable[[int], Iterator[str]]

    def statements(self, megabytes: int) -> Iterator[str]:
        """What fills the current schema with about so many megabytes of tables."""
        count = megabytes * self.per_megabyte
        yield _NUMBERS.replace("ROWS", str(count))
        yield from self._statements(count)
        yield "DROP TABLE seq"


def _shop(_: int) -> Iterator[str]:
    yield _SHOP_TABLES
    for statement in _SHOP_ROWS:
        yield re.sub(r"WORD\((.*?)\)", r"LEFT(SHA2(\1, 224), 32)", statement)


def _digits(count: int) -> Iterator[str]:
    words = {"ROWS": str(count), "LONG": _groups("c", 10), "SHORT": _groups("p", 5)}
    for part in range(4):
        name = {"NAME": f"sbtest{part + 1}"}
        yield _filled(_DIGITS_TABLE, name)
        yield _filled(_DIGITS_ROWS, words | name | {"PART": str(part)})


def _filled(statement: str, words: dict[str, str]) -> str:
    return re.sub("|".join(words), lambda word: words[word[0]], statement)


def _groups(salt: str, count: int) -> str:
    """Groups of eleven random digits, with a dash between two."""
    digest = f"SHA2(CONCAT('{salt}', n), 512)"
    groups = (
        f"LPAD(CONV(SUBSTR({digest}, {1 + 12 * place}, 12), 16, 10) % 100000000000, 11, '0')"
        for place in range(count)
    )
    return f"CONCAT_WS('-', {', '.join(groups)})"


DATA_SETS = (
    DataSet("a shop: words, times, numbers, JSON; eight indexes", 1400, _shop),
    DataSet("as sysbench has them: random digits in CHAR(120) and CHAR(60)", 4200, _digits),
)
