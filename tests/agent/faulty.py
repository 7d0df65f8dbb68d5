"""The agent with one fault in it, run as `python -m tests.agent.faulty agent JOB`.

Faults come from the environment:
  HELD_BEFORE  words of a statement: the first session that is to send one with these words stands
               still. It leaves the file HELD_UP/held-up, and goes on once there is HELD_UP/go.
  REFUSED      words of a statement: the server answers such a one with error 1040.
  BROKEN_CALL  `fsync EIO`: that function of the operating system fails with that error.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from mysql_operator import cli
from mysql_operator.agent.sql import sql_errors
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.sql_errors import SQLError

_rows = Session.rows


def _rows_with_fault(session: Session, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
    held_before, refused = os.environ.get("HELD_BEFORE"), os.environ.get("REFUSED")
    if held_before and held_before in statement:
        _stand_still(Path(os.environ["HELD_UP"]))
    if refused and refused in statement:
        reason = sql_errors.NOT_ACCEPTING_CONNECTIONS
        raise SQLError(reason, "ERROR 1040: Too many connections", 1040)
    return _rows(session, statement, *arguments)


def _stand_still(signs: Path) -> None:
    if (signs / "held-up").exists():
        return
    (signs / "held-up").touch()
    while not (signs / "go").exists():
        time.sleep(0.02)


def _break(function: str, error: str) -> None:
    number = getattr(errno, error)

    def broken(*_: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    setattr(os, function, broken)


if __name__ == "__main__":
    setattr(Session, "rows", _rows_with_fault)  # noqa: B010 - mypy lets nobody assign a method
    if "BROKEN_CALL" in os.environ:
        _break(*os.environ["BROKEN_CALL"].split())
    sys.exit(cli.main())
