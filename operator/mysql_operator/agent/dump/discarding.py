"""Remove what an unfinished restore has brought into a server that is to start over."""

from __future__ import annotations

from collections.abc import Callable

from mysql_operator.agent.dump import holdings, server_objects
from mysql_operator.agent.dump.definitions import Definition, Kind
from mysql_operator.agent.sql import catalog, inventory, quoting, sql_errors
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.sql_errors import SQLError

_Statement = Callable[[Definition], str]


def discard(session: Session) -> None:
    """Drop everything of the users, whatever a dump may have brought.

    Raises:
        SQLError: the server refused to drop something.
    """
    for schema in _read_only_schemas(session):
        session.run(f"ALTER DATABASE {quoting.name(schema)} READ ONLY = 0")
    discard_schemas(session)
    if session.version >= (8, 0):
        session.run("SET GLOBAL mandatory_roles = ''")  # no statement drops one of these
    for account in catalog.accounts(session):
        session.run(f"DROP USER IF EXISTS {quoting.account(*account)}")
    server_objects.forget_time_zones(session)
    # What is left is in the schemas of the server, or in none.
    left = [item for item in _definitions(session) if item.kind in _DROPS]
    for definition in sorted(left, key=lambda item: list(_DROPS).index(item.kind)):
        _drop(session, definition)


def discard_schemas(session: Session) -> None:
    """Drop the schemas of the users."""
    session.run("SET SESSION foreign_key_checks = 0")
    for schema in inventory.schemas(session):
        session.run(f"DROP DATABASE {quoting.name(schema)}")
    session.run("SET SESSION foreign_key_checks = 1")


def _read_only_schemas(session: Session) -> list[str]:
    found = server_objects.after_rows(session)
    return [item.name for item in found if item.kind is Kind.READ_ONLY]


def _definitions(session: Session) -> list[Definition]:
    found = list(holdings.all_definitions(session, lambda unreadable: None))
    session.run("SET SESSION character_set_results = utf8mb4")
    return found


def _drop(session: Session, definition: Definition) -> None:
    try:
        session.run(_DROPS[definition.kind](definition))
    except SQLError as error:
        if error.reason != sql_errors.SQL_FAILED:
            raise
        # A plugin that is in use goes at the next start; a load that finds it goes on.
        if definition.kind not in (Kind.PLUGIN, Kind.COMPONENT):
            raise


def _dropping(what: str) -> _Statement:
    return lambda item: f"DROP {what} {quoting.name(*filter(None, (item.schema, item.name)))}"


def _drop_routine(item: Definition) -> str:
    kind, _, name = item.name.partition(" ")
    return f"DROP {kind} {quoting.name(item.schema, name)}"


def _reset_persisted(item: Definition) -> str:
    return f"RESET PERSIST {quoting.name(*item.name.split('.'))}"


_DROPS: dict[Kind, _Statement] = {
    Kind.PERSISTED: _reset_persisted,
    Kind.COMPONENT: lambda item: f"UNINSTALL COMPONENT {quoting.text(item.name)}",
    Kind.EVENT: _dropping("EVENT"),
    Kind.TRIGGER: _dropping("TRIGGER"),
    Kind.VIEW: _dropping("VIEW"),
    Kind.ROUTINE: _drop_routine,
    Kind.LIBRARY: _dropping("LIBRARY"),
    Kind.LOADABLE_FUNCTION: _dropping("FUNCTION"),
    Kind.TABLE: _dropping("TABLE"),
    Kind.RESOURCE_GROUP: lambda item: f"DROP RESOURCE GROUP {quoting.name(item.name)} FORCE",
    Kind.SERVER: _dropping("SERVER"),
    Kind.REFERENCE_SYSTEM: lambda item: f"DROP SPATIAL REFERENCE SYSTEM {int(item.name)}",
    Kind.TABLESPACE: _dropping("TABLESPACE"),
    Kind.PLUGIN: lambda item: f"UNINSTALL PLUGIN {quoting.name(item.name)}",
}
"""How each kind is dropped, in this order."""
