"""Clients that move money, run as `python -m tests.agent.ledger HOST PORT SECONDS_AT_MOST`.

The password comes on standard input: other tests look for passwords in all environments. Each
transfer is a transaction that changes two accounts and writes an entry. At the end (SIGTERM) the
program prints as JSON which statements failed, and how long each took of those that did not. A
further client makes, alters and drops tables.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pymysql

ACCOUNTS = 20
BALANCE = 1000
CLIENTS = 4

SCHEMA = f"""
CREATE DATABASE bank;
CREATE TABLE bank.account (id INT PRIMARY KEY, balance INT NOT NULL);
CREATE TABLE bank.entry (id BIGINT AUTO_INCREMENT PRIMARY KEY, payer INT, payee INT, amount INT);
INSERT INTO bank.account
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ACCOUNTS})
  SELECT i, {BALANCE} FROM n;
"""  # noqa: S608 - numbers from above

IS_BALANCED = f"""
SELECT SUM(balance) = {ACCOUNTS * BALANCE} FROM bank.account;
SELECT COUNT(*) FROM bank.account
  LEFT JOIN (SELECT payee, SUM(amount) AS total FROM bank.entry GROUP BY payee) i ON i.payee = id
  LEFT JOIN (SELECT payer, SUM(amount) AS total FROM bank.entry GROUP BY payer) o ON o.payer = id
  WHERE balance <> {BALANCE} + IFNULL(i.total, 0) - IFNULL(o.total, 0);
SELECT COUNT(*) > 0 FROM bank.entry;
"""  # noqa: S608 - numbers from above
"""1, 0 and 1 in a copy of one moment: no money came or went, and each entry is in its accounts."""

BALANCED = "1\n0\n1\n"


class Clients:
    """All of them, and what became of their statements."""

    def __init__(self, host: str, port: int, seconds: float) -> None:
        self._given: dict[str, Any] = {"host": host, "port": port, "autocommit": False}
        self._given |= {"user": "root", "password": sys.stdin.readline().rstrip("\n")}
        self._over = threading.Event()
        self._seconds = seconds
        self.took: list[float] = []
        self.took_definitions: list[float] = []
        self.failures: list[str] = []

    def run(self) -> None:
        """Work until SIGTERM comes."""
        signal.signal(signal.SIGTERM, lambda *_: self._over.set())
        works = [self._transfer] * CLIENTS
        threads = [threading.Thread(target=self._work, args=(it, self.took)) for it in works]
        definer = (self._define, self.took_definitions)
        threads.append(threading.Thread(target=self._work, args=definer))
        for thread in threads:
            thread.start()
        self._over.wait(self._seconds)
        self._over.set()
        for thread in threads:
            thread.join()

    def _work(self, work: Callable[[Any, random.Random], None], took: list[float]) -> None:
        dice = random.Random(threading.get_ident())  # noqa: S311 - it moves play money
        connection = pymysql.connect(**self._given)
        while not self._over.is_set():
            began = time.monotonic()
            try:
                work(connection, dice)
            except pymysql.err.MySQLError as error:
                self.failures.append(f"{work.__name__}: {error}")
                return
            took.append(time.monotonic() - began)

    def _transfer(self, connection: Any, dice: random.Random) -> None:
        # In the order of their numbers, so that no two clients wait for each other.
        first, second = sorted(dice.sample(range(1, ACCOUNTS + 1), 2))
        amount = dice.randint(-50, 50)
        change = "UPDATE bank.account SET balance = balance + %s WHERE id = %s"
        with connection.cursor() as cursor:
            cursor.execute(change, (-amount, first))
            cursor.execute(change, (amount, second))
            cursor.execute(
                "INSERT INTO bank.entry (payer, payee, amount) VALUES (%s, %s, %s)",
                (first, second, amount),
            )
        connection.commit()

    def _define(self, connection: Any, dice: random.Random) -> None:
        table = f"bank.passing_{dice.randint(1, 5)}"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {table} (id INT PRIMARY KEY)")
            cursor.execute(f"INSERT INTO {table} VALUES (1)")  # noqa: S608 - one of five names
            connection.commit()
            cursor.execute(f"ALTER TABLE {table} ADD COLUMN more INT, ADD INDEX (more)")
            cursor.execute(f"DROP TABLE {table}")
        self._over.wait(0.05)


def main() -> None:
    """Run the clients."""
    host, port, seconds = sys.argv[1:]
    clients = Clients(host, int(port), float(seconds))
    print("open", flush=True)
    clients.run()
    kinds = {"transfers": clients.took, "definitions": clients.took_definitions}
    outcome = {"failures": clients.failures, **{kind: sorted(took) for kind, took in kinds.items()}}
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
