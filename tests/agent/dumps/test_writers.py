"""A dump of a server that takes writes is of one moment, and holds writers up for an instant."""

from __future__ import annotations

import io
import os
import signal
import threading

import pytest

from mysql_operator.agent import dumping, interruptions, verifying
from mysql_operator.agent.dumping import Plan
from mysql_operator.agent.interruptions import InterruptedJobError
from mysql_operator.agent.sessions import Session
from tests.agent.dumps import servers
from tests.agent.dumps.conftest import StartServer
from tests.support.mysqld import Mysqld


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
    """A sink that answers nothing once rows come, and whose pod is told to end then."""

    def __init__(self) -> None:
        self._is_abandoned = threading.Event()

    def write(self, content: bytes, /) -> object:
        if content.startswith(b"INSERT"):
            assert threading.current_thread() is not threading.main_thread()
            os.kill(os.getpid(), signal.SIGTERM)
            assert self._is_abandoned.wait(60)
        return len(content)

    def abandon(self) -> None:
        self._is_abandoned.set()


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


def test_a_pod_that_is_ended_waits_for_no_store(server: Mysqld) -> None:
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
    before = {number: signal.getsignal(number) for number in numbers}
    interruptions.raise_on_signals()
    try:
        with pytest.raises(InterruptedJobError):
            dumping.dump(server.session, _Silent(), Plan("shop", fenced=False))
    finally:
        interruptions.ignore()
        for number, handler in before.items():
            signal.signal(number, handler)
