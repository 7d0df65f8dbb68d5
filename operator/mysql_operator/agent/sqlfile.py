"""The file that a Dump is: plain SQL that any client loads, in entries that say how long they are.

Before each entry stands a comment with what it is and the length of each of its statements, so
nobody has to find the end of a statement by reading SQL, and no text inside of one passes for
anything else. The last entry counts the others: a file that was cut off is not read as complete.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from mysql_operator.agent.sql_errors import SQLError

FIRST_WORDS = b"-- Backup of the MySQL instance "
LAST_LINE = b"-- Dump completed\n"
_FORMAT = ", format 2\n"
INCOMPLETE = "DumpIncomplete"

ROWS = "rows"
SESSION = "session"
"""What a client sets before it loads rows."""
_END = "end"


class Sink(Protocol):
    """Where bytes go."""

    def write(self, content: bytes, /) -> object:
        """Take them all."""


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
                self._sink.write(part)

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


def entries(source: Source) -> Iterator[Entry]:
    """Read the entries after the first line.

    Raises:
        SQLError: the file is not complete.
    """
    count = 0
    while True:
        head, sizes, delimiter = _head(source.readline())
        if head.kind == _END:
            if head.rows != count:
                raise incomplete()
            return
        count += 1
        yield Entry(head, _statements(source, sizes, delimiter))


def _head(line: bytes) -> tuple[Head, list[int], bytes]:
    try:
        described = json.loads(line.removeprefix(b"-- "))
        sizes = described.pop("sizes")
        delimiter = described.pop("delimiter", ";").encode()
        return Head(**described), sizes, delimiter
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise incomplete() from error


def _statements(source: Source, sizes: Sequence[int], delimiter: bytes) -> tuple[bytes, ...]:
    if delimiter != b";":
        source.readline()
    statements = []
    for size in sizes:
        statement = source.read(size)
        if len(statement) < size or source.readline() != delimiter + b"\n":
            raise incomplete()
        statements.append(statement)
    if delimiter != b";":
        source.readline()
    return tuple(statements)


def incomplete() -> SQLError:
    """What a reader raises for a file that was cut off or changed."""
    return SQLError(INCOMPLETE, "the dump is not complete: it ends, or changes, inside an entry")
