"""Databases that hold all that MySQL can, configured in ways that must change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mysql_operator.agent.sql.sessions import Door, Session, connect_within
from tests.scripts.sandbox import MY_CNF, Instance
from tests.support import museum

# What users set for their applications must change nothing.
CONFIGURED = MY_CNF + "".join(
    f"{option.removeprefix('--')}\n"
    for option in (
        *museum.OPTIONS, "--default-time-zone=+09:00", "--autocommit=0", "--max-execution-time=1",
        "--sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES", "--sql-require-primary-key=ON", "--log-bin",
    )
)  # fmt: skip


CLOSING_SECONDS = 30.0


@contextmanager
def session_of(shop: Instance) -> Iterator[Session]:
    """A session of root, over the socket. A server counts a session for a moment after it ends."""
    door = Door("root", shop.password.encode(), socket=str(shop.home / "run" / "mysqld.sock"))
    with connect_within(door, CLOSING_SECONDS) as session:
        yield session


def is_open(shop: Instance) -> bool:
    """Whether it takes writes, and no fence is left. Other sessions have a millisecond each."""
    with session_of(shop) as session:
        session.run("CREATE TABLE museum.proof (id INT PRIMARY KEY)")
        session.run("DROP TABLE museum.proof")
        return session.value("SELECT COUNT(*) FROM mysql_operator.fence") == 0


def fingerprint(shop: Instance) -> list[str]:
    """All that is in it, but for the accounts that each server makes for itself."""
    with session_of(shop) as session:
        return [line for line in museum.fingerprint(session) if "mysql_operator" not in line]
