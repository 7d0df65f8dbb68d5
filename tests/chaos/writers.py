"""A client that writes numbered rows all the time, and remembers what the server acknowledged.

It is a pod of its own and comes through the Service, as an application does: who goes past the
Service reaches a server that is still being loaded, and writes into what may be loaded once more.
"""

from __future__ import annotations

import itertools
import threading

from tests.support.databases import CLIENT, Database
from tests.support.objects import SCHEMA, a_sleeping_pod
from tests.support.waiting import eventually

TABLE = (
    "CREATE TABLE IF NOT EXISTS numbered "
    "(n BIGINT PRIMARY KEY, filler CHAR(100) NOT NULL DEFAULT 'x')"
)
INSERT = "INSERT INTO numbered (n) VALUES ({n}); SELECT {n};"
BATCH = 50
"""Rows of one session, each a transaction of its own."""


class Writer:
    """Writes in a thread of its own within a `with`; a server that is away is asked again."""

    def __init__(self, database: Database) -> None:
        self.acknowledged: set[int] = set()
        self._database = database
        self._numbers = itertools.count(1)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def __enter__(self) -> Writer:
        eventually(lambda: (self._database.sql(TABLE, schema=SCHEMA),), "a table")
        self._database.team.run_to_ready(a_sleeping_pod("client"))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def missing(self) -> set[int]:
        """Acknowledged rows that the server does not hold."""
        expected = set(self.acknowledged)
        held = self._database.sql("SELECT n FROM numbered", schema=SCHEMA).split()
        return expected - {int(number) for number in held}

    def _write(self) -> None:
        while not self._stopped.wait(0.5):
            numbers = itertools.islice(self._numbers, BATCH)
            # A number is printed only after its row is committed; the client stops at an error.
            statements = (INSERT.format(n=n) for n in numbers)
            answer = self._database.team.try_kubectl(
                "exec", "-i", "client", "--", "bash", "-c", CLIENT, "client", "root",
                f"--host={self._database.name}", "--connect-timeout=5", SCHEMA,
                stdin="\n".join([self._database.password, *statements]),
            )  # fmt: skip
            self.acknowledged.update(int(word) for word in answer.out.split() if word.isdigit())
