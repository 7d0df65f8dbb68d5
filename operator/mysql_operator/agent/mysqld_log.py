"""What mysqld marks as errors in what it says. Pure."""

from __future__ import annotations

import re

from mysql_operator.agent.sql import sql_errors

_ERROR = re.compile(r"\[ERROR\] (?:\[[^]]*\] )*(?:\S*mysqld: )?(.*)")

_FOLLOWS = ("Aborting", "Data Dictionary initialization failed.")
"""What mysqld says last of an error that it has named before."""


def errors_in(text: str) -> list[str]:
    """The errors, the last one last; without time, code and program, and without passwords."""
    found = [sql_errors.redacted(match[1]) for match in _ERROR.finditer(text)]
    return [line for line in found if line not in _FOLLOWS] or found
