"""Who may touch an instance's data, and when: the lock and the fence.

Both live in the server, so they hold for every Job, also for one whose pod was killed: the
server drops the lock with its connection, and keeps the fence through restarts.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from mysql_operator.agent import interruptions
from mysql_operator.agent.clone import next_start
from mysql_operator.agent.sql import quoting, sessions, sql_errors
from mysql_operator.agent.sql.sessions import Door, Session
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.errors import OperatorError

logger = logging.getLogger(__name__)

FENCE_ATTEMPTS = 20
LIFT_SECONDS = 20
"""How long a server that is away is waited for, within the grace period of a pod."""

OF_A_RESTORE = "restore into "
"""How the holder of a fence begins that is not a final backup."""

_NOTES_WHEN = (8, 0)
"""The first version that says when each variable was set."""

_FENCED_SINCE = (
    "SELECT CONCAT(fence.holder, ' ', info.set_time) FROM mysql_operator.fence AS fence"
    " JOIN performance_schema.variables_info AS info"
    " WHERE info.variable_name = 'super_read_only' AND @@GLOBAL.super_read_only"
)

FENCE_LOCK = "mysql_operator.fence"

ABANDONED_SECONDS = 10.0
"""How long statements of an agent that is gone may take to end by themselves."""


@dataclass(frozen=True)
class Lock:
    """The lock of an instance while this agent holds it."""

    session_id: int
    had_to_wait: bool
    let_go: Callable[[], None]

    @property
    def held_condition(self) -> str:
        """Condition for statements that must do nothing if they arrive after the lock was lost."""
        return f"(IS_USED_LOCK('mysql_operator') <=> {self.session_id})"


@contextmanager
def locked(door: Door, seconds: float) -> Iterator[Lock]:
    """Hold the lock of the instance: no two Jobs of an instance are ever at work at once.

    Raises:
        OperatorError: Busy; another Job holds it.
    """
    with ExitStack() as held:
        session = held.enter_context(door.connect())
        sessions.end_when_unused(session)
        at_once = session.value("SELECT GET_LOCK('mysql_operator', 0)")
        if session.value(f"SELECT GET_LOCK('mysql_operator', {int(seconds)})") != 1:
            raise OperatorError(
                "Busy",
                "another backup or restore of this instance is running; this one is tried again",
            )
        held.enter_context(sessions.kept_alive(session))
        yield Lock(session.id, had_to_wait=at_once != 1, let_go=held.close)


def wait_until_free(session: Session, *locks: str) -> None:
    """Wait for what agents that are gone have left at work in the server, and then end it.

    For whoever holds the lock of the instance: nobody else is there whose work it could be. The
    server keeps the sessions of a node that was lost for hours.
    """
    until = time.monotonic() + ABANDONED_SECONDS
    while holders := {session.value("SELECT IS_USED_LOCK(%s)", lock) for lock in locks} - {None}:
        if time.monotonic() >= until:
            for number in holders:
                logger.info("Ending the session %s of an agent that is gone.", number)
                with suppress(SQLError):  # it has just ended
                    session.run(f"KILL {int(number)}")
        time.sleep(0.25)


# --- the fence ---


class Fence:
    """Keeps an instance read-only, from before its final backup until it is deleted.

    The row comes first: a server that restarts between backup and deletion reads it before it lets
    anybody in. It takes the place of an earlier attempt's, which can then no longer lift the fence.
    """

    def __init__(self, door: Door, lock: Lock, holder: str, *, since: str = "") -> None:
        """Name the holder: the pod of this attempt. One that is closed already says since when."""
        self._door = door
        self._lock = lock
        self._holder = holder
        self.since = since
        """As fenced_since() says it; empty before close(), and where nobody can tell."""

    def close(self) -> None:
        """Stop all writes.

        Raises:
            OperatorError: FenceFailed; a session holds locks for longer than a minute.
                FenceLost; another attempt has closed the server.
        """
        with self._door.connect() as session:
            wait_until_free(session, FENCE_LOCK)
            ours = self._lock.held_condition
            next_start.forget(session)  # of a restore whose fence this one replaces
            session.run(f"SET GLOBAL read_only = @@GLOBAL.read_only AND NOT {ours}")
            session.run(
                "REPLACE INTO mysql_operator.fence (id, since, holder) "
                f"SELECT 1, UTC_TIMESTAMP(), %s FROM DUAL WHERE {ours}",
                self._holder,
            )
            session.run("FLUSH ENGINE LOGS")  # the server may leave commits in memory for a second
            self._make_read_only(session)
            since = fenced_since(session)
        if since and not since.startswith(f"{self._holder} "):
            raise _lost()
        self.since = since

    def _make_read_only(self, session: Session) -> None:
        # While this waits for a lock, every other writer waits behind it; several short attempts
        # let them go on in between. The lock of its own tells lift() that it is still waiting.
        session.run(f"DO GET_LOCK('{FENCE_LOCK}', 0)")
        session.run("SET SESSION lock_wait_timeout = 2")
        for attempt in range(FENCE_ATTEMPTS):
            if attempt:
                time.sleep(1)
            try:
                session.run("SET GLOBAL super_read_only = ON")
                return
            except SQLError as error:
                if error.reason != sql_errors.LOCKED:
                    raise
                last = error
        raise OperatorError(
            "FenceFailed",
            "writes could not be stopped within a minute, because a session holds locks on tables "
            f"({last.message}); end that session, and the backup is tried again",
        )

    @property
    def closed_condition(self) -> str:
        """Condition that it has held since close()."""
        if self.since:
            return f"(({_FENCED_SINCE}) <=> {quoting.text(self.since)})"
        holder = quoting.text(self._holder)
        row = f"SELECT 1 FROM mysql_operator.fence WHERE holder = {holder}"
        return f"@@GLOBAL.super_read_only AND EXISTS ({row})"

    def require_closed(self) -> None:
        """Make sure that it has held since close(), so that the backup lacks no row.

        Raises:
            OperatorError: FenceLost.
        """
        with self._door.connect() as session:
            held = session.value(f"SELECT {self.closed_condition}")
        if not held:
            raise _lost()

    def lift(self) -> None:
        """Let the server take writes again, unless another attempt has closed it since."""
        with sessions.connect_within(self._door, LIFT_SECONDS) as session:
            _lift_that_of(self._holder, session)


def _lost() -> OperatorError:
    return OperatorError(
        "FenceLost",
        "during the backup the server restarted, or somebody lifted or replaced the fence, so it "
        "may lack rows; the backup is tried again",
    )


@contextmanager
def closed(fence: Fence) -> Iterator[Fence]:
    """Close the server, unless it is already, and open it again if what follows fails."""
    try:
        if not fence.since:
            fence.close()
        yield fence
    except BaseException:
        interruptions.ignore()
        with _undoing():
            fence.lift()
        raise


def open_after(door: Door, holder: str) -> None:
    """Open a server that an attempt has left closed, unless another one has closed it since."""
    with _undoing(), sessions.connect_within(door, LIFT_SECONDS) as session:
        if holder_of(session) == holder:
            _lift_that_of(holder, session)


def _lift_that_of(holder: str, session: Session) -> None:
    lift_fence(session, except_where=f"holder <> {quoting.text(holder)}")


@contextmanager
def _undoing() -> Iterator[None]:
    """Why the work failed is what counts, also where undoing the fence fails too."""
    logger.info("It has failed. Lifting the fence.")
    try:
        yield
    except OperatorError as error:
        logger.warning(
            "The server is still read-only (%s); the next backup or restore lifts the fence.",
            error.message,
        )


def fenced_since(session: Session) -> str:
    """Since when the server has been read-only, and for whom; empty where it is not, or where
    nobody can tell. The same answer twice: no write was possible in between.

    MySQL notes to the microsecond when a variable was set, and a server that restarts sets this one
    anew. A server that was opened and closed again, by whomever, therefore gives another answer.
    """
    if session.version < _NOTES_WHEN or not session.value(
        "SELECT COUNT(*) FROM information_schema.tables"
        " WHERE table_schema = 'mysql_operator' AND table_name = 'fence'"
    ):
        return ""
    return str(session.value(_FENCED_SINCE) or "")


def is_fenced_since_start(session: Session) -> bool:
    """Whether the server has been read-only since before it let anybody in."""
    found = session.value(
        "SELECT COUNT(*) FROM performance_schema.variables_info AS closed"
        " JOIN performance_schema.variables_info AS opened"
        " WHERE closed.variable_name = 'super_read_only' AND opened.variable_name = 'offline_mode'"
        " AND @@GLOBAL.super_read_only"
        " AND (@@GLOBAL.offline_mode OR closed.set_time < opened.set_time)"
    )
    return bool(found)


def holder_of(session: Session) -> str:
    """Who has closed the server; empty where nobody has."""
    return str(session.value("SELECT MAX(holder) FROM mysql_operator.fence") or "")


def restore_that_closed(session: Session) -> str:
    """Whose fence it is, if that of a restore into this instance; else empty."""
    holder = holder_of(session)
    return holder if holder.startswith(OF_A_RESTORE) else ""


def is_fenced(session: Session) -> bool:
    """Whether the server is read-only."""
    return bool(session.value("SELECT @@GLOBAL.super_read_only"))


def refuse_fenced(session: Session) -> None:
    """Refuse to take a further backup behind the fence: the final one is the last.

    Raises:
        OperatorError: Busy.
    """
    held = "@@GLOBAL.super_read_only AND EXISTS (SELECT 1 FROM mysql_operator.fence)"
    if session.value(f"SELECT {held}"):
        raise OperatorError(
            "Busy",
            "the final backup has made this database read-only, and no other backup follows it; if "
            "nobody is deleting the object, the next upgrade of its release makes it writable "
            "again",
        )


def lift_fence_of_restore(session: Session) -> bool:
    """Lift the fence that a killed restore into this instance has left; whether there was one."""
    other = f"holder NOT LIKE '{OF_A_RESTORE}%'"
    found = session.value(f"SELECT COUNT(*) FROM mysql_operator.fence WHERE NOT ({other})")
    if found:
        wait_until_free(session, FENCE_LOCK)
        lift_fence(session, except_where=other)
    return bool(found)


def lift_fence(session: Session, *, except_where: str) -> None:
    """Lift the fence, but not one whose row meets the condition.

    The server looks and acts in one statement: the word of a pod that was cut off may come when
    another one has closed the server for good. super_read_only goes with read_only.
    """
    while not session.value(f"SELECT IS_FREE_LOCK('{FENCE_LOCK}')"):
        time.sleep(0.25)
    held = f"EXISTS (SELECT 1 FROM mysql_operator.fence WHERE {except_where})"
    if not session.value(f"SELECT {held}"):
        next_start.forget(session)
    session.run(f"SET GLOBAL read_only = @@GLOBAL.read_only AND {held}")
    if not is_fenced(session):
        session.run(f"DELETE FROM mysql_operator.fence WHERE NOT ({except_where})")
