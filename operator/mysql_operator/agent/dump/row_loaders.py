"""Loads rows over several sessions at once.

Statements of InnoDB tables go to the session that is free; those of other tables stay in order on
one session, because some engines (ARCHIVE) want rows as they come. Few wait at a time, so memory
stays small however large the dump is.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from queue import Empty, Full, Queue

from mysql_operator.agent.dump import applying
from mysql_operator.agent.dump.applying import Loaded, LostRows, Remark
from mysql_operator.agent.dump.sqlfile import Entry
from mysql_operator.agent.sql import quoting, sql_errors, wire
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.snapshots import Connect
from mysql_operator.agent.sql.sql_errors import SQLError

_WAITING = 2
_TICK = 0.1


class RowLoaders:
    """Threads with a session each, and queues of what they have to load."""

    def __init__(
        self,
        connect: Connect,
        settings: Sequence[bytes],
        count: int,
        side_by_side: set[tuple[str, str]],
    ) -> None:
        """Prepare them; they start with the `with`."""
        self.lost: list[LostRows] = []
        self.remarks: list[Remark] = []
        self._connect, self._settings, self._side_by_side = connect, settings, side_by_side
        self._shared: Queue[Entry] = Queue(_WAITING * count)
        self._own: list[Queue[Entry]] = [Queue(_WAITING) for _ in range(count)]
        self._complete = threading.Event()
        self._error: BaseException | None = None
        self._sessions: list[Session] = []
        self._threads = [threading.Thread(target=self._work, args=(own,)) for own in self._own]

    def __enter__(self) -> RowLoaders:
        """Start all of them."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Wait for all rows; what ended one of them ends the load."""
        if kind is not None:
            self._give_up()
            return
        try:
            self._complete.set()
            for thread in self._threads:
                thread.join()
        except BaseException:
            self._give_up()
            raise
        if self._error is not None:
            raise self._error

    def _give_up(self) -> None:
        """End the threads, whatever they wait for: a signal reaches the main thread alone."""
        self._error = self._error or SQLError(sql_errors.SQL_FAILED, "the load was given up")
        self._complete.set()
        for thread in self._threads:
            while thread.is_alive():
                for session in tuple(self._sessions):
                    session.abandon()
                thread.join(_TICK)

    def put(self, entry: Entry) -> None:
        """Hand rows over; waits while enough of them wait."""
        path = (entry.head.schema, entry.head.name)
        queue = self._shared
        if path not in self._side_by_side:
            queue = self._own[hash(path) % len(self._own)]
        while True:
            if self._error is not None:
                raise self._error
            try:
                queue.put(entry, timeout=_TICK)
                return
            except Full:
                continue

    def _work(self, own: Queue[Entry]) -> None:
        try:
            with self._connect() as session:
                self._sessions.append(session)
                for statement in self._settings:
                    _set(session, statement)
                while (entry := self._next(own)) is not None:
                    self._load(session, entry)
        except BaseException as error:
            self._error = self._error or error

    def _next(self, own: Queue[Entry]) -> Entry | None:
        """The next of its own, else of those for all; None when there will be no more."""
        while self._error is None:
            complete = self._complete.is_set()  # asked before looking: nothing comes after it
            for queue in (own, self._shared):
                try:
                    return queue.get_nowait()
                except Empty:
                    continue
            if complete:
                return None
            try:
                return self._shared.get(timeout=_TICK / 10)
            except Empty:
                continue
        return None

    def _load(self, session: Session, entry: Entry) -> None:
        head = entry.head
        for attempts_left in (2, 1, 0):
            try:
                for statement in entry.statements:
                    wire.execute(session, statement)
                return
            except SQLError as error:
                if error.reason in applying.ENDS_THE_LOAD:
                    raise
                if error.reason == sql_errors.LOCKED and attempts_left:
                    continue  # a deadlock with another loader: that one has gone on
                if attempts_left and self._has_lifted_check(session, entry, error):
                    continue
                self.lost.append(LostRows(head.schema, head.name, head.rows, error.message))
                return

    def _has_lifted_check(self, session: Session, entry: Entry, error: SQLError) -> bool:
        """Let rows in that a CHECK refuses: they were there, by another time zone or mode."""
        check = _VIOLATED.search(error.message) if error.code == _CHECK_VIOLATED else None
        if check is None:
            return False
        table = quoting.name(entry.head.schema, entry.head.name)
        name = quoting.name(check[1])
        session.run(f"ALTER TABLE {table} ALTER CHECK {name} NOT ENFORCED")
        text = f"rows violate its CHECK {name}, so this came back NOT ENFORCED"
        remark = Remark(f"table {entry.head.schema}.{entry.head.name}", text)
        if remark not in self.remarks:
            self.remarks.append(remark)
        return True


def _set(session: Session, statement: bytes) -> None:
    """Set what rows need. A time zone or a mode that this server does not know is left out."""
    try:
        applying.run_adapted(session, statement, "settings", Loaded())
    except SQLError as error:
        if error.code != _UNKNOWN_ZONE:
            raise
        wire.execute(session, statement.replace(b"SESSION time_zone = ", b"@left_out = "))


_UNKNOWN_ZONE = 1298
_CHECK_VIOLATED = 3819
_VIOLATED = re.compile(r"Check constraint '(.*)' is violated", re.DOTALL)
