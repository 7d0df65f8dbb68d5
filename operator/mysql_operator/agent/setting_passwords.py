"""Give the application user its password: `mysql-operator agent set-passwords`.

It makes the user with its rights on the database where there is none. Rights that somebody has
narrowed since are left alone.
"""

from __future__ import annotations

from datetime import UTC, datetime

from mysql_operator import names
from mysql_operator.agent import sessions
from mysql_operator.agent.sessions import Session, Version
from mysql_operator.agent.settings import Settings
from mysql_operator.model.receipts import PasswordReceipt

_USER = f"'{names.APP_USER}'@'%'"
_ROW = f"user = '{names.APP_USER}' AND host = '%'"


def set_passwords(settings: Settings) -> PasswordReceipt:
    """Set the password.

    Raises:
        OperatorError: the server refused it; its own words.
    """
    password = settings.password(names.USER_PASSWORD_KEY).decode()
    with sessions.connect_within(settings.door(), settings.wait_seconds) as session:
        known = session.value(f"SELECT COUNT(*) FROM mysql.user WHERE {_ROW}")
        _set(session, sessions.quoted_text(password))
        # By the rights, not by the account: a run that was killed may have made only the latter.
        if not session.value(f"SELECT COUNT(*) FROM mysql.db WHERE {_ROW}"):
            session.run(f"GRANT ALL ON {_pattern(session, settings.database)}.* TO {_USER}")
    return PasswordReceipt(
        result="changed" if known else "created",
        time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _set(session: Session, password: str) -> None:
    session.run(f"CREATE USER IF NOT EXISTS {_USER} IDENTIFIED BY {password}")
    session.run(f"ALTER USER {_USER} IDENTIFIED {_plugin(session)} BY {password}")


def _plugin(session: Session) -> str:
    """Name another plugin only where the server does not load the account's any more (8.4, 9.0)."""
    plugin = session.value(f"SELECT plugin FROM mysql.user WHERE {_ROW}")
    is_gone = plugin == "mysql_native_password" and session.version >= Version(8, 4)
    return "WITH caching_sha2_password" if is_gone else ""


def _pattern(session: Session, database: str) -> str:
    """Write a database's name for GRANT, where `a_b` would also grant rights on `axb`.

    With partial_revokes it is no pattern, and a backslash would be part of the name.
    """
    if session.variable("partial_revokes") != "ON":
        database = database.replace("\\", "\\\\").replace("_", r"\_").replace("%", r"\%")
    return sessions.quoted_name(database)
