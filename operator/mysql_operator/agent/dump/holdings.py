"""Everything of the users on one server: definitions, grants, rows by number and value.

Two holdings are equal when every definition is the same text under
the same settings, every account has the same rows in the grant tables, and every table has the same
number of rows with the same values.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from mysql_operator.agent.dump import accounts, definitions, server_objects
from mysql_operator.agent.dump import literals as literal_forms
from mysql_operator.agent.dump.accounts import GrantRow
from mysql_operator.agent.dump.definitions import Definition, Kind, Report, Unreadable
from mysql_operator.agent.dump.literals import Column, Shape
from mysql_operator.agent.sql import catalog, quoting, sql_errors, wire
from mysql_operator.agent.sql.catalog import Table
from mysql_operator.agent.sql.sessions import Session, Version
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.model.receipts import Position

_SHORT_ROW = 4096
"""Bytes. Rows that are longer are few for their size, and take no time to look at one by one."""

OFFSETS_SINCE = Version(8, 0, 19)
SUM = 1 << 64


@dataclass(frozen=True)
class Contents:
    """The rows of a table: how many, and a sum over their values that no order changes."""

    rows: int = 0
    digest: int = 0


Rows = tuple[list[bytes], int]
"""Literals of some rows, and the sum of their digests."""


@dataclass
class Holdings:
    """Everything of the users on one server."""

    server_version: str
    definitions: dict[tuple[Kind, str, str], Definition] = field(default_factory=dict)
    grants: Mapping[str, tuple[GrantRow, ...]] = field(default_factory=dict)
    tables: dict[tuple[str, str], Contents] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    position: Position | None = None
    """Where in the server's binary log this is."""

    def add(self, definition: Definition) -> None:
        """Note a definition."""
        self.definitions[definition.kind, definition.schema, definition.name] = definition


def shape_of(session: Session, table: Table) -> Shape:
    """How the rows of a table are read."""
    longest = int(session.value("SELECT @@SESSION.max_allowed_packet"))
    columns = catalog.columns(session, table)
    if table.average_row < _SHORT_ROW:
        columns = [_measured(session, table, column) for column in columns]
    return literal_forms.shape(
        columns, longest_packet=longest, offsets=session.version >= OFFSETS_SINCE
    )


def _measured(session: Session, table: Table, column: Column) -> Column:
    """Ask how long the values are of a column that may hold long ones.

    Most hold short ones, which the server writes much faster than the agent.
    """
    if column.virtual or not literal_forms.may_be_long(column):
        return column
    question = f"SELECT MAX(LENGTH({quoting.name(column.name)})) FROM {table.path}"
    return replace(column, octets=int(session.value(question) or 0), is_measured=True)


def all_definitions(session: Session, report: Report) -> Iterator[Definition]:
    """Every definition of the users, in the order in which a restore needs them."""
    session.run("SET SESSION character_set_results = NULL")
    yield from server_objects.before_rows(session)
    yield from definitions.of_tables(session, report)
    yield from accounts.definitions(session, report)
    yield from definitions.of_code(session, report)
    yield from server_objects.after_rows(session)


def has_rows(session: Session, table: Table) -> bool:
    """Whether the server keeps rows of a table, and nobody has discarded its tablespace."""
    if not table.has_rows:
        return False
    try:
        session.rows(f"SELECT 1 FROM {table.path} LIMIT 1")
    except SQLError as error:
        if error.code != sql_errors.NO_TABLESPACE:
            raise
        return False
    return True


def rows_of(session: Session, table: Table, shape: Shape) -> Iterator[Rows]:
    """Read a table, some rows at a time."""
    statement = f"SELECT {shape.select_list} FROM {table.path}"
    if shape.is_whole:
        for rows in wire.values(session, statement):
            yield rows, sum(map(zlib.crc32, rows))
        return
    for row in wire.rows(session, statement):
        written, derived = shape.literals(row)
        yield [written], zlib.crc32(derived, zlib.crc32(written))


def contents_of(session: Session, table: Table) -> Contents:
    """Read all rows of a table and add them up."""
    if not has_rows(session, table):
        return Contents()
    session.run("SET SESSION character_set_results = NULL")
    count, digest = 0, 0
    for rows, digests in rows_of(session, table, shape_of(session, table)):
        count += len(rows)
        digest += digests
    return Contents(count, digest % SUM)


def of(session: Session) -> Holdings:
    """Take the holdings of a server, rows included, over one session."""
    held = Holdings(str(session.version))
    for definition in all_definitions(session, held.unreadable.append):
        held.add(definition)
    held.grants = accounts.from_grant_tables(session)
    for table in catalog.tables(session):
        held.tables[table.schema, table.name] = contents_of(session, table)
    return held
