"""The file that a Dump is: plain SQL that any client loads, in entries that say how long they are.

Before each entry stands a comment with what it is and the length of each of its statements, so
nobody has to find the end of a statement by reading SQL, and no text inside of one passes for
anything else. The last entry counts the others: a file that was cut off is not read as complete.
A statement that somebody has edited since ends where its delimiter ends a line.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from mysql_operator.agent.sql.sql_errors import SQLError

FIRST_WORDS = b"-- Backup of the MySQL instance "
LAST_LINE = b"-- Dump completed\n"
_FORMAT = ", format 2\n"
_HEAD = b'-- {"kind": '
INCOMPLETE = "DumpIncomplete"

ROWS = "rows"
SESSION = "session"
"""What a client sets before it loads rows."""
_END = "end"

_AT_ONCE = 1 << 20
"""Bytes that a sink is given at a time: a row may have a gibibyte, of which nobody would hear."""


class Sink(Protocol):
    """Where bytes go."""

    def write(self, content: bytes, /) -> object:
        """Take them all."""

    def abandon(self) -> None:
        """Take nothing any more, and keep nobody waiting who writes in another thread."""


class Source(Protocol):
    """Where bytes come from."""

    def read(self, size: int, /) -> bytes:
        """Give so many, or fewer at the end."""

    def readline(self) -> bytes:
        """Give all up to the end of a line."""


@dataclass(frozen=True)
class Head:
    """What an entry is."""

    kind: str
    schema: str = ""
    name: str = ""
    rows: int = 0


@dataclass(frozen=True)
class Entry:
    """One thing, with the statements that bring it back."""

    head: Head
    statements: tuple[bytes, ...]


class Writer:
    """Writes entries as they come, from several threads."""

    def __init__(self, sink: Sink, *, instance: str, server_version: str) -> None:
        """Begin the file."""
        self._sink = sink
        self._lock = threading.Lock()
        self._entries = 0
        self._waiting_since: float | None = None
        first = f"{instance}, server version {server_version}{_FORMAT}".encode()
        sink.write(FIRST_WORDS + first)

    def write(self, head: Head, statements: Sequence[bytes]) -> None:
        """Append one entry."""
        delimiter = _delimiter(head, statements)
        described = asdict(head) | {"sizes": [len(statement) for statement in statements]}
        if delimiter != b";":
            described["delimiter"] = delimiter.decode()
        parts = [b"-- ", json.dumps(described).encode(), b"\n"]
        if delimiter != b";":
            parts += [b"DELIMITER ", delimiter, b"\n"]
        for statement in statements:
            parts += [statement, delimiter, b"\n"]
        if delimiter != b";":
            parts.append(b"DELIMITER ;\n")
        with self._lock:
            self._entries += 1
            for part in parts:
                for start in range(0, len(part), _AT_ONCE):
                    self._waiting_since = time.monotonic()
                    self._sink.write(part[start : start + _AT_ONCE])
            self._waiting_since = None

    @property
    def waits_for(self) -> float:
        """Seconds for which the sink has not taken what one of the threads has to write."""
        since = self._waiting_since
        return 0.0 if since is None else time.monotonic() - since

    def abandon(self) -> None:
        """Keep no thread waiting that writes; what it writes does not count any more."""
        self._sink.abandon()

    def end(self) -> None:
        """Say that all of it is there."""
        described = asdict(Head(_END, rows=self._entries)) | {"sizes": []}
        self._sink.write(b"-- " + json.dumps(described).encode() + b"\n" + LAST_LINE)


def _delimiter(head: Head, statements: Sequence[bytes]) -> bytes:
    """What ends a statement for a client: a word that is in none of them, where these have `;`."""
    if head.kind == ROWS or not any(b";" in statement for statement in statements):
        return b";"
    while True:
        word = b"//" + secrets.token_hex(4).encode()
        if not any(word in statement for statement in statements):
            return word


def is_framed(first_line: bytes) -> bool:
    """Whether the file is one of these, and not what mysqldump writes."""
    return first_line.startswith(FIRST_WORDS) and first_line.endswith(_FORMAT.encode())


def server_version(first_line: bytes) -> str:
    """Version of the server from which a file came, of either form; empty where it does not say."""
    _, found, after = first_line.partition(b", server version ")
    return after.split(b",")[0].strip().decode() if found else ""


class _Reader:
    """A source that takes back what was read too far."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._kept = b""

    def read(self, size: int) -> bytes:
        kept, self._kept = self._kept[:size], self._kept[size:]
        return kept + self._source.read(size - len(kept)) if len(kept) < size else kept

    def readline(self) -> bytes:
        line, end, self._kept = self._kept.partition(b"\n")
        return line + end if end else line + self._source.readline()

    def keep(self, content: bytes) -> None:
        """Give this out again before all else."""
        self._kept = content + self._kept


def entries(opened: Source) -> Iterator[Entry]:
    """Read the entries after the first line.

    Raises:
        SQLError: the file is not complete.
    """
    source = _Reader(opened)
    count = 0
    while True:
        head, sizes, delimiter = _head(source.readline())
        if head.kind == _END:
            if head.rows != count:
                raise incomplete()
            return
        count += 1
        if delimiter != b";":
            source.readline()
        statements = tuple(_statement(source, head, size, delimiter) for size in sizes)
        if delimiter != b";":
            source.readline()
        yield Entry(head, statements)


def _head(line: bytes) -> tuple[Head, list[int], bytes]:
    try:
        described = json.loads(line.removeprefix(b"-- "))
        sizes = described.pop("sizes")
        delimiter = described.pop("delimiter", ";").encode()
        return Head(**described), sizes, delimiter
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise incomplete() from error


def _statement(source: _Reader, head: Head, size: int, delimiter: bytes) -> bytes:
    statement = source.read(size)
    end = source.readline()
    if end == delimiter + b"\n":
        return statement
    source.keep(statement + end)
    return _edited(source, head, delimiter + b"\n")


def _edited(source: _Reader, head: Head, end: bytes) -> bytes:
    """Read a statement whose length has changed. Rows may hold what ends a line like its end."""
    lines = []
    while line := source.readline():
        lines.append(line)
        if line.endswith(end) and (head.kind != ROWS or _is_head_next(source)):
            return b"".join(lines).removesuffix(end)
    raise incomplete()


def _is_head_next(source: _Reader) -> bool:
    line = source.readline()
    source.keep(line)
    return line.startswith(_HEAD)


def incomplete() -> SQLError:
    """What a reader raises for a file that was cut off or changed."""
    return SQLError(INCOMPLETE, "the dump is not complete: it ends inside an entry")
