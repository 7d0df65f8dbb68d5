"""The Dump method: everything of the users as one SQL file, of one moment.

The agent writes the file itself, without mysqldump: values come back bit for bit (mysqldump rounds
FLOAT), each thing stands by itself, several connections read side by side, and the same pass counts
and sums the rows. Memory is bounded by one INSERT and one row per connection.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from mysql_operator.agent.dump import accounts, definitions, holdings, sqlfile
from mysql_operator.agent.dump.definitions import Definition, Kind
from mysql_operator.agent.dump.holdings import Contents, Holdings
from mysql_operator.agent.dump.literals import Shape
from mysql_operator.agent.dump.sqlfile import Head, Sink, Writer
from mysql_operator.agent.sql import catalog, quoting, snapshots, sql_errors
from mysql_operator.agent.sql.catalog import Table
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.snapshots import Connect, Snapshots
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.errors import OperatorError

_COMPUTING = ("div_precision_increment", "default_week_format", "lc_time_names")
"""Settings that change what an expression is, beside modes and time zone."""
LONGEST_INSERT = 1 << 20
# Some servers take no more than this in one packet, and a row that is longer goes alone.
_ROOM = 1 << 14
_BETWEEN = len("),\n(")
WRITERS_WAIT_SECONDS = 30.0
"""How long a store may take nothing while writers of the server wait for it."""

_LOOK_SECONDS = 1.0
_WAKE_SECONDS = 0.1


@dataclass(frozen=True)
class Plan:
    """What a dump is of."""

    instance: str
    fenced: bool
    """Nobody can write: the final backup. Otherwise writers are held up for an instant."""
    connections: int = 2


def dump(connect: Connect, sink: Sink, plan: Plan) -> Holdings:
    """Write everything of the users into the sink; returns what that is.

    Raises:
        SQLError: the server refused a statement, or went away.
    """
    with snapshots.of_one_moment(connect, count=plan.connections, fenced=plan.fenced) as moment:
        first = moment.sessions[0]
        if moment.definitions_are_held and all(
            table.is_transactional for table in catalog.tables(first)
        ):
            moment.let_writers_go_on()
        held = Holdings(str(first.version), position=moment.position)
        for definition in holdings.all_definitions(first, held.unreadable.append):
            held.add(definition)
        held.grants = accounts.from_grant_tables(first)
        writer = Writer(sink, instance=plan.instance, server_version=held.server_version)
        _write(writer, held, before_rows=True)
        _write_rows(moment, writer, held, is_fenced=plan.fenced)
        _write(writer, held, before_rows=False)
        writer.end()
    return held


def _write(writer: Writer, held: Holdings, *, before_rows: bool) -> None:
    for definition in held.definitions.values():
        if definition.kind.comes_before_rows is before_rows:
            writer.write(_head(definition), definition.statements)


def _head(definition: Definition) -> Head:
    return Head(definition.kind.value, definition.schema, definition.name)


def _write_rows(moment: Snapshots, writer: Writer, held: Holdings, *, is_fenced: bool) -> None:
    """First what only the lock keeps still; then writers go on."""
    tables = catalog.tables(moment.sessions[0])
    _require_definitions(tables, held)
    writer.write(Head(sqlfile.SESSION), _session_settings(moment.sessions[0]))
    held_up = [table for table in tables if not table.is_transactional]
    _in_turn(moment, writer, held, held_up, math.inf if is_fenced else WRITERS_WAIT_SECONDS)
    moment.let_writers_go_on()
    _in_turn(moment, writer, held, [table for table in tables if table.is_transactional])


def _require_definitions(tables: Sequence[Table], held: Holdings) -> None:
    """Rows without their table are lost."""
    for table in tables:
        if table.has_rows and (Kind.TABLE, table.schema, table.name) not in held.definitions:
            title = f"table {table.schema}.{table.name}"
            said = next((item.error for item in held.unreadable if item.title == title), "")
            raise SQLError("TableUnreadable", f"the server does not show the {title}: {said}")


def _session_settings(session: Session) -> tuple[bytes, ...]:
    """What a client has to set before it loads rows.

    Timestamps name their offset (8.0.19 and later), so the session can have the server's time zone,
    in which generated columns were computed, and what else these depend on. Modes: a zero is no
    next number, a date that the source held is a date, and so is a difference below zero.
    """
    zone = "+00:00"
    if session.version >= holdings.OFFSETS_SINCE:
        zone = str(session.value("SELECT @@GLOBAL.time_zone"))
    modes = "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_UNSIGNED_SUBTRACTION"
    computing = [
        f"SESSION {name} = {quoting.setting(value)}"
        for name in _COMPUTING
        if (value := session.variable(name)) is not None
    ]
    return (
        definitions.settings(mode=modes, zone=zone),
        f"SET {', '.join(computing)}".encode(),
        b"SET SESSION foreign_key_checks = 0",
    )


def _in_turn(
    moment: Snapshots,
    writer: Writer,
    held: Holdings,
    tables: Sequence[Table],
    patience: float = math.inf,
) -> None:
    """Give each session the next table until none is left."""
    waiting: SimpleQueue[Table] = SimpleQueue()
    for table in tables:
        waiting.put(table)
    stop = threading.Event()

    def work(session: Session) -> None:
        try:
            while not stop.is_set():
                table = waiting.get_nowait()
                contents = _write_table(session, _Until(stop, writer), table)
                held.tables[table.schema, table.name] = contents
        except Empty:
            return
        except BaseException:
            stop.set()
            raise

    at_work: list[Future[None]] = []
    with (
        ThreadPoolExecutor(len(moment.sessions)) as pool,
        _ended_on_error(at_work, stop, lambda: _keep_nobody_waiting(moment, writer)),
    ):
        for session in moment.sessions:
            at_work.append(pool.submit(work, session))
        _wait(at_work, writer, patience)


@contextmanager
def _ended_on_error(
    at_work: Sequence[Future[None]], stop: threading.Event, end: Callable[[], None]
) -> Iterator[None]:
    """End threads with this one, where alone a SIGTERM arrives."""
    try:
        yield
    except BaseException:
        stop.set()
        while wait(at_work, _WAKE_SECONDS).not_done:
            end()
        raise


def _wait(at_work: Sequence[Future[None]], writer: Writer, patience: float) -> None:
    """Wait for the threads, as long as the store takes what they write."""
    while (works := wait(at_work, _LOOK_SECONDS, FIRST_EXCEPTION)).not_done:
        for done in works.done:
            done.result()
        if writer.waits_for > patience:
            raise OperatorError(
                "StorageTooSlow",
                f"the store has taken nothing for {patience:g} s, and the server's writers waited "
                "for that: tables whose engine has no transactions are read while nobody writes. "
                "The backup is tried again; ALTER TABLE ... ENGINE=InnoDB spares writers the wait",
            )
    for done in at_work:
        done.result()


def _keep_nobody_waiting(moment: Snapshots, writer: Writer) -> None:
    """Neither for the store nor for the server."""
    moment.abandon()
    writer.abandon()


class _Until:
    """Writes until it is told to stop, in the middle of a table too."""

    def __init__(self, stop: threading.Event, writer: Writer) -> None:
        self._stop, self._writer = stop, writer

    def write(self, head: Head, statements: Sequence[bytes]) -> None:
        if self._stop.is_set():
            raise SQLError(sql_errors.SQL_FAILED, "the dump was given up")
        self._writer.write(head, statements)


def _write_table(session: Session, writer: _Until, table: Table) -> Contents:
    if not holdings.has_rows(session, table):
        return Contents()
    shape = holdings.shape_of(session, table)
    longest = int(session.value("SELECT @@SESSION.max_allowed_packet")) - _ROOM
    insert = _Insert(table, shape, min(longest, LONGEST_INSERT), writer.write)
    count, digest = 0, 0
    for rows, digests in holdings.rows_of(session, table, shape):
        count += len(rows)
        digest += digests
        insert.add(rows)
    insert.flush()
    return Contents(count, digest % holdings.SUM)


class _Insert:
    """Collects rows of a table into statements of about one length."""

    def __init__(
        self,
        table: Table,
        shape: Shape,
        longest: int,
        write: Callable[[Head, Sequence[bytes]], None],
    ) -> None:
        """Name every column: invisible ones would not be meant otherwise."""
        names = ", ".join(quoting.name(column) for column in shape.columns)
        self._start = f"INSERT INTO {table.path} ({names}) VALUES\n(".encode()
        self._table, self._longest, self._write = table, longest, write
        self._rows: list[bytes] = []
        self._size = 0

    def add(self, rows: list[bytes]) -> None:
        """Take rows; what has come together before is written when it would become too long."""
        size = sum(map(len, rows)) + _BETWEEN * len(rows)
        if self._size + size <= self._longest:
            self._rows += rows
            self._size += size
        elif len(rows) == 1:
            self.flush()
            self._rows, self._size = rows, size
        else:
            half = len(rows) // 2
            self.add(rows[:half])
            self.add(rows[half:])

    def flush(self) -> None:
        """Write what has come together."""
        if self._rows:
            head = Head(sqlfile.ROWS, self._table.schema, self._table.name, len(self._rows))
            self._write(head, (self._start + b"),\n(".join(self._rows) + b")",))
        self._rows, self._size = [], 0
