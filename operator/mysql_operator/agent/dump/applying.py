"""Runs one statement of a dump, in the form in which this server takes it, and keeps account."""

from __future__ import annotations

from dataclasses import dataclass, field

from mysql_operator.agent.dump import adapting
from mysql_operator.agent.sql import sql_errors, wire
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.sql_errors import SQLError

ENDS_THE_LOAD = frozenset(
    (sql_errors.SERVER_UNREACHABLE, sql_errors.DISK_FULL, sql_errors.NOT_ACCEPTING_CONNECTIONS)
)
"""Reasons that are no matter of one statement."""


UNKNOWN_PRIVILEGES = "this server does not know the privilege "


@dataclass(frozen=True)
class Missing:
    """A thing in the dump that the server did not take."""

    title: str
    error: str
    code: int = 0
    """MySQL's number of the error; 0 for none."""

    def __str__(self) -> str:
        """Write it as people read it."""
        return f"{self.title}: {self.error}"


@dataclass(frozen=True)
class LostRows:
    """Rows of a table that the server did not take."""

    schema: str
    table: str
    rows: int
    error: str

    @property
    def path(self) -> str:
        """Name of the table."""
        return f"{self.schema}.{self.table}"

    @property
    def title(self) -> str:
        """What a definition of the table would be called."""
        return f"table {self.path}"

    def __str__(self) -> str:
        """Write it as people read it."""
        return f"{self.title}: {self.rows} rows were not loaded: {self.error}"


@dataclass(frozen=True)
class Remark:
    """A thing that came back in another form."""

    title: str
    text: str

    def __str__(self) -> str:
        """Write it as people read it."""
        return f"{self.title}: {self.text}"


@dataclass
class Loaded:
    """How a load went."""

    missing: list[Missing] = field(default_factory=list)
    """Definitions that are not there."""
    lost: list[LostRows] = field(default_factory=list)
    """Rows that are not there."""
    remarks: list[Remark] = field(default_factory=list)
    """What came back in another form."""


def run_adapted(session: Session, statement: bytes, title: str, loaded: Loaded) -> None:
    """Run a statement; where the server does not know what is in it, what comes nearest.

    Raises:
        SQLError: neither the statement nor another form of it.
    """
    try:
        _execute(session, statement)
        return
    except SQLError as error:
        if error.code in adapting.UNKNOWN_PRIVILEGE:
            _run_single_grants(session, statement, error)
            return
        instead = adapting.adapted(statement, error.code)
        if instead is None:
            raise
    for other in instead.statements:
        run_adapted(session, other, title, loaded)
    if instead.remark:
        loaded.remarks.append(Remark(instead.subject or title, instead.remark))


def _execute(session: Session, statement: bytes) -> None:
    if not statement.startswith(b"ANALYZE"):
        wire.execute(session, statement)
        return
    # ANALYZE answers an error as a row.
    for row in wire.rows_or_error(session, statement.decode()):
        if row[2] == b"Error":
            raise SQLError(sql_errors.SQL_FAILED, (row[3] or b"").decode(errors="replace"))


def _run_single_grants(session: Session, statement: bytes, refused: SQLError) -> None:
    """Grant dynamic privileges one by one.

    Raises:
        SQLError: this server does not know one of them; it may once a component is there.
    """
    grants = adapting.single_grants(statement)
    if not grants:
        raise refused
    unknown = []
    for privilege, grant in grants:
        try:
            wire.execute(session, grant)
        except SQLError as error:
            if error.code not in adapting.UNKNOWN_PRIVILEGE:
                raise
            unknown.append(privilege)
    if unknown:
        names = ", ".join(unknown)
        raise SQLError(refused.reason, f"{UNKNOWN_PRIVILEGES}{names}", refused.code)
