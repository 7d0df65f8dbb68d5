"""Accounts, roles and grants as definitions, each grant by itself: one never holds others up.

What a comparison looks at is not the text of SHOW GRANTS but the grant tables, row by row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mysql_operator.agent.dump.definitions import Definition, Kind, Report, Unreadable, settings
from mysql_operator.agent.sql import catalog, quoting, wire
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.sql_errors import SQLError

_PREFIX = b"CREATE USER "
_IF_MISSING = b"CREATE USER IF NOT EXISTS "
_ROLES = b"GRANT `"
"""How SHOW GRANTS begins a grant of roles; privileges are words."""
_PARTIAL = b"SET GLOBAL partial_revokes = ON"

# A default role is set when the role exists and was granted; the plain text of SHOW CREATE USER has
# it in this one place, after everything that users may write but the comment.
_DEFAULT_ROLE = re.compile(rb" DEFAULT ROLE (?:`(?:[^`]|``)*`@`(?:[^`]|``)*`,?)+(?= REQUIRE )")

_GRANT_TABLES = {
    "user": ("user", "host"),
    "db": ("user", "host"),
    "tables_priv": ("user", "host"),
    "columns_priv": ("user", "host"),
    "procs_priv": ("user", "host"),
    "proxies_priv": ("user", "host"),
    "global_grants": ("user", "host"),
    "role_edges": ("to_user", "to_host"),
    "default_roles": ("user", "host"),
}

_SUBJECTS = {
    "tables_priv": ("db", "table_name"),
    "columns_priv": ("db", "table_name"),
    "procs_priv": ("db", "routine_name"),
    "global_grants": ("priv",),
}

# When and by whom something was granted, and what goes by the clock.
_PASSING_COLUMNS = frozenset(("timestamp", "grantor", "password_last_changed"))


def definitions(session: Session, report: Report) -> Iterator[Definition]:
    """Accounts first, then what was granted to them."""
    accounts = catalog.accounts(session)
    if session.version >= (8, 0, 17):
        session.run("SET SESSION print_identified_with_as_hex = ON")
    for user, host in accounts:
        yield from _account(session, report, user, host)
    for user, host in accounts:
        yield from _grants(session, report, user, host)


def _account(session: Session, report: Report, user: str, host: str) -> Iterator[Definition]:
    written = quoting.account(user, host)
    try:
        shown = wire.first(session, f"SHOW CREATE USER {written}")[0] or b""
    except SQLError as error:
        report(Unreadable(f"account {written}", error.message))
        return
    create = _DEFAULT_ROLE.sub(b"", shown.replace(_PREFIX, _IF_MISSING, 1), count=1)
    yield Definition(Kind.ACCOUNT, "", written, create, (settings(),))


def _grants(session: Session, report: Report, user: str, host: str) -> Iterator[Definition]:
    written = quoting.account(user, host)
    try:
        shown = wire.rows_or_error(session, f"SHOW GRANTS FOR {written}")
    except SQLError as error:
        report(Unreadable(f"account {written}", f"its grants: {error.message}"))
        return
    for row in shown:
        grant = row[0] or b""
        if grant.startswith(_ROLES):
            continue
        if not grant.startswith(b"GRANT USAGE ON *.*") or b"WITH GRANT OPTION" in grant:
            # A right that is taken back for one schema is no grant unless the server allows that.
            partial = (_PARTIAL,) if grant.startswith(b"REVOKE ") else ()
            yield Definition(Kind.GRANT, "", grant.decode(), grant, (settings(), *partial))
    yield from _roles(session, user, host)
    yield from _default_roles(session, user, host)


def _roles(session: Session, user: str, host: str) -> Iterator[Definition]:
    """Read granted roles from their table: SHOW GRANTS adds the mandatory roles of everybody."""
    if not catalog.table_exists(session, "mysql", "role_edges"):
        return
    roles = session.rows(
        "SELECT from_user, from_host, with_admin_option FROM mysql.role_edges"
        " WHERE to_user = %s AND to_host = %s ORDER BY 1, 2",
        user,
        host,
    )
    for role_user, role_host, admin in roles:
        grant = f"GRANT {quoting.account(role_user, role_host)} TO {quoting.account(user, host)}"
        grant += " WITH ADMIN OPTION" if admin == "Y" else ""
        yield Definition(Kind.GRANT, "", grant, grant.encode(), (settings(),))


def _default_roles(session: Session, user: str, host: str) -> Iterator[Definition]:
    if not catalog.table_exists(session, "mysql", "default_roles"):
        return
    roles = session.rows(
        "SELECT default_role_user, default_role_host FROM mysql.default_roles"
        " WHERE user = %s AND host = %s ORDER BY 1, 2",
        user,
        host,
    )
    if roles:
        written = ", ".join(quoting.account(*role) for role in roles)
        statement = f"ALTER USER {quoting.account(user, host)} DEFAULT ROLE {written}"
        yield Definition(Kind.GRANT, "", statement, statement.encode(), (settings(),))


@dataclass(frozen=True, order=True)
class GrantRow:
    """A row of a grant table, without what changes by itself."""

    table: str
    subject: str
    """What the grant is on: a table, a routine or a dynamic privilege; empty for the rest."""
    text: str


def from_grant_tables(session: Session) -> dict[str, tuple[GrantRow, ...]]:
    """Everything that the grant tables hold about each account of the users."""
    accounts = set(catalog.accounts(session))
    held: dict[str, list[GrantRow]] = {quoting.account(*account): [] for account in accounts}
    for table, owner in _GRANT_TABLES.items():
        if catalog.table_exists(session, "mysql", table):
            for account, row in _rows(session, table, owner):
                if account in accounts:
                    held[quoting.account(*account)].append(row)
    return {account: tuple(sorted(rows)) for account, rows in held.items()}


def _rows(
    session: Session, table: str, owner: tuple[str, str]
) -> Iterator[tuple[tuple[str, str], GrantRow]]:
    columns = [
        str(name).lower()
        for (name,) in session.rows(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'mysql' AND table_name = %s ORDER BY ordinal_position",
            table,
        )
    ]
    for row in session.rows(f"SELECT {', '.join(map(quoting.name, columns))} FROM mysql.{table}"):
        values = dict(zip(columns, row, strict=True))
        kept = {name: value for name, value in values.items() if name not in _PASSING_COLUMNS}
        kept = {name: value for name, value in kept.items() if value not in (None, "", "N")}
        subject = ".".join(str(values[name]) for name in _SUBJECTS.get(table, ()))
        yield (values[owner[0]], values[owner[1]]), GrantRow(f"mysql.{table}", subject, repr(kept))
