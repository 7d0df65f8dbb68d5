"""Restore a Dump backup: load the file into the instance, and compare that with its receipt.

Files of this agent, of the releases that took backups by mysqldump, and dumps that a person has
put on the volume. Lost rows are a failure; a definition that the server refuses is named.
"""

from __future__ import annotations

import itertools
import logging
import os
from dataclasses import dataclass

from mysql_operator import names
from mysql_operator.agent import past_events
from mysql_operator.agent.dump import load_settings, loading, sqlfile, unlogged
from mysql_operator.agent.dump.applying import Loaded
from mysql_operator.agent.sql import catalog, inventory, sql_errors
from mysql_operator.agent.sql.sessions import Door, Session
from mysql_operator.agent.sql.snapshots import Connect
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.agent.store import streams
from mysql_operator.agent.store.stored_files import StoredFile
from mysql_operator.agent.store.streams import Packed, Progress
from mysql_operator.errors import OperatorError
from mysql_operator.model.receipts import Receipt, TableRows

logger = logging.getLogger(__name__)

DAMAGED = (streams.DAMAGED, sqlfile.INCOMPLETE)
"""Reasons of a file that is not what its writer wrote."""

LOCKS = tuple(f"mysql_operator.load{number}" for number in ("", 1, 2, 3, 4))
"""Locks of sessions that load: a killed client leaves its last statement at work in the server."""

_CONNECTIONS = min(len(LOCKS) - 1, max(2, os.cpu_count() or 1))


@dataclass(frozen=True)
class DumpFile:
    """A dump in the store. A file that a person has put there has no receipt."""

    file: StoredFile
    receipt: Receipt | None

    @property
    def packed(self) -> Packed | None:
        """What the receipt says of the file."""
        return Packed(self.receipt.size, self.receipt.sha256) if self.receipt else None

    @property
    def large_tables(self) -> set[tuple[str, str]]:
        """Tables with many rows, by the receipt."""
        contents = self.receipt.contents if self.receipt else []
        return {(row.schema_name, row.table) for row in contents if row.rows >= loading.LARGE}

    def check(self) -> None:
        """Make sure that the file is complete, before anything is touched.

        Raises:
            OperatorError: ChecksumMismatch, DumpIncomplete.
        """
        if self.packed is not None:
            streams.compare(streams.checksum(self.file), self.packed)
            return
        with streams.reading(self.file, None) as stream:
            loading.check(stream)


@dataclass(frozen=True)
class Restored:
    """What came back."""

    contents: list[TableRows]
    missing: list[str]


def load(door: Door, dump: DumpFile, *, kept_settings: str, progress: Progress) -> Restored:
    """Load a dump into an instance that holds nothing of the users.

    Raises:
        OperatorError: RestoreIncomplete, LoadFailed, DiskFull; run again, the restore starts over.
    """
    logger.info("Loading %s.", dump.file.name)
    connect = _loaders(door)
    try:
        with connect() as session, load_settings.in_force(session, kept_settings):
            with (
                unlogged.without_redo_log(session),
                streams.reading(dump.file, dump.packed, progress) as stream,
            ):
                loaded = loading.load(
                    connect, stream, connections=_CONNECTIONS, large=dump.large_tables
                )
            _refuse_lost_rows(dump, loaded)
            loaded.remarks += past_events.disable(session)
            contents, differing = compared(session, dump.receipt, loaded)
            if differing:
                raise _incomplete(dump, differing[0], others=len(differing) - 1)
            missing = [str(item) for item in (*loaded.missing, *loaded.remarks)]
            missing += _fewer_objects(session, dump, loaded)
    except SQLError as error:
        raise _failure(dump, error) from error
    for line in missing:
        logger.warning("Not as in the backup: %s", line)
    return Restored(contents, missing)


def _loaders(door: Door) -> Connect:
    """Connect sessions of which each holds a lock until its last statement has ended."""
    locks = itertools.cycle(LOCKS)

    def connect() -> Session:
        session = door.connect()
        session.run("DO GET_LOCK(%s, 0)", next(locks))
        return session

    return connect


def _refuse_lost_rows(dump: DumpFile, loaded: Loaded) -> None:
    for lost in loaded.lost:
        logger.error("%s", lost)
    found = lost_rows(loaded)
    if found:
        raise _incomplete(dump, found[0], others=len(found) - 1)


def lost_rows(loaded: Loaded) -> list[str]:
    """Name the tables of which rows did not come back, each with why where the server said it."""
    whys = {item.title: str(item) for item in loaded.missing}
    titles = {lost.title: str(lost) for lost in loaded.lost}
    return [whys.get(title, said) for title, said in titles.items()]


def compared(
    session: Session, receipt: Receipt | None, loaded: Loaded
) -> tuple[list[TableRows], list[str]]:
    """Count the rows of all tables; returns these, and what is not as the receipt says.

    A table without rows that the server refused is named as missing, and no more.
    """
    tables = catalog.tables(session)
    found = [inventory.counted(session, it.schema, it.name) for it in tables if it.has_rows]
    if receipt is None:
        return found, []
    missing = {item.title for item in loaded.missing}
    folds = session.variable("lower_case_table_names") != "0"
    rows = {_path(row, folds=folds): row.rows for row in found}
    rows |= {(table.schema, table.name): 0 for table in tables if not table.has_rows}
    return receipt.contents, [
        f"the table {row.schema_name}.{row.table} has {rows.get(_path(row, folds=folds), 'no')} "
        f"rows, and the receipt says {row.rows}"
        for row in receipt.contents
        if rows.get(_path(row, folds=folds), 0 if _title(row) in missing else None) != row.rows
    ]


def _title(row: TableRows) -> str:
    return f"table {row.schema_name}.{row.table}"


def _path(row: TableRows, *, folds: bool) -> tuple[str, str]:
    path = (row.schema_name, row.table)
    return (path[0].lower(), path[1].lower()) if folds else path


def _fewer_objects(session: Session, dump: DumpFile, loaded: Loaded) -> list[str]:
    """Name what is not there although nothing was refused."""
    if dump.receipt is None or loaded.missing:
        return []
    expected, found = dump.receipt.objects, inventory.objects(session)
    return [
        f"{kind}: {getattr(found, kind)} are there, and the receipt counts {number}"
        for kind, number in expected
        if number != getattr(found, kind)
    ]


def _incomplete(dump: DumpFile, first: str, *, others: int) -> OperatorError:
    more = f" (and {others} more)" if others else ""
    version = dump.receipt.server_version if dump.receipt else "an older series"
    return OperatorError(
        "RestoreIncomplete",
        f"not all rows of {dump.file.name} came back: {first}{more}; no client sees what did. "
        f"Restore with an image of MySQL {version}, in which the backup was taken, or set "
        "restore.from to another backup; the backup was not changed",
    )


def _failure(dump: DumpFile, error: SQLError) -> OperatorError:
    if error.reason == sqlfile.INCOMPLETE:
        return OperatorError(streams.DAMAGED, error.message)
    if error.reason == sql_errors.DISK_FULL:
        claim = names.data_claim(dump.receipt.instance) if dump.receipt else "of the data"
        return OperatorError(
            sql_errors.DISK_FULL,
            f"the volume {claim} is full ({error.message}); enlarge the claim, and the restore "
            "starts over",
        )
    reason = error.reason if error.reason in sql_errors.PASSING else "LoadFailed"
    return OperatorError(reason, f"{dump.file.name} could not be loaded: {error.message}")
