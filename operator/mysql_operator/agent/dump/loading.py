"""Brings a Dump back into an empty server: rows first, then each definition by itself.

A definition that does not load never keeps rows from coming back; it is reported by name, with
the server's error. Only a server that goes away, a full disk or a file that is cut off ends a load.
"""

from __future__ import annotations

from collections.abc import Iterator

from mysql_operator.agent.dump import mysqldump_files, mysqldump_loading, sqlfile
from mysql_operator.agent.dump.applying import Loaded, Remark
from mysql_operator.agent.dump.entry_loading import EntryLoad, Tables
from mysql_operator.agent.dump.sqlfile import Entry, Source
from mysql_operator.agent.sql.sessions import Session, Version, version_of
from mysql_operator.agent.sql.snapshots import Connect

LARGE = 50_000
"""Rows from which on a table's indexes are made later. Few rows take no time either way."""


def load(
    connect: Connect, source: Source, *, connections: int = 2, large: Tables = frozenset()
) -> Loaded:
    """Load a dump of ours, or of mysqldump, into a server that holds nothing of the users.

    The caller has made the server ready: see `load_settings`. `large`: tables whose indexes are
    made when the rows are in.

    Raises:
        SQLError: the server went away, a disk is full, or the dump is not complete.
    """
    first_line = source.readline()
    loaded = Loaded()
    with connect() as session:
        origin = sqlfile.server_version(first_line)
        if sqlfile.is_framed(first_line):
            _neutralise(session, origin, loaded)
            EntryLoad(connect, session, loaded).run(sqlfile.entries(source), connections, large)
        else:
            version, line = mysqldump_files.head(source)
            _neutralise(session, origin or version, loaded)
            statements = mysqldump_files.statements(source, line)
            mysqldump_loading.load(session, statements, loaded)
        session.run("FLUSH ENGINE LOGS")
    return loaded


def check(source: Source) -> None:
    """Read a dump to its end without loading it.

    Raises:
        SQLError: the dump is not complete.
    """
    is_framed = sqlfile.is_framed(source.readline())
    parts: Iterator[Entry] | Iterator[bytes]
    parts = sqlfile.entries(source) if is_framed else mysqldump_files.statements(source)
    for _ in parts:
        pass


def _neutralise(session: Session, origin: str, loaded: Loaded) -> None:
    session.run("SET SESSION foreign_key_checks = 0")
    if _is_of_5(origin) and session.version >= (8, 0, 11):
        session.run("SET SESSION default_collation_for_utf8mb4 = utf8mb4_general_ci")
        loaded.remarks.append(
            Remark(
                f"the backup is of MySQL {origin}",
                "what has the character set utf8mb4 and names no collation keeps"
                " utf8mb4_general_ci, the default of that version",
            )
        )


def _is_of_5(origin: str) -> bool:
    return bool(origin) and version_of(origin) < Version(8, 0)
