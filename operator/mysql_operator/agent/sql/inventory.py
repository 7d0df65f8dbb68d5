"""What a server holds, counted: what a receipt lists, and a restored server must hold again."""

from __future__ import annotations

from mysql_operator import names
from mysql_operator.agent.sql import quoting, sql_errors
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.model.receipts import ObjectCounts, TableRows

_NOT_OF_USERS = ", ".join(f"_binary'{schema}'" for schema in names.RESERVED_SCHEMAS)
"""Compared as bytes: 5.7 compares without case, and would take a user's `Sys` for the server's."""


def of_users(column: str) -> str:
    """Condition: a schema belongs to the users."""
    return f"{column} NOT IN ({_NOT_OF_USERS})"


def schemas(session: Session) -> list[str]:
    """The schemas of the users."""
    rows = session.rows(
        "SELECT schema_name FROM information_schema.schemata "
        f"WHERE {of_users('schema_name')} ORDER BY 1"
    )
    return [str(name) for (name,) in rows]


def tables(session: Session) -> list[tuple[str, str]]:
    """The tables of the users: schema and name, sorted as text."""
    rows = session.rows(
        "SELECT table_schema, table_name FROM information_schema.tables "
        f"WHERE table_type = 'BASE TABLE' AND {of_users('table_schema')}"
    )
    return sorted((str(schema), str(table)) for schema, table in rows)


def contents(session: Session) -> list[TableRows]:
    """The tables of the users with the number of their rows."""
    return [counted(session, schema, table) for schema, table in tables(session)]


def counted(session: Session, schema: str, table: str) -> TableRows:
    """Count the rows of a table."""
    try:
        rows = int(session.value(f"SELECT COUNT(*) FROM {quoting.name(schema, table)}"))
    except SQLError as error:
        if error.code != sql_errors.NO_TABLESPACE:
            raise
        rows = 0
    return TableRows(schema_name=schema, table=table, rows=rows)


def discarded(session: Session) -> list[str]:
    """Name the tables that have no rows because their tablespace was discarded (8.0 and later)."""
    if session.version < (8, 0):
        return []
    found = session.rows(
        "SELECT name FROM information_schema.innodb_tablespaces WHERE state = 'discarded'"
        " ORDER BY 1"
    )
    return [
        f"rows of {name.replace('/', '.')}: its tablespace was discarded (ALTER TABLE … DISCARD "
        "TABLESPACE), so the table is empty"
        for (name,) in found
    ]


def objects(session: Session) -> ObjectCounts:
    """The other things of the users, counted."""
    return ObjectCounts(
        views=_count(session, "views", "table_schema"),
        routines=_count(session, "routines", "routine_schema"),
        triggers=_count(session, "triggers", "trigger_schema"),
        events=_count(session, "events", "event_schema"),
    )


def _count(session: Session, table: str, column: str) -> int:
    statement = f"SELECT COUNT(*) FROM information_schema.{table} WHERE {of_users(column)}"
    return int(session.value(statement))


def accounts(session: Session) -> int:
    """How many accounts belong to the users, root among them."""
    return int(
        session.value(
            "SELECT COUNT(*) FROM mysql.user WHERE NOT (user LIKE 'mysql.%' AND host = 'localhost')"
            f" AND user NOT IN ('{names.OPERATOR_ACCOUNT}', '{names.OPERATOR_ACCOUNT}_probe')"
        )
    )


def has_any(session: Session) -> bool:
    """Whether the server holds anything that may be a user's. An empty schema is nothing."""
    found = objects(session)
    return bool(tables(session) or found.views or found.routines or found.events)
