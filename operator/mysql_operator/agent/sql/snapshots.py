"""Several sessions that see one moment of a server.

Behind the fence nothing changes, so any snapshot is that moment. On a server that takes writes, all
are held up for the instant in which the sessions open their snapshots, and tables without
transactions are read while that lasts. Definitions cannot change before the last session closes
(8.0 and later; on 5.7 a table that does ends the dump with an error).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from mysql_operator.agent.sql import sessions
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.model.receipts import Position

Connect = Callable[[], Session]

_BACKUP_LOCK_SINCE = (8, 0)

# Long statements of the users hold the lock up, and while it waits every writer waits behind it.
_ATTEMPTS = 40
_LOCK_SECONDS = 1


class Snapshots:
    """Sessions that see one moment, and the locks on writers and definitions."""

    def __init__(
        self,
        sessions: Sequence[Session],
        writers: ExitStack,
        locks: Sequence[Session],
        position: Position | None,
    ) -> None:
        """Take over sessions whose snapshots are open, and where in the binary log they stand."""
        self.sessions = sessions
        self.position = position
        self._writers = writers
        self._locks = locks

    def let_writers_go_on(self) -> None:
        """Give the global read lock back: from here on only snapshots are read.

        Raises:
            SQLError: it was lost, so there may be rows in what was read that were written since.
        """
        self._writers.close()

    def abandon(self) -> None:
        """Let go of all of it at once, whatever a thread waits for: the server hears of it."""
        for session in (*self._locks, *self.sessions):
            session.abandon()

    @property
    def definitions_are_held(self) -> bool:
        """Whether another lock keeps definitions still when writers go on."""
        return self.sessions[0].version >= _BACKUP_LOCK_SINCE


@contextmanager
def of_one_moment(connect: Connect, *, count: int, fenced: bool) -> Iterator[Snapshots]:
    """Open so many sessions on one moment.

    Raises:
        SQLError: writers could not be held up, because a session holds locks on tables; or a lock
            was lost before the end.
    """
    with ExitStack() as stack:
        writers, locks = stack.enter_context(ExitStack()), []
        if not fenced:
            held = _held(connect, _hold_writers, "UNLOCK TABLES")
            locks.append(writers.enter_context(held))
            held = _held(connect, _hold_definitions, "DO 1")  # 5.7 has no lock to release
            locks.append(stack.enter_context(held))
        readers = [stack.enter_context(connect()) for _ in range(count)]
        position = _position(readers[0])  # nobody writes before the snapshots are open
        for session in readers:
            session.run("SET SESSION character_set_results = NULL")
            session.run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        yield Snapshots(readers, writers, locks, position)


@contextmanager
def _held(connect: Connect, hold: Callable[[Session], None], release: str) -> Iterator[Session]:
    """Hold a lock in a session of its own, for as long as this process lives.

    Raises:
        SQLError: the server has ended that session, and the lock with it.
    """
    with connect() as session:
        sessions.end_when_unused(session)
        hold(session)
        with sessions.kept_alive(session):
            yield session
        session.run(release)


def _hold_definitions(session: Session) -> None:
    """Hold up statements that change a definition.

    NB: not before writers are held up. Such a statement takes first the lock against the global
    read lock, then the one against this; the other way round the server would find a deadlock, and
    end the user's ALTER TABLE.
    """
    if session.version >= _BACKUP_LOCK_SINCE:
        session.run("LOCK INSTANCE FOR BACKUP")


def _hold_writers(session: Session) -> None:
    """Try for a short time, several times: in between, those who wait behind the lock go on."""
    for _ in range(_ATTEMPTS - 1):
        _wait_for_definitions(session)
        with suppress(SQLError):
            _lock_writers(session)
            return
    _lock_writers(session)


def _wait_for_definitions(session: Session) -> None:
    """Wait for a long ALTER TABLE by a lock that writers do not wait behind."""
    if session.version >= _BACKUP_LOCK_SINCE:
        session.run("LOCK INSTANCE FOR BACKUP")
        session.run("UNLOCK INSTANCE")


def _lock_writers(session: Session) -> None:
    patience = session.value("SELECT @@SESSION.lock_wait_timeout")
    session.run(f"SET SESSION lock_wait_timeout = {_LOCK_SECONDS}")
    try:
        session.run("FLUSH TABLES WITH READ LOCK")
    finally:
        session.run(f"SET SESSION lock_wait_timeout = {patience}")


def _position(session: Session) -> Position | None:
    """Where in its binary log a server stands that takes no writes; None where it has none."""
    log = "BINARY LOG" if session.version >= (8, 2) else "MASTER"
    rows = session.rows(f"SHOW {log} STATUS")
    if not rows:
        return None
    file, offset, _, _, gtids = rows[0]
    return Position(binlog_file=file, binlog_position=offset, gtid_executed=gtids.replace("\n", ""))
