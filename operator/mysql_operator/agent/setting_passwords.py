"""Give the application user its password: `mysql-operator agent set-passwords`.

It makes the user with its rights on the database where there is none. Rights that somebody has
narrowed since are left alone.
"""

from __future__ import annotations

from datetime import UTC, datetime

from mysql_operator import names
from mysql_operator.agent.settings import MYSQL_PORT, Settings
from mysql_operator.agent.sql import quoting, sessions
from mysql_operator.agent.sql.sessions import Door, Session, Version
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.model.receipts import PasswordReceipt

_USER = f"'{names.APP_USER}'@'%'"
_USED_BEFORE = 3638  # password_history, password_reuse_interval, or a rule of the account's own
_ROW = f"user = '{names.APP_USER}' AND host = '%'"


def set_passwords(settings: Settings) -> PasswordReceipt:
    """Set the password.

    Raises:
        OperatorError: the server refused it; its own words.
    """
    password = settings.password(names.USER_PASSWORD_KEY)
    with sessions.connect_within(settings.door(), settings.wait_seconds) as session:
        known = session.value(f"SELECT COUNT(*) FROM mysql.user WHERE {_ROW}")
        if known:
            _change(session, settings, password)
        else:
            session.run(f"CREATE USER {_USER} IDENTIFIED BY {_quoted(password)}")
        # By the rights, not by the account: a run that was killed may have made only the latter.
        if not session.value(f"SELECT COUNT(*) FROM mysql.db WHERE {_ROW}"):
            session.run(f"GRANT ALL ON {_pattern(session, settings.database)}.* TO {_USER}")
    return PasswordReceipt(
        result="changed" if known else "created",
        time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _change(session: Session, settings: Settings, password: bytes) -> None:
    """Change the password; a rule against using one again does not refuse the one in force."""
    try:
        session.run(f"ALTER USER {_USER} IDENTIFIED {_plugin(session)} BY {_quoted(password)}")
    except SQLError as error:
        user = Door(names.APP_USER, password, host=settings.host, ports=(MYSQL_PORT,))
        if error.code != _USED_BEFORE or not user.lets_in():
            raise


def _quoted(password: bytes) -> str:
    return quoting.text(password.decode())


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
    return quoting.name(database)
