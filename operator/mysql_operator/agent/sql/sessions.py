"""SQL sessions of the agent: one place that connects, and one table of what every session sets.

A session inherits nothing from the server's configuration: a global `sql_select_limit`,
`autocommit=0` or `max_execution_time` that users set for their applications must not change what a
backup holds.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pymysql
from pymysql.cursors import SSCursor

from mysql_operator.agent.sql import sql_errors
from mysql_operator.agent.sql.sql_errors import SQLError

CONNECT_SECONDS = 5
LONGEST_PAUSE = 0.2
"""Seconds between two attempts to connect."""

HANDSHAKE_SECONDS = 15
"""How long a server that is overloaded may take for it. One that accepts and says nothing hangs."""

KEEP_ALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 6),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 90_000),
)
"""An answer may take hours, as that to CLONE does: the kernel notices within 90 s where nobody is
at the other end any more. By itself it takes more than two hours."""

KEEP_ALIVE_SECONDS = 30
DIES_AFTER_SECONDS = 120


class Version(NamedTuple):
    """A server's version, compared as a version: 8.0.9 is older than 8.0.11."""

    major: int
    minor: int
    patch: int = 0

    def __str__(self) -> str:
        """Write it as the server does, without a suffix."""
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def series(self) -> str:
        """The release that it belongs to, such as 8.4."""
        return f"{self.major}.{self.minor}"


def version_of(text: str) -> Version:
    """Read the version from what `SELECT VERSION()` says, such as `8.0.36-debug`."""
    match = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if match is None:
        raise SQLError("UnknownServer", f"the server says that its version is {text!r}")
    return Version(*(int(part or 0) for part in match.groups()))


_OLDEST, _NEVER = Version(5, 7), Version(10_000, 0)


class Neutral(NamedTuple):
    """A session variable with the value that every session of the agent gives it."""

    name: str
    value: str
    since: Version = _OLDEST
    before: Version = _NEVER

    @property
    def assignment(self) -> str:
        """Part of a SET statement."""
        return f"SESSION {self.name} = {self.value}"


_UNLIMITED = str(2**64 - 1)

OF_A_START = (
    Neutral("sql_mode", "''"),
    Neutral("sql_log_bin", "0"),
    # What would put passwords into the logs of the server: the general one, and the slow one.
    Neutral("sql_log_off", "1"),
    Neutral("min_examined_row_limit", _UNLIMITED),
    Neutral("autocommit", "1"),
    Neutral("completion_type", "'NO_CHAIN'"),
    Neutral("lc_messages", "'en_US'"),
    # What limits or refuses statements.
    Neutral("sql_select_limit", _UNLIMITED),
    Neutral("sql_big_selects", "1"),
    Neutral("sql_safe_updates", "0"),
    Neutral("max_execution_time", "0"),
    Neutral("lock_wait_timeout", "60"),
    Neutral("innodb_lock_wait_timeout", "60"),
    Neutral("innodb_strict_mode", "0"),
    # What ends sessions that are at work.
    Neutral("wait_timeout", "28800"),
    # What changes the meaning of statements, or their results.
    Neutral("group_concat_max_len", "1073741824"),
    Neutral("default_storage_engine", "'InnoDB'"),
    Neutral("tx_isolation", "'REPEATABLE-READ'", before=Version(5, 7, 20)),
    Neutral("transaction_isolation", "'REPEATABLE-READ'", since=Version(5, 7, 20)),
    Neutral("tx_read_only", "0", before=Version(5, 7, 20)),
    Neutral("transaction_read_only", "0", since=Version(5, 7, 20)),
)
"""What the few statements of a server's start depend on: the chart has them as files/session.sql.
The list is short, because a version without one of these variables would not start."""

