"""The marker row of a restore: how far it has come on this volume, and what it said at its end."""

from __future__ import annotations

import time

from mysql_operator.agent.custody import Lock
from mysql_operator.agent.sql import sql_errors
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.agent.store.stored_files import StoredFile
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.receipts import RestoreReceipt

LOADING = "loading"
COMPLETE = "complete"
PROGRESS_SECONDS = 2.0

# A row counts on the volume that it was written for. One that came with a copy of another data
# directory proves nothing.
_OF_THIS_VOLUME = "mysql_operator.marker JOIN mysql_operator.server USING (id, volume) WHERE id = 1"


def state(session: Session) -> str | None:
    """How far the restore of this data directory has come: loading, complete or not at all."""
    answer = session.value(f"SELECT state FROM {_OF_THIS_VOLUME}")
    return None if answer is None else str(answer)


def are_there(session: Session) -> bool:
    """Whether the server has the tables. A clone that fails half-way has dropped them."""
    return bool(
        session.value(
            "SELECT COUNT(*) = 2 FROM information_schema.tables "
            "WHERE table_schema = 'mysql_operator' AND table_name IN ('marker', 'server')"
        )
    )


def has_foreign_row(session: Session) -> bool:
    """Whether the data directory is a copy of another one that nobody has confirmed."""
    rows = session.value("SELECT COUNT(*) FROM mysql_operator.marker WHERE id = 1")
    return bool(rows) and state(session) is None


def result(session: Session) -> RestoreReceipt:
    """What the restore said when it completed.

    Raises:
        OperatorError: ReceiptUnreadable.
    """
    return receipts.parsed(
        RestoreReceipt, str(session.value(f"SELECT result FROM {_OF_THIS_VOLUME}"))
    )


def begin(session: Session, lock: Lock) -> None:
    """Write down that a restore is at work, so that whoever finds it unfinished starts over."""
    kept = kept_settings(session)
    session.run(
        "REPLACE INTO mysql_operator.marker (id, state, result, settings, volume) "
        f"SELECT 1, '{LOADING}', '', %s, volume FROM mysql_operator.server "
        f"WHERE {lock.held_condition}",
        kept,
    )
    if state(session) != LOADING:
        raise _lost()


def kept_settings(session: Session) -> str:
    """The statement by which settings of the server come back that an unfinished load changed."""
    kept = f"SELECT settings FROM {_OF_THIS_VOLUME} AND state = '{LOADING}'"
    return str(session.value(kept) or "")


def keep_settings(session: Session, lock: Lock, statement: str) -> None:
    """Write that statement down before a load changes anything."""
    session.run(
        f"UPDATE mysql_operator.marker SET settings = %s WHERE id = 1 AND {lock.held_condition}",
        statement,
    )


class Progress:
    """Writes how much of a file has been read into the marker, which the readiness probe repeats.

    The operator shows it in the status; a Job has no rights in the API.
    """

    def __init__(self, session: Session, lock: Lock, file: StoredFile) -> None:
        """Take the file that is being read."""
        self._session, self._lock = session, lock
        self._file, self._of = file.name, _megabytes(file.size())
        self._next = 0.0

    def __call__(self, read: int) -> None:
        """Note how many bytes have been read, once in two seconds."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + PROGRESS_SECONDS
        self._session.run(
            f"UPDATE mysql_operator.marker SET result = %s WHERE id = 1 AND state = '{LOADING}' "
            f"AND {self._lock.held_condition}",
            f"{self._file} ({_megabytes(read)} of {self._of} MB)",
        )


def _megabytes(size: int) -> int:
    return size // 1_000_000


def complete(session: Session, lock: Lock, receipt: RestoreReceipt) -> None:
    """Write the outcome, which lets clients in. Only while nobody else may be loading.

    Raises:
        OperatorError: Busy; the lock is not ours any more.
    """
    session.run(
        "REPLACE INTO mysql_operator.marker (id, state, result, settings, volume) "
        f"SELECT 1, '{COMPLETE}', %s, '', volume FROM mysql_operator.server "
        f"WHERE {lock.held_condition}",
        receipts.as_json(receipt),
    )
    if state(session) != COMPLETE:
        raise _lost()


def _lost() -> OperatorError:
    return OperatorError(
        "Busy", "the server gave the lock of this restore to another run; it is tried again"
    )


def require_complete(session: Session) -> None:
    """Refuse to back up what no restore has completed.

    Raises:
        OperatorError: NotRestored.
    """
    try:
        found = state(session)
    except SQLError as error:
        if error.reason in sql_errors.PASSING:
            raise
        found = None
    if found != COMPLETE:
        raise OperatorError(
            "NotRestored",
            "the restore of this instance has not completed, so its data is not what a backup must "
            "hold; earlier backups are untouched (if somebody removed the schema mysql_operator: "
            "restart the server's pod and run the restore Job, which keeps the data)",
        )
