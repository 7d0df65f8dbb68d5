"""What a server says becomes a reason, without the secrets that it quotes."""

from __future__ import annotations

import pymysql
import pytest

from mysql_operator.agent.sql import sql_errors


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        (1045, "Access denied for user 'root'", "AccessDenied"),
        (1040, "Too many connections", "NotAcceptingConnections"),
        (2013, "Lost connection to MySQL server during query", "ServerUnreachable"),
        (3707, "Restart server failed (mysqld is not managed)", "ServerUnreachable"),
        (1114, "The table 't' is full", "DiskFull"),
        (3862, "Clone Donor Error: 1 : No space left on device", "DiskFull"),
        (1064, "You have an error in your SQL syntax", "SQLFailed"),
    ],
)
def test_the_number_gives_the_reason_and_the_words_stay(code: int, text: str, reason: str) -> None:
    error = sql_errors.read(pymysql.OperationalError(code, text))

    assert (error.reason, error.code) == (reason, code)
    assert error.message == f"ERROR {code}: {text}"


def test_a_connection_that_breaks_is_a_server_that_cannot_be_reached() -> None:
    assert sql_errors.read(ConnectionResetError("reset")).reason == "ServerUnreachable"


def test_a_quoted_statement_loses_its_password() -> None:
    said = "near 'IDENTIFIED BY 'hunter2' AND x' and 0x24412430303524 and *AAAABBBBCCCCDDDD1111'"

    message = sql_errors.read(pymysql.ProgrammingError(1064, said)).message

    assert "hunter2" not in message
    assert "0x24412430303524" not in message
