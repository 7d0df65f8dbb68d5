"""Everything of the users on one server: definitions, grants, rows by number and value.

Two holdings are equal when every definition is the same text under
the same settings, every account has the same rows in the grant tables, and every table has the same
number of rows with the same values.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mysql_operator.agent import accounts, catalog, definitions, server_objects, wire
from mysql_operator.agent import literals as literal_forms
from mysql_operator.agent.accounts import GrantRow
from mysql_operator.agent.catalog import Table
from mysql_operator.agent.definitions import Definition, Kind, Report, Unreadable
from mysql_operator.agent.literals import Shape
from mysql_operator.agent.sessions import Session, Version

OFFSETS_SINCE = Version(8, 0, 19)
_SUM = 1 << 64


@dataclass(frozen=True)
class Contents:
    """The rows of a table: how many, and a sum over their values that no order changes."""

    rows: int = 0
    digest: int = 0

    def with_row(self, written: bytes, derived: bytes) -> Contents:
        """Count one more."""
        return Contents(self.rows + 1, (self.digest + row_digest(written, derived)) % _SUM)


def row_digest(written: bytes, derived: bytes) -> int:
    """A number for the values of a row, by the literals that bring them back."""
    return zlib.crc32(derived, zlib.crc32(written))


@dataclass
class Holdings:
    """Everything of the users on one server."""

    server_version: str
    definitions: dict[tuple[Kind, str, str], Definition] = field(default_factory=dict)
    grants: Mapping[str, tuple[GrantRow, ...]] = field(default_factory=dict)
    tables: dict[tuple[str, str], Contents] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)

    def add(self, definition: Definition) -> None:
        """Note a definition."""
        self.definitions[definition.kind, definition.schema, definition.name] = definition


def shape_of(session: Session, table: Table) -> Shape:
    """How the rows of a table are read."""
    longest = int(session.value("SELECT @@SESSION.max_allowed_packet"))
    return literal_forms.shape(
        catalog.columns(session, table),
        longest_packet=longest,
        offsets=session.version >= OFFSETS_SINCE,
    )


def all_definitions(session: Session, report: Report) -> Iterator[Definition]:
    """Every definition of the users, in the order in which a restore needs them."""
    session.run("SET SESSION character_set_results = NULL")
    yield from server_objects.before_rows(session)
    yield from definitions.of_tables(session, report)
    yield from accounts.definitions(session, report)
    yield from definitions.of_code(session, report)
    yield from server_objects.after_rows(session)


def contents_of(session: Session, table: Table) -> Contents:
    """Read all rows of a table and add them up."""
    if not table.has_rows:
        return Contents()
    session.run("SET SESSION character_set_results = NULL")
    shape = shape_of(session, table)
    rows, digest = 0, 0
    for row in wire.rows(session, f"SELECT {shape.select_list} FROM {table.path}"):
        rows += 1
        digest += row_digest(*shape.literals(row))
    return Contents(rows, digest % _SUM)


def of(session: Session) -> Holdings:
    """Take the holdings of a server, rows included, over one session."""
    held = Holdings(str(session.version))
    for definition in all_definitions(session, held.unreadable.append):
        held.add(definition)
    held.grants = accounts.from_grant_tables(session)
    for table in catalog.tables(session):
        held.tables[table.schema, table.name] = contents_of(session, table)
    return held
