"""A dump of a server that takes writes is of one moment, and holds writers up for an instant."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from mysql_operator.agent.dump import dumping, holdings, verifying
from mysql_operator.agent.dump.dumping import Plan
from mysql_operator.agent.interruptions import InterruptedJobError
from mysql_operator.agent.sql import sessions, snapshots
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.errors import OperatorError
from tests.agent.dumps import servers
from tests.agent.dumps.conftest import StartServer
from tests.support import interrupting
from tests.support.mysqld import Mysqld
from tests.support.sinks import Memory
from tests.support.waiting import GRACE_SECONDS


class _Writes:
    """A sink beside which an application writes, while the dump is at work."""

    def __init__(self, session: Session) -> None:
        self.content = io.BytesIO()
        self._session = session
        self.written = 0

    def write(self, content: bytes, /) -> object:
        self._session.run("SET SESSION lock_wait_timeout = 1")
        self._session.run("INSERT INTO shop.t (v) VALUES (REPEAT('x', 100))")
        self.written += 1
        return self.content.write(content)

    def abandon(self) -> None:
        """Do nothing."""


class _Silent:
    """A sink that answers nothing once rows come."""

    def __init__(self, then: Callable[[], object]) -> None:
        self.is_abandoned = threading.Event()
        self._then = then

    def write(self, content: bytes, /) -> object:
        if content.startswith(b"INSERT"):
            assert threading.current_thread() is not threading.main_thread()
            self._then()
            self.is_abandoned.wait(60)
        return len(content)

    def abandon(self) -> None:
        self.is_abandoned.set()


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Mysqld:
    server = start_server("--event-scheduler=OFF")
    servers.run(
        server,
        "CREATE DATABASE shop",
        "CREATE TABLE shop.t (id INT AUTO_INCREMENT PRIMARY KEY, v TEXT)",
        "INSERT INTO shop.t (v) VALUES ('one'), ('two')",
        "CREATE TABLE shop.u (id INT PRIMARY KEY)",
    )
    return server


def test_writes_go_on_while_it_is_written_and_are_not_in_it(
    server: Mysqld, start_server: StartServer
) -> None:
    with server.session() as application:
        sink = _Writes(application)
        held = dumping.dump(server.session, sink, Plan("shop", fenced=False))

    assert sink.written > 10
    assert held.tables["shop", "t"].rows == 2
    assert held.position is not None
    copy = start_server("--event-scheduler=OFF", "--skip-log-bin")
    source = io.BytesIO(sink.content.getvalue())
    assert verifying.verify(copy.session, source, held).problems == []


@pytest.fixture
def interruptible() -> Iterator[None]:
    """SIGTERM is an exception, as in a Job."""
    with interrupting.interruptible():
        yield


def end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.usefixtures("interruptible")
def test_a_pod_that_is_ended_waits_for_no_store(server: Mysqld) -> None:
    sink = _Silent(end)

    with pytest.raises(InterruptedJobError):
        dumping.dump(server.session, sink, Plan("shop", fenced=False))

    assert sink.is_abandoned.is_set()


@pytest.mark.usefixtures("interruptible")
def test_a_pod_that_is_ended_waits_for_no_server(
    server: Mysqld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement may take hours: that which looks for the longest value of a column, for one."""

    def shape_of(session: Session, _: object) -> NoReturn:
        threading.Timer(0.5, end).start()
        session.run("DO SLEEP(300)")
        raise AssertionError

    monkeypatch.setattr(holdings, "shape_of", shape_of)
    began = time.monotonic()

    with pytest.raises(InterruptedJobError):
        dumping.dump(server.session, Memory(), Plan("shop", fenced=False))

    assert time.monotonic() - began < GRACE_SECONDS


def test_writers_wait_for_no_store_that_says_nothing(
    server: Mysqld, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers.run(
        server, "CREATE TABLE shop.m (id INT) ENGINE=MyISAM", "INSERT INTO shop.m VALUES (1)"
    )
    monkeypatch.setattr(dumping, "WRITERS_WAIT_SECONDS", 1.0)

    sink = _Silent(lambda: None)

    with pytest.raises(OperatorError) as refused:
        dumping.dump(server.session, sink, Plan("shop", fenced=False))

    assert sink.is_abandoned.is_set()
    servers.run(server, "INSERT INTO shop.m VALUES (2)", "DROP TABLE shop.m")
    assert refused.value.reason == "StorageTooSlow"


def test_what_a_lost_pod_holds_is_given_back_by_the_server(server: Mysqld) -> None:
    """Nobody hangs up where a node is lost: the server does so by itself, within minutes."""
    with (
        snapshots.of_one_moment(server.session, count=1, fenced=False),
        server.session() as looks,
    ):
        held = looks.rows(
            "SELECT variable_value FROM performance_schema.variables_by_thread"
            " JOIN performance_schema.metadata_locks ON owner_thread_id = thread_id"
            " WHERE variable_name = 'wait_timeout' AND lock_type = 'SHARED'"
            " AND object_type IN ('GLOBAL', 'COMMIT', 'BACKUP LOCK')"
        )

    assert len(held) >= 2
    assert {int(value) for (value,) in held} == {sessions.DIES_AFTER_SECONDS}


def test_a_lock_that_was_lost_fails_the_dump(server: Mysqld) -> None:
    """A person who looks for what holds up the writers may end that session."""
    moments = snapshots.of_one_moment(server.session, count=1, fenced=False)
    with server.session() as person, contextlib.suppress(SQLError), moments as moment:
        ((number,),) = person.rows(
            "SELECT DISTINCT processlist_id FROM performance_schema.metadata_locks"
            " JOIN performance_schema.threads ON owner_thread_id = thread_id"
            " WHERE object_type = 'GLOBAL' AND lock_type = 'SHARED'"
        )
        person.run(f"KILL {number}")

        with pytest.raises(SQLError):
            moment.let_writers_go_on()
