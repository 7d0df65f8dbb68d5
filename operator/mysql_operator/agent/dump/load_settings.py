"""What a load needs of the whole server, and how it is set back.

Functions of every kind are let in, no event runs while its tables are incomplete, a row may be as
long as rows can be, and a commit does not wait for the disk: a load that a crash ends starts over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.sql_errors import SQLError

_WANTED = {
    "log_bin_trust_function_creators": "ON",
    "event_scheduler": "OFF",
    "max_allowed_packet": str(1 << 30),
    "innodb_flush_log_at_trx_commit": "0",
}


def current(session: Session) -> str:
    """Write the statement that sets back what in_force() changes."""
    return _statement(_settable(session))


def _settable(session: Session) -> dict[str, str]:
    """Read the settings that can be changed: neither unknown to this server nor off for good."""
    values = {name: session.variable(name) for name in _WANTED}
    return {name: value for name, value in values.items() if value not in (None, "DISABLED")}


def _statement(values: Mapping[str, str]) -> str:
    return "SET " + ", ".join(f"GLOBAL {name} = {value}" for name, value in values.items())


@contextmanager
def in_force(session: Session, kept: str = "") -> Iterator[None]:
    """Make the server ready for a load, and set it back afterwards.

    `kept`: what current() said before an earlier load, which was killed. A server that went away
    comes back with the values of its configuration.
    """
    found = _settable(session)
    session.run(_statement({name: _WANTED[name] for name in found}))
    try:
        yield
    finally:
        with suppress(SQLError):
            session.run(_statement(found))
            set_back(session, kept)


def set_back(session: Session, kept: str) -> None:
    """Set back what a load that was killed has left changed; nothing is kept where none was."""
    if kept:
        session.run(kept.rstrip(";"))