NEUTRAL = (
    *OF_A_START,
    Neutral("time_zone", "'+00:00'"),
    # What limits or refuses statements.
    Neutral("max_join_size", _UNLIMITED),
    Neutral("max_heap_table_size", str(1 << 60)),
    Neutral("sql_require_primary_key", "0", since=Version(8, 0, 13)),
    Neutral("restrict_fk_on_non_standard_key", "0", since=Version(8, 4)),
    # What ends sessions that are at work.
    Neutral("net_read_timeout", "3600"),
    Neutral("net_write_timeout", "3600"),
    # What changes the meaning of statements, or their results.
    Neutral("foreign_key_checks", "1"),
    Neutral("unique_checks", "1"),
    Neutral("sql_auto_is_null", "0"),
    Neutral("default_table_encryption", "0", since=Version(8, 0, 16)),
    Neutral("sql_quote_show_create", "1"),
    Neutral("explicit_defaults_for_timestamp", "1"),
    Neutral("default_collation_for_utf8mb4", "'utf8mb4_0900_ai_ci'", since=Version(8, 0, 11)),
    Neutral("information_schema_stats_expiry", "0", since=Version(8, 0)),
    Neutral("sql_generate_invisible_primary_key", "0", since=Version(8, 0, 30)),
    Neutral("show_gipk_in_create_table_and_information_schema", "1", since=Version(8, 0, 30)),
)


def neutral_statement(version: Version) -> str:
    """The statement by which a session of such a server becomes neutral."""
    settings = [
        setting.assignment for setting in NEUTRAL if setting.since <= version < setting.before
    ]
    return "SET " + ", ".join(settings)


def init_statement(settings: Iterable[Neutral] = NEUTRAL, *, separator: str = " ") -> str:
    """The same for a server of any version: an init file runs before anybody can ask for it."""
    everywhere, later = [], []
    for setting in settings:
        if setting.before != _NEVER:
            continue
        if setting.since == _OLDEST:
            everywhere.append(setting.assignment)
        else:
            since = f"{setting.since.major}{setting.since.minor:02}{setting.since.patch:02}"
            later.append(f"/*!{since} , {setting.assignment} */")
    return "SET " + separator.join([f",{separator}".join(everywhere), *later])


@dataclass(frozen=True)
class Door:
    """Where a server listens and who knocks. The password is bytes: PyMySQL would read latin1."""

    user: str
    password: bytes = field(repr=False)
    host: str = ""
    ports: tuple[int, ...] = ()
    socket: str = ""

    def connect(self) -> Session:
        """Open a neutral session at the first port that answers.

        Raises:
            SQLError: none of them lets the user in; what the last one said.
        """
        for port in self.ports[:-1]:
            try:
                return self._session(port)
            except SQLError as error:
                if error.reason == sql_errors.ACCESS_DENIED:
                    raise
        return self._session(self.ports[-1] if self.ports else 0)

    def connect_as_application(self) -> Session:
        """Open a session that is as the server makes it: for a user who may set nothing.

        Raises:
            SQLError: the server does not let the user in.
        """
        return Session(self._connection(self.ports[-1] if self.ports else 0), is_neutral=False)

    def lets_in(self) -> bool:
        """Whether the server knows the user by this password, who may have no right to more."""
        try:
            self._connection(self.ports[-1]).close()
        except SQLError:
            return False
        return True

    def _session(self, port: int) -> Session:
        return Session(self._connection(port))

    def _connection(self, port: int) -> pymysql.Connection[Any]:
        try:
            # TLS where the server has it, unverified: its certificate is one that mysqld made for
            # itself. Whoever can stand between two pods is outside of what this protects from.
            connection = pymysql.connect(
                host=self.host,
                port=port,
                unix_socket=self.socket or None,
                ssl_disabled=bool(self.socket),  # between two containers of one pod
                user=self.user,
                password=self.password,
                charset="utf8mb4",
                autocommit=None,
                connect_timeout=CONNECT_SECONDS,
                read_timeout=HANDSHAKE_SECONDS,
            )
        except (pymysql.MySQLError, OSError, RuntimeError) as error:
            raise sql_errors.read(error) from error
        _be_patient(connection)
        return connection


