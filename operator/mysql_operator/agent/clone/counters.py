"""The counters of AUTO_INCREMENT columns, which a clone may bring too low.

InnoDB keeps a counter that has changed since the last checkpoint in its redo log alone, and a clone
begins behind that: seen on 9.7.4, the copy then counts on from the largest id that is there. An id
of a row that was deleted would be given again.
"""

from __future__ import annotations

from mysql_operator.agent.sql import inventory, quoting, sql_errors
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.sql_errors import SQLError

Counters = dict[tuple[str, str], int]
"""The next id of a table, by schema and table."""

_COUNTERS = (
    "SELECT table_schema, table_name, auto_increment FROM information_schema.tables "
    f"WHERE auto_increment IS NOT NULL AND {inventory.of_users('table_schema')}"
)
_LOCK_SECONDS = 2


def of(session: Session) -> Counters:
    """Read them all."""
    return {(str(schema), str(table)): int(n) for schema, table, n in session.rows(_COUNTERS)}


def carry_over(copied: Session, source: Counters) -> list[str]:
    """Set those that are lower in the copy; returns what could not be set, with why."""
    found = of(copied)
    lost = []
    copied.run(f"SET SESSION lock_wait_timeout = {_LOCK_SECONDS}")
    for place, counter in source.items():
        if found.get(place, counter) >= counter:
            continue
        try:
            copied.run(f"ALTER TABLE {quoting.name(*place)} AUTO_INCREMENT = {counter}")
        except SQLError as error:  # a prepared XA transaction holds its tables, for instance
            if error.reason == sql_errors.SERVER_UNREACHABLE:
                raise
            lost.append(f"AUTO_INCREMENT = {counter} of {'.'.join(place)}: {error.message}")
    return lost
