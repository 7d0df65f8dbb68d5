"""What a server or the driver says when something fails, read into a reason. Pure."""

from __future__ import annotations

import re

from mysql_operator.errors import OperatorError

ACCESS_DENIED = "AccessDenied"
SERVER_UNREACHABLE = "ServerUnreachable"
NOT_ACCEPTING_CONNECTIONS = "NotAcceptingConnections"
DISK_FULL = "DiskFull"
READ_ONLY = "ReadOnly"
LOCKED = "Locked"
SQL_FAILED = "SQLFailed"

NO_TABLESPACE = 1814
"""Number of the error of a table whose tablespace somebody has discarded, with all rows."""

WRONG_TYPE = 1232
"""Number of the error of a variable that is a text and was given a number."""

PASSING = frozenset({ACCESS_DENIED, SERVER_UNREACHABLE, NOT_ACCEPTING_CONNECTIONS})
"""Reasons that a server may give while it starts, or while an older one is ending."""

_REASONS = {
    1045: ACCESS_DENIED,
    1698: ACCESS_DENIED,
    3118: ACCESS_DENIED,  # the account is locked
    1862: ACCESS_DENIED,  # its password has expired
    1040: NOT_ACCEPTING_CONNECTIONS,  # too many connections
    1203: NOT_ACCEPTING_CONNECTIONS,  # too many of this user, or the last one is still closing
    1053: SERVER_UNREACHABLE,  # shutdown in progress
    3032: NOT_ACCEPTING_CONNECTIONS,  # offline mode
    3707: SERVER_UNREACHABLE,  # it ends in order to restart
    2002: SERVER_UNREACHABLE,
    2003: SERVER_UNREACHABLE,
    2005: SERVER_UNREACHABLE,
    2006: SERVER_UNREACHABLE,
    2013: SERVER_UNREACHABLE,
    2014: SERVER_UNREACHABLE,
    2055: SERVER_UNREACHABLE,
    1021: DISK_FULL,
    1114: DISK_FULL,
    3873: DISK_FULL,  # clone looks before it begins
    1290: READ_ONLY,
    1836: READ_ONLY,
    1205: LOCKED,
    1213: LOCKED,
}

# Hashes and passwords of a statement that the server quotes.
_HASH = re.compile(r"(0x|\*)[0-9A-Fa-f]{16,}")
_SECRET = re.compile(r"\b((?:AS|BY) *').*", re.IGNORECASE | re.DOTALL)


class SQLError(OperatorError):
    """A server refused a statement, or went away. `code` is MySQL's number; 0 for none."""

    def __init__(self, reason: str, message: str, code: int = 0) -> None:
        """Keep the server's own number beside the words."""
        super().__init__(reason, message)
        self.code = code


def read(error: Exception) -> SQLError:
    """Read what PyMySQL raised into a reason and the server's own words, without secrets."""
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    if not code and isinstance(error, (OSError, EOFError)):
        return SQLError(SERVER_UNREACHABLE, redacted(text))
    if code == 0 and "nterface" in type(error).__name__:  # a connection that was closed before
        return SQLError(SERVER_UNREACHABLE, "the connection is closed")
    message = f"ERROR {code}: {text}" if code else text
    return SQLError(_reason(code, text), redacted(message), code)


def _reason(code: int, text: str) -> str:
    if "No space left on device" in text or "Disk quota exceeded" in text:
        return DISK_FULL
    return _REASONS.get(code, SQL_FAILED)


def redacted(text: str) -> str:
    """Cut hashes and passwords out of words that may quote a statement."""
    return _SECRET.sub(r"\1...", _HASH.sub(r"\1...", text))
