"""Loads a file of mysqldump by statements: backups of earlier releases and of other tools.

Such a file makes views before the rights that they need, and one failed definition would end the
client that reads it. Here it waits until everything else is in, with the settings under which the
file has it, and is tried again then.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from mysql_operator.agent.dump import applying
from mysql_operator.agent.dump.applying import Loaded, LostRows, Missing
from mysql_operator.agent.dump.definitions import settings
from mysql_operator.agent.sql import quoting, sql_errors
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.sql_errors import SQLError

_USE = re.compile(rb"USE (`(?:[^`]|``)+`)")
_INSERT = re.compile(rb"INSERT (?:IGNORE )?INTO (`(?:[^`]|``)+`)")

# What the file says about its session; a lock or a key that cannot be switched is no loss.
_SETTINGS = re.compile(
    rb"(?:/\*!\d+ )?(?:SET|LOCK|UNLOCK|USE|START|COMMIT|ALTER TABLE \S+ \w+ KEYS)\b"
)

_SUMMARY = 120
_NAMES_OF = re.compile(
    rb"\b(VIEW|TRIGGER|PROCEDURE|FUNCTION|EVENT|TABLE)\s+(?:IF NOT EXISTS )?"
    rb"((?:`(?:[^`]|``)+`\.)?`(?:[^`]|``)+`)"
)


class _Waiting:
    """A statement that failed, with all that its meaning depends on."""

    def __init__(self, session: Session, schema: str, statement: bytes, error: SQLError) -> None:
        mode, zone, charset, collation = session.rows(
            "SELECT @@SESSION.sql_mode, @@SESSION.time_zone,"
            " @@SESSION.character_set_client, @@SESSION.collation_connection"
        )[0]
        use = [f"USE {quoting.name(schema)}".encode()] if schema else []
        under = settings(mode=mode, zone=zone, charset=charset, collation=collation)
        self.statements = (*use, under, statement)
        self.title = _title(schema, statement)
        self.error = error


def load(session: Session, statements: Iterator[bytes], loaded: Loaded) -> None:
    """Load statements over one session; what fails is tried again at its end, then reported.

    Raises:
        SQLError: the server went away, a disk is full, or the file is not complete.
    """
    session.run("SET SESSION character_set_results = utf8mb4")
    waiting: list[_Waiting] = []
    lost: Counter[tuple[str, str, str]] = Counter()
    schema = ""
    for statement in statements:
        use = _USE.match(statement)
        schema = _plain(use[1]) if use else schema
        error = _run(session, statement, _title(schema, statement), loaded)
        if error is None or _SETTINGS.match(statement):
            continue
        insert = _INSERT.match(statement)
        if insert is None:
            waiting.append(_Waiting(session, schema, statement, error))
        else:
            lost[schema, _plain(insert[1]), error.message] += _rows_in(statement)
    loaded.lost += [LostRows(*key[:2], rows, key[2]) for key, rows in lost.items()]
    loaded.missing += _try_again(session, waiting, loaded)


def _run(session: Session, statement: bytes, title: str, loaded: Loaded) -> SQLError | None:
    try:
        applying.run_adapted(session, statement, title, loaded)
    except SQLError as error:
        if error.reason in applying.ENDS_THE_LOAD:
            raise
        return error
    return None


def _try_again(session: Session, waiting: list[_Waiting], loaded: Loaded) -> list[Missing]:
    while waiting:
        failed = [item for item in waiting if not _succeeds(session, item, loaded)]
        if len(failed) == len(waiting):
            return [Missing(item.title, item.error.message, item.error.code) for item in failed]
        waiting = failed
    return []


def _succeeds(session: Session, item: _Waiting, loaded: Loaded) -> bool:
    for statement in item.statements:
        if error := _run(session, statement, item.title, loaded):
            item.error = error
            return False
    return True


def _title(schema: str, statement: bytes) -> str:
    """Name what a statement makes; what makes nothing is quoted, without its secrets."""
    match = _NAMES_OF.search(statement)
    if match is None:
        text = " ".join(statement.decode(errors="replace").split())
        return sql_errors.redacted(text)[:_SUMMARY]
    name = ".".join(_plain(part) for part in re.findall(rb"`(?:[^`]|``)+`", match[2]))
    dotted = f"{schema}.{name}" if schema and "." not in name else name
    return f"{match[1].decode().lower()} {dotted}"


def _plain(quoted: bytes) -> str:
    return quoted[1:-1].replace(b"``", b"`").decode(errors="replace")


def _rows_in(statement: bytes) -> int:
    """How many rows an INSERT holds: brackets between its strings."""
    without_strings = re.sub(rb"'(?:[^'\\]|\\.)*'", b"", statement, flags=re.DOTALL)
    return without_strings.count(b"),(") + 1
