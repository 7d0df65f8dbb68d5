"""Loads a dump of ours: what rows need, the rows, then each definition by itself.

What failed is tried again as long as anything else succeeds, because one thing may need another (a
view another view, a grant a role); what is left is reported by name with the server's error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from contextlib import suppress

from mysql_operator.agent.dump import applying, late_indexes, sqlfile
from mysql_operator.agent.dump.applying import Loaded, Missing
from mysql_operator.agent.dump.definitions import Kind
from mysql_operator.agent.dump.row_loaders import RowLoaders
from mysql_operator.agent.dump.sqlfile import Entry
from mysql_operator.agent.sql import catalog, quoting, wire
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.snapshots import Connect
from mysql_operator.agent.sql.sql_errors import SQLError

Tables = Set[tuple[str, str]]

Path = tuple[str, str, str]

_INDEXES_OF = "indexes of table "

Failed = tuple[Entry, SQLError]
"""A definition that the server did not take, with what it said last."""

# When nothing else is left to try: rules that these bring would hinder the others.
_SETS_BACK = (b"ALTER DATABASE ", b"SET SESSION timestamp = DEFAULT")
"""How statements begin by which a definition sets back what it changed, in their order."""

_LAST = frozenset((Kind.READ_ONLY, Kind.COMPONENT, Kind.PERSISTED))


class EntryLoad:
    """One load of a file with entries."""

    def __init__(self, connect: Connect, session: Session, loaded: Loaded) -> None:
        """Load over these; what happens is noted in `loaded`."""
        self._connect = connect
        self._session = session
        self._loaded = loaded

    def run(self, entries: Iterator[Entry], connections: int, large: Tables) -> None:
        """Load all entries in the order of the file; those after the rows wait for all rows."""
        first, settings = _up_to_rows(entries)
        indexes = self._make_without_late_indexes(first, large)
        later: list[Entry] = []
        with self._row_loaders(settings, connections) as loaders:
            for entry in entries:
                if entry.head.kind == sqlfile.ROWS:
                    loaders.put(entry)
                else:
                    later.append(entry)
        self._loaded.lost += loaders.lost
        self._loaded.remarks += loaders.remarks
        with self._row_loaders(settings, connections) as builders:
            for index in indexes:
                builders.put(index)
        self._loaded.missing += [Missing(_INDEXES_OF + i.path, i.error) for i in builders.lost]
        failed = self._make_all([entry for entry in later if _kind(entry) not in _LAST])
        # A component may bring functions that a view needs.
        components = [entry for entry in later if _kind(entry) is Kind.COMPONENT]
        self._report(self._make_all([*components, *(entry for entry, _ in failed)]))
        last = (Kind.READ_ONLY, Kind.PERSISTED)
        self._report(self._make_all([entry for entry in later if _kind(entry) in last]))

    def _make_without_late_indexes(self, first: list[Entry], large: Tables) -> list[Entry]:
        """Make what rows need; returns what adds the indexes of large tables to them."""
        later = _late_indexes(first, large)
        failed = self._make_all([later.get(_path(entry), (entry, entry))[0] for entry in first])
        refused = {_path(entry) for entry, _ in failed}
        # A name may look like an index: then the whole definition is right.
        self._report(self._make_all([entry for entry in first if _path(entry) in refused]))
        return [index for path, (_, index) in later.items() if path not in refused]

    def _row_loaders(self, entry: Entry, connections: int) -> RowLoaders:
        side_by_side = {
            (table.schema, table.name)
            for table in catalog.tables(self._session)
            if table.is_transactional
        }
        return RowLoaders(self._connect, entry.statements, connections, side_by_side)

    def _make_all(self, entries: Sequence[Entry]) -> list[Failed]:
        """Make what can be made, again and again while that helps; returns the rest."""
        waiting = list(entries)
        while waiting:
            failed = [(entry, error) for entry in waiting if (error := self._make(entry))]
            if len(failed) == len(waiting):
                return failed
            waiting = [entry for entry, _ in failed]
        return []

    def _report(self, failed: Sequence[Failed]) -> None:
        self._loaded.missing += [
            Missing(_title(entry), error.message, error.code) for entry, error in failed
        ]

    def _make(self, entry: Entry) -> SQLError | None:
        """Run the statements of an entry; returns the error that is in the way, if one is."""
        try:
            for statement in entry.statements:
                applying.run_adapted(self._session, statement, _title(entry), self._loaded)
        except SQLError as error:
            if error.reason in applying.ENDS_THE_LOAD:
                raise
            self._undo(entry)
            return error
        return None

    def _undo(self, entry: Entry) -> None:
        """Leave no setting of a definition that failed to the next one."""
        for statement in entry.statements[1:]:
            if statement.startswith(_SETS_BACK) and entry.head.kind != Kind.SCHEMA:
                with suppress(SQLError):
                    wire.execute(self._session, statement)


def _up_to_rows(entries: Iterator[Entry]) -> tuple[list[Entry], Entry]:
    """What comes before the rows, and the settings that these need."""
    first: list[Entry] = []
    for entry in entries:
        if entry.head.kind == sqlfile.SESSION:
            return first, entry
        first.append(entry)
    raise sqlfile.incomplete()


def _late_indexes(first: Sequence[Entry], large: Tables) -> dict[Path, tuple[Entry, Entry]]:
    """Large tables without their indexes, and what adds these."""
    tables = [entry for entry in first if _kind(entry) is Kind.TABLE]
    needed = late_indexes.needed(entry.statements[-1] for entry in tables)
    found = {}
    for entry in tables:
        *before, create = entry.statements
        split = late_indexes.split(create, needed)
        if split is not None and (entry.head.schema, entry.head.name) in large:
            table = quoting.name(entry.head.schema, entry.head.name).encode()
            add = Entry(entry.head, (b"ALTER TABLE " + table + b" " + split.added,))
            found[_path(entry)] = Entry(entry.head, (*before, split.create)), add
    return found


def _path(entry: Entry) -> Path:
    return entry.head.kind, entry.head.schema, entry.head.name


def _kind(entry: Entry) -> Kind:
    return Kind(entry.head.kind)


def _title(entry: Entry) -> str:
    head = entry.head
    dotted = ".".join(part for part in (head.schema, head.name) if part)
    return f"{head.kind} {dotted}"