def _be_patient(connection: Any) -> None:
    """Wait for an answer as long as somebody is at the other end. PyMySQL offers no such thing."""
    connection._read_timeout = None
    if connection._sock.family != socket.AF_UNIX:
        for option in KEEP_ALIVE:
            connection._sock.setsockopt(*option)


class Session:
    """A connection; a neutral one depends on no setting of the server."""

    def __init__(self, connection: pymysql.Connection[Any], *, is_neutral: bool = True) -> None:
        """Take the connection over, and make it neutral."""
        self._connection = connection
        self.version = version_of(str(connection.get_server_info()))  # type: ignore[no-untyped-call]
        self.id = int(connection.thread_id())  # type: ignore[no-untyped-call]
        if is_neutral:
            self.run(neutral_statement(self.version))
        self.run("SET NAMES utf8mb4")

    def run(self, statement: str, *arguments: object) -> None:
        """Run one statement that answers nothing."""
        self.rows(statement, *arguments)

    def rows(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows. Without arguments a `%` is a plain character.

        Raises:
            SQLError: the server refused it or went away; the reason says which.
        """
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement, arguments or None)
                return list(cursor.fetchall())
        except (pymysql.MySQLError, OSError) as error:
            raise sql_errors.read(error) from error

    def stream(self, statement: str, *arguments: object) -> Iterator[tuple[Any, ...]]:
        """Run one statement and yield its rows as they come, however many these are."""
        try:
            with self._connection.cursor(SSCursor) as cursor:
                cursor.execute(statement, arguments or None)
                yield from cursor
        except (pymysql.MySQLError, OSError) as error:
            raise sql_errors.read(error) from error

    def value(self, statement: str, *arguments: object) -> Any:
        """Run one statement and return the first column of its first row; None for no row."""
        rows = self.rows(statement, *arguments)
        return rows[0][0] if rows else None

    def variable(self, name: str) -> str | None:
        """The global value of a system variable; None where this server has no such variable."""
        rows = self.rows("SHOW GLOBAL VARIABLES WHERE variable_name = %s", name)
        return str(rows[0][1]) if rows else None

    @property
    def port(self) -> int:
        """The port that let this session in."""
        return int(self._connection.port)

    def close(self) -> None:
        """Hang up, without a word where the server has gone."""
        if self._connection.open:
            self._connection.close()

    def abandon(self) -> None:
        """End whatever another thread waits for on it."""
        connection: Any = self._connection
        with suppress(OSError, AttributeError):  # it has ended already
            connection._sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Session:
        """Close it at the end of a `with`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


def connect_within(door: Door, seconds: float) -> Session:
    """Open a session as soon as the server lets the user in.

    A refused password is waited for like a refused connection: the server of an older password may
    still be ending.

    Raises:
        SQLError: it did not within that time; what it said last.
    """
    deadline = time.monotonic() + seconds
    pause = 0.02
    while True:
        try:
            return door.connect()
        except SQLError as error:
            if error.reason not in sql_errors.PASSING or time.monotonic() >= deadline:
                raise
        time.sleep(pause)
        pause = min(pause * 1.2, LONGEST_PAUSE)  # the server that is waited for needs the processor


def end_when_unused(session: Session) -> None:
    """Let the server end it, and what it has locked, once its pod or its node is gone."""
    session.run(f"SET SESSION wait_timeout = {DIES_AFTER_SECONDS}")


@contextmanager
def kept_alive(session: Session) -> Iterator[None]:
    """Use the session now and then from a thread; nobody else may use it meanwhile."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(KEEP_ALIVE_SECONDS):
            try:
                session.run("DO 1")
            except SQLError:
                return  # what it has locked is lost, which whoever needs it looks for

    thread = threading.Thread(target=keep, name="lock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(1)
        if thread.is_alive():  # nobody is at the other end
            session.abandon()
            thread.join()
