"""Takes indexes out of a table's definition, to be made when its rows are in. Pure.

An index is made of sorted rows in a fraction of the time that it takes to grow it row by row. Only
plain indexes move, and none that AUTO_INCREMENT or either end of a foreign key needs; nothing moves
behind an index that stays, since their order is part of the definition. A name may hold anything,
so whoever runs the shorter definition falls back to the whole one where the server refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

Column = tuple[bytes, bytes]
"""A table's name and a column's, as they are quoted."""

_NAME = rb"`(?:[^`]|``)+`"
_PART = rb"%s(?:\(\d+\))?(?: DESC)?" % _NAME
_MOVABLE = re.compile(
    rb"  KEY %s \((%s)(?:,%s)*\)(?: USING (?:BTREE|HASH))?,?" % (_NAME, _PART, _PART)
)
_FIRST_NAME = re.compile(_NAME)
_TABLE = re.compile(rb"CREATE TABLE (%s) \(" % _NAME)
_COUNTER = re.compile(rb"  (%s) .* AUTO_INCREMENT\b.*" % _NAME)
_FOREIGN_KEY = re.compile(
    rb" FOREIGN KEY \((%s).*?\) REFERENCES (?:%s\.)?(%s) \((%s)" % (_NAME, _NAME, _NAME, _NAME)
)
_FIXED = b" SECONDARY_ENGINE="
"""An option of tables that no ALTER TABLE changes any more."""
_ORDERED = (b"  KEY ", b"  SPATIAL KEY ")
"""How the lines begin of indexes that keep the order in which they were made."""


class Split(NamedTuple):
    """A definition without some of its indexes, and what is to be added to the table for these."""

    create: bytes
    added: bytes


def needed(creates: Iterable[bytes]) -> frozenset[Column]:
    """Columns whose index the server must have from the beginning."""
    found: set[Column] = set()
    for create in creates:
        table = _table_of(create)
        found.update((table, match[1]) for match in _COUNTER.finditer(create))
        for match in _FOREIGN_KEY.finditer(create):
            found.update({(table, match[1]), (match[2], match[3])})
    return frozenset(found)


def split(create: bytes, needed: frozenset[Column]) -> Split | None:
    """Take out the indexes that may come later; None where there are none."""
    lines = create.split(b"\n")
    end = next((n for n, line in enumerate(lines) if line.startswith(b") ENGINE=InnoDB")), 0)
    if _FIXED in lines[end]:
        return None
    moved = [n for n in range(end) if lines[n].startswith(_ORDERED)]
    table = _table_of(create)
    for position, number in reversed(list(enumerate(moved))):
        if not _may_move(lines[number], table, needed):
            moved = moved[position + 1 :]
            break
    if not moved:
        return None
    added = b", ".join(b"ADD" + lines[number][1:].rstrip(b",") for number in moved)
    kept = [line for number, line in enumerate(lines) if number not in moved]
    last = kept.index(lines[end]) - 1  # it has no comma behind it any more
    kept[last] = kept[last].rstrip(b",")
    return Split(b"\n".join(kept), added)


def _may_move(line: bytes, table: bytes, needed: frozenset[Column]) -> bool:
    match = _MOVABLE.fullmatch(line)
    column = _FIRST_NAME.match(match[1]) if match else None
    return column is not None and (table, column[0]) not in needed


def _table_of(create: bytes) -> bytes:
    match = _TABLE.match(create)
    return match[1] if match else b""
