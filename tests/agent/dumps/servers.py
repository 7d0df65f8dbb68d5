"""What tests of the Dump method do to their servers."""

from __future__ import annotations

import io
from collections.abc import Iterable

from mysql_operator.agent import past_events
from mysql_operator.agent.dump import dumping, load_settings, loading
from mysql_operator.agent.dump.applying import Loaded
from mysql_operator.agent.dump.holdings import Holdings
from tests.support.mysqld import Mysqld
from tests.support.sinks import Memory


def dumped(server: Mysqld, *, fenced: bool = False) -> tuple[bytes, Holdings]:
    """A dump of a server, and what it holds."""
    sink = Memory()
    held = dumping.dump(server.session, sink, dumping.Plan("shop", fenced=fenced))
    return sink.getvalue(), held


def loaded(server: Mysqld, dump: bytes) -> Loaded:
    """Load a dump into a server, as a restore does."""
    with server.session() as session, load_settings.in_force(session):
        done = loading.load(server.session, io.BytesIO(dump))
        done.remarks += past_events.disable(session)
    return done


def run(server: Mysqld, *statements: str) -> None:
    """Run statements over one session, as an application would."""
    with server.session() as session:
        for statement in statements:
            session.run(statement)


def ask(server: Mysqld, question: str) -> list[tuple[object, ...]]:
    """Ask over a session of its own."""
    with server.session() as session:
        return session.rows(question)


def said(items: Iterable[object]) -> list[str]:
    """What people read."""
    return [str(item) for item in items]


def empty(server: Mysqld) -> None:
    """Remove all of the users."""
    with server.session() as session:
        session.run("SET SESSION foreign_key_checks = 0")
        for (schema,) in session.rows("SHOW DATABASES"):
            if schema not in ("mysql", "sys", "information_schema", "performance_schema"):
                session.run("DROP DATABASE `" + str(schema).replace("`", "``") + "`")
        accounts = "SELECT CONCAT(QUOTE(user), '@', QUOTE(host)) FROM mysql.user"
        for (account,) in session.rows(
            f"{accounts} WHERE user NOT LIKE 'mysql.%' AND user <> 'root'"
        ):
            session.run(f"DROP USER {account}")
