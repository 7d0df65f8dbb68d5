"""Let a server load without its redo log, where a crash may cost its whole data directory.

That is a server that was never ready. A crash leaves nothing that InnoDB would start from, so a
schema stands guard meanwhile: serve.sh makes the data directory anew where it finds that.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from mysql_operator import names
from mysql_operator.agent.sql import sql_errors
from mysql_operator.agent.sql.sessions import Session, Version
from mysql_operator.agent.sql.sql_errors import SQLError

logger = logging.getLogger(__name__)

_SINCE = Version(8, 0, 21)


@contextmanager
def without_redo_log(session: Session) -> Iterator[None]:
    """Switch the log off for a load that ends well; after one that does not, end() is due.

    A later attempt begins with the log as it is, and may go on without.
    """
    if session.version < _SINCE or not _is_disposable(session):
        yield
        return
    session.run(f"CREATE DATABASE IF NOT EXISTS {names.LOAD_SCHEMA}")
    try:
        session.run("ALTER INSTANCE DISABLE INNODB REDO_LOG")
    except SQLError as error:
        if error.reason == sql_errors.SERVER_UNREACHABLE:
            raise
        logger.info("The server loads with its redo log: %s.", error.message)
    yield
    end(session)


def end(session: Session) -> None:
    """Switch the log on, and only then remove the guard."""
    if session.version >= _SINCE:
        session.run("ALTER INSTANCE ENABLE INNODB REDO_LOG")
        session.run(f"DROP DATABASE IF EXISTS {names.LOAD_SCHEMA}")


def _is_disposable(session: Session) -> bool:
    """Whether the data directory may be made anew: serve.sh says so."""
    return bool(session.value("SELECT disposable FROM mysql_operator.server WHERE id = 1"))
