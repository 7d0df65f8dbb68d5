"""Results as the server sends them: bytes, one row at a time.

PyMySQL's cursors decode every value by the character set of the connection. A dump must not: rows
and definitions come in the character sets of their tables and of those who wrote them. Reading the
packets here also takes a quarter of the time, and never holds more than one row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pymysql
from pymysql.connections import MySQLResult
from pymysql.constants import COMMAND

from mysql_operator.agent.sql import sql_errors
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.sql_errors import SQLError

Row = list[bytes | None]

_LONGEST_PACKET = 0xFFFFFF
_CHUNK = 1 << 18
_NULL = 251
_ERROR = 255
_END = 254


def execute(session: Session, statement: bytes) -> int:
    """Run one statement whose text is in the session's character_set_client; returns its rows."""
    try:
        return session._connection.query(statement)
    except (pymysql.MySQLError, OSError) as error:
        raise sql_errors.read(error) from error


def rows(session: Session, statement: str) -> Iterator[Row]:
    """Run a statement and yield the bytes of its rows, in no character set but their own.

    A caller that stops before the last row loses the session: the rest would be taken for the
    answer to the next statement.

    Raises:
        SQLError: the server refused it, or went away.
    """
    ended = False
    try:
        for packet in _packets(session, statement):
            yield _fields(packet)
        ended = True
    except (pymysql.MySQLError, OSError) as error:
        raise sql_errors.read(error) from error
    finally:
        if not ended:
            session.close()


def values(session: Session, statement: str) -> Iterator[list[bytes]]:
    """Run a statement of one short column that is never NULL; yield many of its values at once.

    Per value this takes a fifth of the time of rows(). A caller that stops early loses the session.

    Raises:
        SQLError: the server refused it, or went away.
    """
    ended = False
    try:
        result, connection = _ask(session, statement)
        left = b""
        while not ended:
            received = connection._rfile.read1(_CHUNK)
            if not received:
                raise EOFError("the server went away in the middle of a result")
            found, left, ended = _cut(left + received)
            if found:
                yield found
        _forget(result)
    except (pymysql.MySQLError, OSError, EOFError) as error:
        raise sql_errors.read(error) from error
    finally:
        if not ended:
            session.close()


def _cut(content: bytes) -> tuple[list[bytes], bytes, bool]:
    """Cut values out of packets; returns what is left, and whether the result has ended."""
    found: list[bytes] = []
    add = found.append
    at, end = 0, len(content)
    while end - at > 4:
        length = content[at] | content[at + 1] << 8 | content[at + 2] << 16
        after = at + 4 + length
        if after > end:
            break
        size = content[at + 4]
        if size < _NULL:
            add(content[at + 5 : after])
        elif size == _END and length < 9:
            return found, b"", True
        elif size == _ERROR:
            pymysql.err.raise_mysql_exception(content[at + 4 : after])
        else:
            add(content[at + 4 + _WIDTHS[size] : after])
        at = after
    return found, content[at:], False


_WIDTHS = {252: 3, 253: 4, 254: 9}
"""How many bytes say how long a value is that is longer than 250."""


def first(session: Session, statement: str) -> Row:
    """Run a statement and return its first row.

    Raises:
        SQLError: the server refused it, or has no row for it.
    """
    found = rows_or_error(session, statement)
    if not found:
        raise SQLError(sql_errors.SQL_FAILED, f"the server has no answer to {statement}")
    return found[0]


def rows_or_error(session: Session, statement: str) -> list[Row]:
    """Run a statement with a small answer; a refusal leaves the session usable."""
    try:
        return [_fields(packet) for packet in _packets(session, statement)]
    except (pymysql.MySQLError, OSError) as error:
        raise sql_errors.read(error) from error


def _packets(session: Session, statement: str) -> Iterator[bytes]:
    result, connection = _ask(session, statement)
    if not result.unbuffered_active:  # a statement that answers no rows
        return
    read = connection._rfile.read
    while True:
        packet = _packet(read(4), read)
        if packet[0] == _END and len(packet) < 9:
            break
        if packet[0] == _ERROR:
            result.unbuffered_active = False
            pymysql.err.raise_mysql_exception(packet)
        yield packet
    _forget(result)


def _ask(session: Session, statement: str) -> tuple[Any, Any]:
    connection: Any = session._connection  # its stubs know no part that reads packets
    connection._execute_command(COMMAND.COM_QUERY, statement)
    result: Any = MySQLResult(connection)
    result.init_unbuffered_query()
    return result, connection


def _forget(result: Any) -> None:
    result.unbuffered_active = False
    result.connection = None  # else its end would read on


def _packet(head: bytes, read: Callable[[int], bytes]) -> bytes:
    parts: list[bytes] = []
    while True:
        if len(head) < 4:
            raise EOFError("the server went away in the middle of a result")
        length = head[0] | head[1] << 8 | head[2] << 16
        part = read(length)
        if len(part) < length:
            raise EOFError("the server went away in the middle of a result")
        if length < _LONGEST_PACKET and not parts:
            return part
        parts.append(part)
        if length < _LONGEST_PACKET:
            return b"".join(parts)
        head = read(4)


def _fields(packet: bytes) -> Row:
    values: Row = []
    at, end = 0, len(packet)
    while at < end:
        size = packet[at]
        at += 1
        if size == _NULL:
            values.append(None)
            continue
        if size > _NULL:  # 252, 253, 254: the length is in the next 2, 3 or 8 bytes
            wide = (2, 3, 8)[size - 252]
            size = int.from_bytes(packet[at : at + wide], "little")
            at += wide
        values.append(packet[at : at + size])
        at += size
    return values
