"""Dump files: what is written is read again, and what was cut off is no dump."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from mysql_operator.agent.dump import mysqldump_files, sqlfile
from mysql_operator.agent.dump.sqlfile import Entry, Head, Writer
from mysql_operator.agent.sql.sql_errors import SQLError
from tests.support.sinks import Memory

ENTRIES = [
    Entry(Head("table", "shop", "t`1\n"), (b"USE `shop`", b"CREATE TABLE `t` (id INT)")),
    Entry(Head(sqlfile.ROWS, "shop", "t", 2), (b"INSERT INTO t VALUES ('a;\n-- {\"kind\": 1}')",)),
    Entry(Head("routine", "shop", "p"), (b"CREATE PROCEDURE p() BEGIN DO 1; DO 2; END",)),
    Entry(Head("view", "shop", "v"), (b"\xff\x00 CREATE",)),
]


def a_file() -> bytes:
    sink = Memory()
    writer = Writer(sink, instance="shop", server_version="9.7.4")
    for entry in ENTRIES:
        writer.write(entry.head, entry.statements)
    writer.end()
    return sink.getvalue()


def read(content: bytes) -> list[Entry]:
    source = io.BytesIO(content)
    assert sqlfile.is_framed(source.readline())
    return list(sqlfile.entries(source))


def test_what_was_written_is_read() -> None:
    assert read(a_file()) == ENTRIES


def test_the_first_line_says_from_which_server_it_is() -> None:
    first = io.BytesIO(a_file()).readline()

    assert sqlfile.server_version(first) == "9.7.4"
    assert sqlfile.server_version(b"-- MySQL dump 10.13\n") == ""


def test_a_client_gets_a_delimiter_that_no_statement_holds() -> None:
    lines = a_file().splitlines()

    delimiter = next(line for line in lines if line.startswith(b"DELIMITER //")).split()[1]
    assert lines.count(b"CREATE PROCEDURE p() BEGIN DO 1; DO 2; END" + delimiter) == 1
    assert b"DELIMITER ;" in lines


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text[: text.rindex(b'-- {"kind": "end"')],
        # Rows that look like the next entry: nobody can tell where the edited statement ends.
        lambda text: text.replace(b"INSERT INTO t", b"INSERT INTO tt"),
        lambda text: b"".join(text.partition(b'-- {"kind": "view"')[::2]),
        lambda text: text[: text.index(b"\n") + 1],
    ],
)
def test_a_file_that_was_cut_off_or_cannot_be_told_apart_is_refused(
    damage: Callable[[bytes], bytes],
) -> None:
    with pytest.raises(SQLError) as raised:
        read(damage(a_file()))

    assert raised.value.reason == sqlfile.INCOMPLETE


@pytest.mark.parametrize("instead", [b"q", b"p", b"a_longer_name", b""])
def test_a_statement_that_somebody_has_edited_ends_where_its_delimiter_does(instead: bytes) -> None:
    text = a_file().replace(b"PROCEDURE p", b"PROCEDURE " + instead)
    text = text.replace(b"CREATE TABLE `t` (id INT)", b"CREATE TABLE `t`\n(id INT" + instead + b")")

    read_back = read(text)

    assert [entry.head for entry in read_back] == [entry.head for entry in ENTRIES]
    assert read_back[0].statements[1] == b"CREATE TABLE `t`\n(id INT" + instead + b")"
    assert read_back[2].statements == (
        b"CREATE PROCEDURE " + instead + b"() BEGIN DO 1; DO 2; END",
    )
    assert read_back[3] == ENTRIES[3]


def test_edited_rows_end_before_the_next_entry() -> None:
    sink = Memory()
    writer = Writer(sink, instance="shop", server_version="9.7.4")
    writer.write(Head(sqlfile.ROWS, "shop", "t", 2), (b"INSERT INTO t VALUES ('a;\nb'),\n('c')",))
    writer.end()

    (entry,) = read(sink.getvalue().replace(b"'c'", b"'something else'"))

    assert entry.statements == (b"INSERT INTO t VALUES ('a;\nb'),\n('something else')",)


DUMPED = rb"""-- MySQL dump
/*!40101 SET NAMES utf8mb4 */;
INSERT INTO `t` VALUES (1,'a;
b'),(2,'it\'s; -- no'),(3,'\\');
CREATE TABLE `a;
b` (
  `x` int COMMENT 'it''s; /* ' /* a ; comment
  over lines ;
  */
);
DELIMITER ;;
CREATE PROCEDURE p() BEGIN SELECT ';'; -- isn't it;
END ;;
DELIMITER ;
UNLOCK TABLES;
-- Dump completed on 2026-11-26
"""


def test_statements_of_mysqldump_end_where_it_ended_them() -> None:
    found = list(mysqldump_files.statements(io.BytesIO(DUMPED)))

    assert [statement.split()[0] for statement in found] == [
        b"/*!40101", b"INSERT", b"CREATE", b"CREATE", b"UNLOCK",
    ]  # fmt: skip
    assert found[1].endswith(rb"(3,'\\')")
    assert found[2].endswith(b")")
    assert found[3].endswith(b"it;\nEND ")


@pytest.mark.parametrize("lines", [1, 3, 9, 13])
def test_a_file_of_mysqldump_that_was_cut_off_is_refused(lines: int) -> None:
    content = b"\n".join(DUMPED.split(b"\n")[:lines]) + b"\n"

    with pytest.raises(SQLError):
        list(mysqldump_files.statements(io.BytesIO(content)))


def test_a_file_of_mysqldump_says_in_its_comments_from_which_server_it_is() -> None:
    top = b"-- MySQL dump 10.13\n--\n-- Server version\t5.7.44-log\n"
    source = io.BytesIO(top + b"/*!40101 SET NAMES utf8 */;\nSELECT 1;\n-- Dump completed\n")

    version, line = mysqldump_files.head(source)

    assert version == "5.7.44-log"
    assert list(mysqldump_files.statements(source, line)) == [
        b"/*!40101 SET NAMES utf8 */",
        b"SELECT 1",
    ]


def test_rows_with_every_kind_of_quote_end_where_they_end() -> None:
    rows = b"INSERT INTO `t` VALUES (1,'it\\'s','a\\\\','\"','x;'),(2,'''',NULL,'`','-- ');\n"
    over_two_lines = b"INSERT INTO `t` VALUES (1,'open;\n closed');\n"
    source = io.BytesIO(rows + over_two_lines + b"-- Dump completed\n")

    assert list(mysqldump_files.statements(source)) == [rows[:-2], over_two_lines[:-2]]
