"""Give a complete instance other data: it clones them to a directory beside its own, and restarts.

Nothing of the instance is touched by the copy, for which it may be read-only. Then the copy is
named by SET PERSIST, which a read-only server takes as well, and `swap.sh` gives it the place of
the data directory at the next start; if no server starts on it, the data of before comes back.
The copy brings the outcome of the restore along, so whoever finds it can complete the restore.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from mysql_operator import names
from mysql_operator.agent import markers, setting_passwords, steps
from mysql_operator.agent.clone import clones, cloning_back, next_start
from mysql_operator.agent.clone.clones import Donor
from mysql_operator.agent.custody import Fence, Lock
from mysql_operator.agent.settings import Settings
from mysql_operator.agent.sql import sessions, sql_errors
from mysql_operator.agent.sql.sessions import Door, Session
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions, receipts
from mysql_operator.model.receipts import RestoreReceipt

logger = logging.getLogger(__name__)

NOT_STARTED = "RestoredDataRefused"

# As init.sql makes it. A backup of an older release may have one without the column of the volume.
_MARKER = (
    "CREATE DATABASE IF NOT EXISTS mysql_operator DEFAULT CHARACTER SET utf8mb4",
    "DROP TABLE IF EXISTS mysql_operator.marker, mysql_operator.fence, mysql_operator.server",
    "CREATE TABLE mysql_operator.marker (id TINYINT PRIMARY KEY, "
    "state ENUM('loading','complete') NOT NULL, result TEXT NOT NULL, settings TEXT NOT NULL, "
    "volume VARCHAR(64) NOT NULL DEFAULT '') ENGINE=InnoDB",
)


@dataclass(frozen=True)
class Handover:
    """What the copy brings along: what is said at the end, and what is set again until then."""

    outcome: RestoreReceipt
    persisted_variables: dict[str, str]


def prepare(scratch: Session) -> None:
    """Let an empty scratch server load without its redo log: nobody needs it after a crash."""
    scratch.run(_MARKER[0])
    scratch.run("CREATE TABLE mysql_operator.server (id TINYINT PRIMARY KEY, disposable TINYINT)")
    scratch.run("INSERT INTO mysql_operator.server VALUES (1, 1)")


def bring_along(copy: Session, handover: Handover) -> None:
    """Write it into the server that is to be copied. The row names no volume: nobody is let in."""
    for statement in _MARKER:
        copy.run(statement)
    copy.run(
        "INSERT INTO mysql_operator.marker (id, state, result, settings, volume) "
        f"VALUES (1, '{markers.LOADING}', %s, %s, '')",
        receipts.as_json(handover.outcome),
        json.dumps(handover.persisted_variables),
    )


def handed_over(session: Session) -> Handover | None:
    """What a copy has brought along that nobody has completed yet; None in any other server."""
    if not markers.are_there(session) or not markers.has_foreign_row(session):
        return None
    ((result, settings),) = session.rows(
        "SELECT result, settings FROM mysql_operator.marker WHERE id = 1"
    )
    try:
        outcome = receipts.parsed(RestoreReceipt, str(result))
        variables = json.loads(settings)
    except (OperatorError, ValueError):
        return None  # a first restore that did not end
    return Handover(outcome, variables) if outcome.request else None


def completed(settings: Settings, session: Session, lock: Lock) -> RestoreReceipt | None:
    """Complete the restore whose copy this server serves; None in any other server.

    Raises:
        OperatorError: NotAcceptingConnections, Busy; the next run completes it.
    """
    handover = handed_over(session)
    if handover is None:
        return None
    _wait_until_set_up(session, settings.wait_seconds)
    missing = list(handover.outcome.missing or ())
    missing += cloning_back.settle(session, handover.persisted_variables)
    missing += _without_password(settings)
    outcome = handover.outcome.model_copy(
        update={
            "missing": receipts.cut(missing, receipts.SUMMARY_BYTES) or None,
            "time": conditions.timestamp(datetime.now(UTC)),
        }
    )
    markers.complete(session, lock, outcome)
    return outcome


def _wait_until_set_up(session: Session, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while is_being_set_up(session):
        if time.monotonic() >= deadline:
            raise SQLError(
                sql_errors.NOT_ACCEPTING_CONNECTIONS, "the server does not come out of its start"
            )
        time.sleep(0.05)


def _without_password(settings: Settings) -> list[str]:
    """Give the application user the password of today; what the server says where it refuses."""
    if not settings.has_password(names.USER_PASSWORD_KEY):
        return []
    try:
        setting_passwords.set_passwords(settings)
    except OperatorError as error:
        if error.reason in sql_errors.PASSING:
            raise
        return [f"password of {names.APP_USER}: {error.message}"]
    return []


class Copy:
    """A copy of other data beside those of the instance."""

    def __init__(self, settings: Settings) -> None:
        """Name it, so that none of an earlier attempt is taken for it."""
        self._door, self._seconds = settings.door(), settings.wait_seconds
        self._token = secrets.token_hex(8)

    def make(self, instance: Session, donor: Donor) -> None:
        """Let the instance clone the donor.

        Raises:
            OperatorError: CloneFailed, DiskFull; the instance removes what it has copied.
        """
        try:
            with steps.timed("Clone"):
                clones.clone_to(next_start.folder(self._token), instance, donor)
        except BaseException:
            _kill(self._door, instance)
            raise

    def put_in_place(self, instance: Session, lock: Lock, fence: Fence) -> None:
        """Restart the instance on it, as long as nobody can have written since the fence.

        Raises:
            OperatorError: FenceLost; RestoredDataRefused, and the instance serves its own data
                again; ServerUnreachable.
        """
        before = _start_of(instance)
        if not next_start.take(
            instance, self._token, f"{lock.held_condition} AND {fence.closed_condition}"
        ):
            raise OperatorError(
                "FenceLost",
                "somebody lifted or replaced the fence during the restore; it is tried again",
            )
        _restart(instance)
        lock.let_go()
        with steps.timed("Restart of the server"):
            self._wait(before, time.monotonic() + self._seconds)

    def _wait(self, before: _Start, deadline: float) -> None:
        while not self._is_served(before, deadline):
            if time.monotonic() >= deadline:
                raise SQLError(
                    sql_errors.SERVER_UNREACHABLE,
                    "the server has not come back from its restart yet; see its log",
                )
            time.sleep(0.05)

    def _is_served(self, before: _Start, deadline: float) -> bool:
        left = max(0.0, deadline - time.monotonic())
        try:
            with sessions.connect_within(self._door, left) as session:
                if handed_over(session) is not None:
                    return not is_being_set_up(session)
                has_restarted = before.is_not_that_of(session)
        except SQLError as error:
            if error.reason in sql_errors.PASSING:
                return False
            raise
        if has_restarted:
            raise OperatorError(
                NOT_STARTED,
                "the server did not start on the restored data, and serves its own again; the log "
                "of its pod says why",
            )
        return False


def is_being_set_up(session: Session) -> bool:
    """Whether `serve.sh` is still at it. Where that fails, it takes the data of before again."""
    return session.variable("offline_mode") == "ON"


def _restart(instance: Session) -> None:
    """Restart the server, which is ending when this returns."""
    instance.run("RESTART")
    instance.close()


def restart_and_wait(door: Door, instance: Session, seconds: float) -> None:
    """Restart the server, and wait until it is back.

    Raises:
        OperatorError: ServerUnreachable.
    """
    before, deadline = _start_of(instance), time.monotonic() + seconds
    _restart(instance)
    while time.monotonic() < deadline:
        time.sleep(0.05)
        with sessions.connect_within(door, max(0.0, deadline - time.monotonic())) as session:
            if before.is_not_that_of(session):
                return
    raise SQLError(sql_errors.SERVER_UNREACHABLE, "the server has not restarted; see its log")


class _Start(NamedTuple):
    """Tells one start of a server from the next."""

    process: int | None
    """Number of the process; None where the performance schema is off."""
    uptime: int

    def is_not_that_of(self, session: Session) -> bool:
        """Whether the server has started again since."""
        now = _start_of(session)
        return now.process != self.process or now.uptime < self.uptime


def _start_of(session: Session) -> _Start:
    process = session.value(
        "SELECT thread_os_id FROM performance_schema.threads WHERE name = 'thread/sql/main'"
    )
    uptime = int(session.rows("SHOW GLOBAL STATUS LIKE 'Uptime'")[0][1])
    return _Start(process, uptime)


def _kill(door: Door, instance: Session) -> None:
    """End a copy that nobody waits for any more: MySQL then removes its files."""
    try:
        with door.connect() as other:
            other.run(f"KILL {instance.id}")
    except SQLError as error:
        logger.info("The copy is over: %s.", error.message)
