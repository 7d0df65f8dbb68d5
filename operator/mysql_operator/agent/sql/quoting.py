"""How names and values become part of an SQL statement: the only place that quotes. Pure.

Dump files hold text in bytes, because a name or a definition may be in any character set. Nothing
that users named or wrote gets into a statement in another way than through here.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_ACCOUNT_PART = re.compile(r"`(?:[^`]|``)*`|'(?:[^'\\]|\\.|'')*'", re.DOTALL)


def name(*parts: str) -> str:
    """Write an identifier: a schema, a table and so on, with dots between."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in parts)


def text(value: str) -> str:
    """Write a string literal. Needs a session without NO_BACKSLASH_ESCAPES."""
    return literal(value.encode()).decode()


def setting(value: str) -> str:
    """Write the value of a variable: most that are numbers take no text."""
    return value if _NUMBER.fullmatch(value) else text(value)


def account(user: str, host: str) -> str:
    """Write an account."""
    return f"{text(user)}@{text(host)}"


def read_account(written: str) -> tuple[str, str]:
    """Read an account as MySQL writes it, in backticks, or in quotes as account() does."""
    user, host = (_unquoted(match[0]) for match in _ACCOUNT_PART.finditer(written))
    return user, host


def _unquoted(part: str) -> str:
    if part.startswith("`"):
        return part[1:-1].replace("``", "`")
    return re.sub(r"\\(.)|''", lambda match: match[1] or "'", part[1:-1], flags=re.DOTALL)


def literal(value: bytes) -> bytes:
    r"""Write bytes of an ASCII superset as a string literal.

    `\r` is escaped because the client `mysql` reads `\r\n` as `\n` from a file.
    """
    if b"\\" in value:
        value = value.replace(b"\\", b"\\\\")
    for raw, escaped in _ESCAPES:
        if raw in value:
            value = value.replace(raw, escaped)
    return b"'" + value + b"'"


_ESCAPES = ((b"'", b"\\'"), (b"\r", b"\\r"), (b"\0", b"\\0"), (b"\x1a", b"\\Z"))


def binary(value: bytes) -> bytes:
    """Write any bytes as a literal, as HEX() does."""
    return b"X'" + value.hex().upper().encode() + b"'"
