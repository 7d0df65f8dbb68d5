"""The question that users ask a restored backup: one SELECT, whose first column is to be true.

It runs in a scratch server, by an account that may read and no more, in a transaction that is
read-only: a function that the statement calls changes nothing either.
"""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mysql_operator import names
from mysql_operator.agent.sql import quoting
from mysql_operator.agent.sql.sessions import Door, Session
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.errors import OperatorError

ACCOUNT = f"{names.OPERATOR_ACCOUNT}_drill"
SECONDS = 600
"""How long the statement may take."""

_ANSWER_LENGTH = 200
_QUOTED_LENGTH = 300


@dataclass(frozen=True)
class Answer:
    """First column of the row that the statement returned."""

    text: str
    is_true: bool


@dataclass(frozen=True)
class Asker:
    """The account that asks, with a password of this drill alone."""

    password: str = field(default_factory=lambda: secrets.token_urlsafe(30) + "aA1-", repr=False)

    def statements(self) -> list[str]:
        """Make the account, at the start of the scratch server."""
        account = quoting.account(ACCOUNT, "localhost")
        return [
            f"DROP USER IF EXISTS {account}",
            f"CREATE USER {account} IDENTIFIED BY '{self.password}'",
            f"GRANT SELECT, SHOW VIEW, EXECUTE ON *.* TO {account}",
        ]

    def ask(self, socket: str, database: str, query: str) -> Answer:
        """Run the statement in that schema.

        Raises:
            OperatorError: DrillQuestionFailed, in mysqld's own words.
        """
        door = Door(ACCOUNT, self.password.encode(), socket=socket)
        try:
            with door.connect_as_application() as session:
                _settle(session, database)
                rows = list(itertools.islice(session.stream(query), 2))
        except SQLError as error:
            raise _failed(query, f"mysqld says: {error.message}") from error
        if len(rows) != 1:
            raise _failed(query, "it returned more than one row" if rows else "it returned no row")
        return answer_of(rows[0][0])


def _settle(session: Session, database: str) -> None:
    """Let the statement change nothing, end in time, and return no more than is looked at."""
    session.run(f"USE {quoting.name(database)}")
    session.run("SET SESSION TRANSACTION READ ONLY")
    limits = f"sql_select_limit = 2, SESSION max_execution_time = {SECONDS * 1000}"
    session.run(f"SET SESSION {limits}")


def answer_of(value: Any) -> Answer:
    """What a value of MySQL says to people, and whether it says yes."""
    text = "NULL" if value is None else str(value)
    if isinstance(value, bytes):
        text = value.decode(errors="replace")
        text = text if text.isprintable() else f"0x{value.hex()}"
    return Answer(text[:_ANSWER_LENGTH], _is_true(value))


def _is_true(value: Any) -> bool:
    """Whether a value is neither NULL nor zero nor empty. A BIT comes as its bytes."""
    if value is None:
        return False
    if isinstance(value, bytes):
        return bool(value.strip(b"\0")) and value != b"0"
    if isinstance(value, int | float | Decimal):
        return value != 0
    return str(value) not in ("", "0")


def _failed(query: str, why: str) -> OperatorError:
    return OperatorError("DrillQuestionFailed", f"the question {quoted(query)} failed: {why}")


def quoted(query: str) -> str:
    """Name a statement in a message, on one line."""
    line = " ".join(query.split())
    return line if len(line) <= _QUOTED_LENGTH else f"{line[:_QUOTED_LENGTH]}…"
