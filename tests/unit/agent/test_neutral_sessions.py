"""What a session sets depends on the server's version alone."""

from __future__ import annotations

import pytest

from mysql_operator.agent.sql import sessions
from mysql_operator.agent.sql.sessions import Version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("8.0.36-debug", Version(8, 0, 36)),
        ("5.7.44-log", Version(5, 7, 44)),
        ("9.7", Version(9, 7, 0)),
        ("26.7.0", Version(26, 7, 0)),
    ],
)
def test_a_version_is_read_from_what_the_server_says(text: str, version: Version) -> None:
    assert sessions.version_of(text) == version


def test_an_old_server_is_asked_for_nothing_that_it_does_not_know() -> None:
    oldest, newest = (sessions.neutral_statement(Version(5, 7, patch)) for patch in (9, 44))

    assert "tx_isolation" in oldest
    assert "transaction_isolation" not in oldest
    assert "tx_isolation" not in newest
    assert "transaction_isolation" in newest
    assert "sql_require_primary_key" not in newest


def test_a_server_of_any_version_reads_what_it_knows_in_a_comment() -> None:
    statement = sessions.init_statement()

    assert statement.startswith("SET SESSION sql_mode = '', SESSION sql_log_bin = 0, ")
    assert " /*!50720 , SESSION transaction_read_only = 0 */" in statement
    assert " /*!80013 , SESSION sql_require_primary_key = 0 */" in statement
    assert "tx_isolation" not in statement


def test_each_variable_is_set_once() -> None:
    names = [setting.name for setting in sessions.NEUTRAL]

    assert sorted(set(names)) == sorted(names)


def test_a_door_does_not_show_its_password() -> None:
    assert "hunter2" not in repr(sessions.Door("root", b"hunter2", host="db", ports=(3306,)))
