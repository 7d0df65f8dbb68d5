"""What a Dump holds beside rows, each thing with the statements that make it.

The server's own SHOW CREATE is taken as it is, in the bytes and under the settings in which it was
written; what has no SHOW CREATE is written by `server_objects` and `accounts`. Dump, restore and
comparison all use this one list, so what is dumped is what is compared.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mysql_operator.agent.sql import catalog, quoting, wire
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.sql_errors import SQLError


class Kind(enum.StrEnum):
    """What a definition defines. Their order is the order of a restore."""

    TIME_ZONES = "time zones"
    SCHEMA = "schema"
    PLUGIN = "plugin"
    TABLESPACE = "tablespace"
    REFERENCE_SYSTEM = "spatial reference system"
    SERVER = "server"
    TABLE = "table"
    # Rows come between these two: nothing below keeps a row from coming back.
    LOADABLE_FUNCTION = "loadable function"
    LIBRARY = "library"
    ACCOUNT = "account"
    GRANT = "grant"
    ROUTINE = "routine"
    VIEW = "view"
    TRIGGER = "trigger"
    EVENT = "event"
    RESOURCE_GROUP = "resource group"
    HISTOGRAM = "histogram"
    READ_ONLY = "read-only schema"
    COMPONENT = "component"
    PERSISTED = "persisted variable"

    @property
    def comes_before_rows(self) -> bool:
        """Whether rows need it."""
        return list(Kind).index(self) <= list(Kind).index(Kind.TABLE)


@dataclass(frozen=True)
class Definition:
    """One thing with the statements that make it."""

    kind: Kind
    schema: str
    name: str
    create: bytes
    before: tuple[bytes, ...] = ()
    """Settings under which it was written."""
    after: tuple[bytes, ...] = ()

    @property
    def statements(self) -> tuple[bytes, ...]:
        """All that is run to make it."""
        return (*self.before, self.create, *self.after)

    @property
    def title(self) -> str:
        """What people call it."""
        dotted = f"{self.schema}.{self.name}" if self.schema else self.name
        return f"{self.kind} {dotted}"


@dataclass(frozen=True)
class Unreadable:
    """A thing that the server does not show, with its error."""

    title: str
    error: str


Report = Callable[[Unreadable], None]

# Modes that 8.0 has no more; mysqldump leaves out the first for the same reason.
_GONE_MODES = re.compile(
    r"\b(?:NO_AUTO_CREATE_USER|DB2|MAXDB|MSSQL|MYSQL323|MYSQL40|ORACLE|POSTGRESQL|"
    r"NO_FIELD_OPTIONS|NO_KEY_OPTIONS|NO_TABLE_OPTIONS)\b,?"
)

_TABLE_MODES = "ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION"
"""A default may be such a date, and no table comes back with another engine without a word."""

_ARCHIVE_COUNTER = re.compile(rb"(\n\) ENGINE=ARCHIVE) AUTO_INCREMENT=\d+")


def of_tables(session: Session, report: Report) -> Iterator[Definition]:
    """Schemas and tables."""
    for schema in catalog.schemas(session):
        yield _schema(session, schema)
    for table in catalog.tables(session):
        show, path = f"SHOW CREATE TABLE {table.path}", (table.schema, table.name)
        columns = _Columns(create=1)
        for shown in _shown(session, report, Kind.TABLE, path, show=show, columns=columns):
            yield _without_counter(shown) if table.engine == "ARCHIVE" else shown


def _without_counter(table: Definition) -> Definition:
    """Let ARCHIVE count anew: it takes no row below its counter, and gets it from the rows."""
    return replace(table, create=_ARCHIVE_COUNTER.sub(b"\\1", table.create))


def of_code(session: Session, report: Report) -> Iterator[Definition]:
    """Libraries, routines, views, triggers, events."""
    for schema, name in catalog.libraries(session):
        show = f"SHOW CREATE LIBRARY {quoting.name(schema, name)}"
        yield from _shown(
            session, report, Kind.LIBRARY, (schema, name), show=show, columns=_Columns(2, mode=1)
        )
    for schema, name, kind in catalog.routines(session):
        show = f"SHOW CREATE {kind} {quoting.name(schema, name)}"
        yield from _shown(
            session, report, Kind.ROUTINE, (schema, name), show=show,
            columns=_Columns(2, mode=1, charset=3, label=kind),
        )  # fmt: skip
    yield from _views(session, report)
    yield from _triggers_and_events(session, report)


def _views(session: Session, report: Report) -> Iterator[Definition]:
    for schema, name in catalog.views(session):
        show = f"SHOW CREATE VIEW {quoting.name(schema, name)}"
        columns = _Columns(create=1, charset=2, has_database_collation=False)
        yield from _shown(session, report, Kind.VIEW, (schema, name), show=show, columns=columns)


def _triggers_and_events(session: Session, report: Report) -> Iterator[Definition]:
    for schema, name in catalog.triggers(session):
        show = f"SHOW CREATE TRIGGER {quoting.name(schema, name)}"
        columns = _Columns(2, mode=1, charset=3)
        yield from _shown(session, report, Kind.TRIGGER, (schema, name), show=show, columns=columns)
    for schema, name in catalog.events(session):
        show = f"SHOW CREATE EVENT {quoting.name(schema, name)}"
        columns = _Columns(3, mode=1, charset=4, zone=2)
        for event in _shown(
            session, report, Kind.EVENT, (schema, name), show=show, columns=columns
        ):
            yield _at_its_time(session, event)


def _at_its_time(session: Session, event: Definition) -> Definition:
    """Make an event at the time when it was made: later its own time may have passed.

    MySQL would then leave it out without a word. Not at the time of its last change: an event
    whose time has passed can still be disabled or renamed.
    """
    time = session.value(
        "SELECT UNIX_TIMESTAMP(created) FROM information_schema.events"
        " WHERE event_schema = %s AND event_name = %s",
        event.schema,
        event.name,
    )
    before = (*event.before, f"SET SESSION timestamp = {int(time)}".encode())
    after = (b"SET SESSION timestamp = DEFAULT", *event.after)
    return replace(event, before=before, after=after)


@dataclass(frozen=True)
class _Columns:
    """Where in the answer of a SHOW CREATE things are; two collations follow the charset."""

    create: int
    mode: int | None = None
    charset: int | None = None
    zone: int | None = None
    has_database_collation: bool = True
    label: str = ""


def _shown(
    session: Session,
    report: Report,
    kind: Kind,
    path: tuple[str, str],
    *,
    show: str,
    columns: _Columns,
) -> Iterator[Definition]:
    schema, name = path
    try:
        row = wire.first(session, show)
    except SQLError as error:
        report(Unreadable(f"{columns.label or kind} {schema}.{name}", error.message))
        return
    create = row[columns.create]
    if create is None:  # the server shows NULL to those who may not see a body
        report(Unreadable(f"{kind} {schema}.{name}", "the server does not show its definition"))
        return
    settings = _settings(row, columns)
    collation = _database_collation(session, schema, row, columns)
    before, after = _in_schema(schema, collation)
    title = f"{columns.label} {name}" if columns.label else name
    yield Definition(kind, schema, title, create, (*before, settings), after)


def _settings(row: wire.Row, columns: _Columns) -> bytes:
    """The settings under which a definition means what it meant."""
    charset, collation = "utf8mb4", "utf8mb4_general_ci"
    if columns.charset is not None:
        charset, collation = _text(row, columns.charset), _text(row, columns.charset + 1)
    mode = _TABLE_MODES if columns.mode is None else _text(row, columns.mode)
    zone = "+00:00" if columns.zone is None else _text(row, columns.zone)
    return settings(mode=mode, zone=zone, charset=charset, collation=collation)


def settings(
    *,
    mode: str = "",
    zone: str = "+00:00",
    charset: str = "utf8mb4",
    collation: str = "utf8mb4_general_ci",
) -> bytes:
    """Write the statement that sets all that the meaning of a definition depends on."""
    values = {
        "sql_mode": _GONE_MODES.sub("", mode).rstrip(","),
        "time_zone": zone,
        "character_set_client": charset,
        "collation_connection": collation,
    }
    written = ", ".join(f"SESSION {name} = {quoting.text(value)}" for name, value in values.items())
    return f"SET {written}".encode()


def _text(row: wire.Row, column: int) -> str:
    return (row[column] or b"").decode()


def _in_schema(schema: str, collation: str | None) -> tuple[list[bytes], tuple[bytes, ...]]:
    """Go into the schema, which for a while gets back the collation that it had then."""
    path = quoting.name(schema)
    use = [f"USE {path}".encode()]
    if collation is None:
        return use, ()
    then, now = collation.split("/")
    change = f"ALTER DATABASE {path} COLLATE "
    return [*use, (change + quoting.text(then)).encode()], ((change + quoting.text(now)).encode(),)


def _database_collation(
    session: Session, schema: str, row: wire.Row, columns: _Columns
) -> str | None:
    """The schema's collation when a program was written, and now, where these differ."""
    if columns.charset is None or not columns.has_database_collation:
        return None
    then = _text(row, columns.charset + 2)
    now = session.value(
        "SELECT default_collation_name FROM information_schema.schemata WHERE schema_name = %s",
        schema,
    )
    return None if not then or then == now or schema in catalog.SERVER_SCHEMAS else f"{then}/{now}"


def _schema(session: Session, schema: str) -> Definition:
    charset, collation = session.rows(
        "SELECT default_character_set_name, default_collation_name"
        " FROM information_schema.schemata WHERE schema_name = %s",
        schema,
    )[0]
    path = quoting.name(schema)
    encryption = _schema_encryption(session, schema)
    alter = f"ALTER DATABASE {path} CHARACTER SET {charset} COLLATE {collation}{encryption}"
    # A restore into a new instance finds the schema of spec.database already there.
    there = f"CREATE DATABASE IF NOT EXISTS {path}".encode()
    return Definition(Kind.SCHEMA, schema, "", alter.encode(), (settings(), there))


def _schema_encryption(session: Session, schema: str) -> str:
    if session.version < (8, 0, 16):
        return ""
    encrypted = session.value(
        "SELECT default_encryption FROM information_schema.schemata WHERE schema_name = %s", schema
    )
    return " ENCRYPTION 'Y'" if encrypted == "YES" else ""
