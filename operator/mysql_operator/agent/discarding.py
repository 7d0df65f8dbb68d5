"""Remove what an unfinished restore has brought into a server that is to start fresh."""

from __future__ import annotations

from mysql_operator import names
from mysql_operator.agent import inventory, sessions
from mysql_operator.agent.sessions import Session

# Not the server's own, nor those that every start of the server sets up.
_ACCOUNTS_OF_USERS = f"""
SELECT user, host FROM mysql.user WHERE user NOT LIKE 'mysql.%'
AND user NOT IN ('{names.OPERATOR_ACCOUNT}', '{names.OPERATOR_ACCOUNT}_probe')
AND NOT (user = 'root' AND host IN ('localhost', '%'))
"""


def discard(session: Session) -> None:
    """Drop all accounts and schemas of the users."""
    for user, host in session.rows(_ACCOUNTS_OF_USERS):
        account = f"{sessions.quoted_text(user)}@{sessions.quoted_text(host)}"
        session.run(f"DROP USER IF EXISTS {account}")
    session.run("SET SESSION foreign_key_checks = 0")
    for schema in inventory.schemas(session):
        session.run(f"DROP DATABASE {sessions.quoted_name(schema)}")
    session.run("SET SESSION foreign_key_checks = 1")
