"""A server filled with all that MySQL 9.7 can hold, and its fingerprint.

The fingerprint asks MySQL alone (CHECKSUM TABLE reads stored values; SHOW CREATE; grant tables): it
shares nothing with the comparison of the agent, which it is there to check.
"""

from __future__ import annotations

import re
from pathlib import Path

from mysql_operator.agent.sql.sessions import Session

OPTIONS = ("--plugin-load-add=mysql_clone.so", "--log-bin-trust-function-creators=ON")
"""What a server needs beside its defaults to be filled."""

_HERE = Path(__file__).parent


def fill(session: Session) -> None:
    """Put everything in."""
    exhibits = _sections("museum.sql")
    session.run("SET SESSION sql_mode = 'ALLOW_INVALID_DATES', SESSION foreign_key_checks = 0")
    _run(session, exhibits["server"])
    session.run("USE museum")
    for part in ("numbers", "texts", "binaries", "shapes"):
        _run(session, exhibits[part])
    session.run("SET SESSION time_zone = @@GLOBAL.time_zone")
    _run(session, exhibits["times"])
    session.run(
        "SET SESSION time_zone = '+05:00', SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'"
    )
    session.run("CREATE PROCEDURE ansi() SELECT \"id\" || 'x' FROM numbers")
    session.run("SET SESSION sql_mode = 'STRICT_ALL_TABLES'")
    _run(session, exhibits["code"])
    session.run("SET SESSION time_zone = '+00:00', SESSION sql_mode = ''")
    _run(session, exhibits["accounts"])
    _run(session, exhibits["end"])


def fingerprint(session: Session) -> list[str]:
    """Everything that fill puts in, as the server tells it."""
    questions = _sections("fingerprint.sql")
    lines = [f"{asked}: {row}" for asked in questions["lists"] for row in session.rows(asked)]
    session.run("SET SESSION print_identified_with_as_hex = ON")
    for question in questions["shows"]:
        for (show,) in session.rows(question):
            lines += [f"{show}: {row}" for row in session.rows(show)]
    # Written or not by how a column was made, where a COLLATE says it.
    return sorted(re.sub(r" CHARACTER SET (\w+)(?= COLLATE \1_)", "", line) for line in lines)


def _sections(file: str) -> dict[str, list[str]]:
    """Read a file into its sections, each a list of statements."""
    parts = re.split(r"^-- @ (\w+)\n", (_HERE / file).read_text(), flags=re.MULTILINE)[1:]
    return {
        name: [statement.strip() for statement in text.split("\n====\n")]
        for name, text in zip(parts[::2], parts[1::2], strict=True)
    }


def _run(session: Session, statements: list[str]) -> None:
    for statement in statements:
        session.run(statement)
