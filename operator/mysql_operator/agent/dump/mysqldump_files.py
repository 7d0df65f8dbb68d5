"""Reads statements out of a file of mysqldump, as earlier releases and other tools take them.

Knows the form that mysqldump writes and no more: a statement ends with its delimiter at the end
of a line, and `DELIMITER ;;` stands around programs, whose text is not looked into.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mysql_operator.agent.dump.sqlfile import LAST_LINE, Source, incomplete

# Strings, names and comments as wholes; what a line leaves open goes on in the next.
_TOKEN = re.compile(
    rb"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`"
    rb"|/\*[^!](?:.*?)\*/|(?:--[ \t\n]|#).*|['\"`]|/\*(?!!)",
    re.DOTALL,
)
_ENDS = {
    b"'": re.compile(rb"(?:[^'\\]|\\.)*'", re.DOTALL),
    b'"': re.compile(rb"(?:[^\"\\]|\\.)*\"", re.DOTALL),
    b"`": re.compile(rb"[^`]*`", re.DOTALL),
    b"/*": re.compile(rb".*?\*/", re.DOTALL),
}


_ROWS = b"INSERT INTO `"
_VERSION = b"-- Server version"


def head(source: Source) -> tuple[str, bytes]:
    """Read the comments at the top; returns the server's version, and the line after them."""
    version = ""
    while (line := source.readline()).startswith(b"--"):
        if line.startswith(_VERSION):
            version = line.removeprefix(_VERSION).strip().decode(errors="replace")
    return version, line


def statements(source: Source, first: bytes = b"") -> Iterator[bytes]:
    """Yield each statement without its delimiter, from a line on that was read before.

    Raises:
        SQLError: the file ends before mysqldump said that it was complete.
    """
    delimiter = b";"
    lines: list[bytes] = []
    still_open = b""
    last = b""
    while line := first or source.readline():
        first = b""
        last = line
        if not lines and line.startswith(b"DELIMITER "):
            delimiter = line.split()[1]
            continue
        if not lines and (line.startswith((b"--", b"#")) or not line.strip()):
            continue
        lines.append(line)
        still_open = _left_open(line, still_open) if delimiter == b";" else b""
        if not still_open and line.rstrip().endswith(delimiter):
            yield b"".join(lines).rstrip()[: -len(delimiter)]
            lines.clear()
    if lines or not last.startswith(LAST_LINE.rstrip()):
        raise incomplete()


def _left_open(line: bytes, opened: bytes) -> bytes:
    """What a line leaves open: a kind of quote, a comment, or nothing."""
    if not opened and line.startswith(_ROWS) and _is_closed(line):
        return b""
    at = 0
    if opened:
        end = _ENDS[opened].match(line)
        if end is None:
            return opened
        at = end.end()
    for token in _TOKEN.finditer(line, at):
        if token.group() in _ENDS:
            return token.group()
    return b""


def _is_closed(line: bytes) -> bool:
    """Whether each string of a line ends in it: rows are most of a file, and this is quick."""
    plain = line.replace(b"\\\\", b"").replace(b"\\'", b"") if b"\\" in line else line
    return plain.count(b"'") % 2 == 0
