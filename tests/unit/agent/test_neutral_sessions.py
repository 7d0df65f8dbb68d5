"""What a session sets depends on the server's version alone."""

from __future__ import annotations

import pytest

from mysql_operator.agent import sessions
from mysql_operator.agent.sessions import Version


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
    statement = sessions.neutral_statement(Version(5, 7, 44))

    assert "tx_isolation" in statement
    assert "transaction_isolation" not in statement
    assert "sql_require_primary_key" not in statement


def test_each_variable_is_set_once() -> None:
    names = [setting.name for setting in sessions.NEUTRAL]

    assert sorted(set(names)) == sorted(names)


def test_a_door_does_not_show_its_password() -> None:
    assert "hunter2" not in repr(sessions.Door("root", b"hunter2", host="db", ports=(3306,)))
