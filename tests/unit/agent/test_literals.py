"""How values are written so that they come back bit for bit."""

from __future__ import annotations

import pytest

from mysql_operator.agent.dump import literals
from mysql_operator.agent.dump.literals import Column, Shape
from mysql_operator.agent.sql import quoting


def shape(*columns: Column, longest_packet: int = 1 << 26, offsets: bool = True) -> Shape:
    return literals.shape(columns, longest_packet=longest_packet, offsets=offsets)


ID = Column("id", "int")
NOTE = Column("note", "varchar", charset="utf8mb4", octets=400)
PHOTO = Column("photo", "longblob", octets=(1 << 32) - 1)


def test_short_columns_are_written_by_the_server_in_one_go() -> None:
    parts = shape(ID, NOTE, Column("at", "datetime")).parts

    assert len(parts) == 1
    assert parts[0].render is None


def test_what_may_be_longer_than_a_packet_comes_as_it_is() -> None:
    found = shape(ID, PHOTO, NOTE)

    assert len(found.parts) == 3
    assert found.literals([b"1", b"\0\xff", b"'x'"]) == (b"1,X'00FF','x'", b"")


def test_a_server_that_takes_small_packets_gets_short_parts() -> None:
    found = shape(ID, NOTE, longest_packet=1024)

    assert [part.render is None for part in found.parts] == [True, False]
    assert found.literals([b"1", b"it's\r\n"]) == (b"1,'it\\'s\\r\n'", b"")


def test_a_long_column_whose_values_are_short_is_written_by_the_server_too() -> None:
    doc = Column("doc", "json", octets=700, is_measured=True)
    photo = Column("photo", "longblob", octets=1 << 10, is_measured=True)

    found = shape(ID, doc, photo)

    assert found.is_whole
    assert not shape(ID, Column("doc", "json", octets=700)).is_whole


def test_text_of_a_charset_that_utf8_cannot_hold_for_sure_is_written_in_its_own_bytes() -> None:
    column = Column("t", "longtext", charset="sjis", octets=(1 << 32) - 1)

    assert shape(column).literals([b"\x83\x5c"]) == (b"_sjis X'835C'", b"")


def test_generated_columns_are_compared_but_not_inserted() -> None:
    stored = Column("day", "date", generated=True)
    virtual = Column("hour", "int", generated=True, virtual=True)

    found = shape(ID, virtual, stored)

    assert found.columns == ("id",)
    assert found.literals([b"1", b"'2026-03-01'"]) == (b"1", b"'2026-03-01'")


def test_a_table_without_a_stored_column_still_has_rows() -> None:
    found = shape(Column("one", "int", generated=True, virtual=True))

    assert found.select_list == "''"
    assert found.literals([b""]) == (b"", b"")


def test_null_is_null() -> None:
    assert shape(PHOTO).literals([None]) == (b"NULL", b"")


@pytest.mark.parametrize(("offsets", "written"), [(True, "+00:00"), (False, None)])
def test_timestamps_name_their_offset_where_the_server_takes_one(
    offsets: bool, written: str | None
) -> None:
    expression = shape(Column("ts", "timestamp"), offsets=offsets).parts[0].expression

    assert ("+00:00" in expression) is (written is not None)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (b"plain", b"'plain'"),
        (b"a'b\\c", b"'a\\'b\\\\c'"),
        (b"\0\x1a\r\n", b"'\\0\\Z\\r\n'"),
        ("é😀".encode(), "'é😀'".encode()),
        (b"\\'", b"'\\\\\\''"),
    ],
)
def test_a_string_is_quoted_so_that_it_ends_where_it_ends(value: bytes, written: bytes) -> None:
    assert quoting.literal(value) == written


def test_a_name_with_backticks_stays_one_name() -> None:
    assert quoting.name("a`b", "c$$\n; d") == "`a``b`.`c$$\n; d`"
