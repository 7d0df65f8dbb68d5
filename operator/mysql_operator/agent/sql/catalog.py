"""What on a server belongs to its users, by name: all that a Dump has to bring back.

What the server brings itself is left out: its schemas, accounts, tables and routines. What people
keep in `mysql` and `sys` beside these is theirs. Names are compared here, byte by byte: collations
of information_schema differ between versions, and `Sys` is no schema of the server.
"""

from __future__ import annotations

from dataclasses import dataclass

from mysql_operator import names
from mysql_operator.agent.dump.literals import Column
from mysql_operator.agent.sql import quoting
from mysql_operator.agent.sql.sessions import Session

SERVER_SCHEMAS = frozenset(("information_schema", "performance_schema", "mysql", "sys"))
_OURS = frozenset((names.MARKER_SCHEMA, names.LOAD_SCHEMA))
_OUR_ACCOUNTS = frozenset((names.MARKER_SCHEMA, f"{names.MARKER_SCHEMA}_probe"))
_SERVER_DEFINER = "mysql.sys@localhost"

# Of 5.7 to 9.7. A name that a later version adds is taken for a table of the users, which is then
# compared like any other: too much is named, never too little.
_TABLES_IN_MYSQL = frozenset(
    """
    columns_priv component db default_roles engine_cost event func general_log global_grants
    gtid_executed help_category help_keyword help_relation help_topic innodb_index_stats
    innodb_table_stats ndb_binlog_index password_history plugin proc procs_priv proxies_priv
    replication_asynchronous_connection_failover
    replication_asynchronous_connection_failover_managed
    replication_group_configuration_version replication_group_member_actions role_edges
    server_cost servers slave_master_info slave_relay_log_info slave_worker_info slow_log
    tables_priv time_zone time_zone_leap_second time_zone_name time_zone_transition
    time_zone_transition_type user audit_log_filter audit_log_user firewall_group_allowlist
    firewall_groups firewall_membership firewall_users firewall_whitelist
    """.split()
)

_WITHOUT_ROWS = frozenset(("MRG_MYISAM", "MRG_MyISAM", "FEDERATED", "BLACKHOLE"))
"""Engines whose rows lie elsewhere, or nowhere."""


@dataclass(frozen=True)
class Table:
    """A base table of the users."""

    schema: str
    name: str
    engine: str
    average_row: int = 0
    """Bytes of a row, roughly."""

    @property
    def path(self) -> str:
        """Its name in a statement."""
        return quoting.name(self.schema, self.name)

    @property
    def is_transactional(self) -> bool:
        """Whether a snapshot shows its rows as they were."""
        return self.engine == "InnoDB"

    @property
    def has_rows(self) -> bool:
        """Whether the server keeps its rows here."""
        return self.engine not in _WITHOUT_ROWS


def is_users_schema(name: str) -> bool:
    """Whether a schema came from the users."""
    return name not in SERVER_SCHEMAS and name not in _OURS


def schemas(session: Session) -> list[str]:
    """The schemas of the users."""
    found = session.rows("SELECT schema_name FROM information_schema.schemata ORDER BY 1")
    return [name for (name,) in found if is_users_schema(name)]


def tables(session: Session) -> list[Table]:
    """The tables of the users, also those in the schemas of the server."""
    found = session.rows(
        "SELECT table_schema, table_name, engine, avg_row_length FROM information_schema.tables"
        " WHERE table_type = 'BASE TABLE' ORDER BY 1, 2"
    )
    return [
        Table(schema, name, engine or "", int(average or 0))
        for schema, name, engine, average in found
        if is_users_schema(schema) or _is_added(schema, name)
    ]


def _is_added(schema: str, table: str) -> bool:
    if schema == "mysql":
        return table not in _TABLES_IN_MYSQL
    return schema == "sys" and table != "sys_config"


def columns(session: Session, table: Table) -> list[Column]:
    """The columns of a table, in their order, invisible ones too."""
    found = session.rows(
        "SELECT column_name, data_type, character_set_name, character_octet_length, extra"
        " FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
        " ORDER BY ordinal_position",
        table.schema,
        table.name,
    )
    return [
        Column(
            name=name,
            data_type=data_type.lower(),
            charset=charset,
            octets=None if octets is None else int(octets),
            generated="VIRTUAL GENERATED" in extra or "STORED GENERATED" in extra,
            virtual="VIRTUAL GENERATED" in extra,
        )
        for name, data_type, charset, octets, extra in found
    ]


def views(session: Session) -> list[tuple[str, str]]:
    """The views of the users."""
    return _of_users(
        session,
        "SELECT table_schema, table_name, definer FROM information_schema.views ORDER BY 1, 2",
    )


def routines(session: Session) -> list[tuple[str, str, str]]:
    """Procedures and functions of the users: schema, name, kind."""
    found = session.rows(
        "SELECT routine_schema, routine_name, definer, routine_type"
        " FROM information_schema.routines ORDER BY 1, 2, 4"
    )
    return [
        (schema, name, kind.lower())
        for schema, name, definer, kind in found
        if _belongs_to_users(schema, definer)
    ]


def libraries(session: Session) -> list[tuple[str, str]]:
    """Libraries of stored code (9.2 and later)."""
    if session.version < (9, 2):
        return []
    found = session.rows(
        "SELECT library_schema, library_name FROM information_schema.libraries ORDER BY 1, 2"
    )
    return [(schema, name) for schema, name in found if schema not in _OURS]


def triggers(session: Session) -> list[tuple[str, str]]:
    """Triggers of the users, those of one moment in the order in which they act."""
    return _of_users(
        session,
        "SELECT trigger_schema, trigger_name, definer FROM information_schema.triggers"
        " ORDER BY event_object_schema, event_object_table, event_manipulation, action_timing,"
        " action_order",
    )


def events(session: Session) -> list[tuple[str, str]]:
    """Events of the users."""
    return _of_users(
        session,
        "SELECT event_schema, event_name, definer FROM information_schema.events ORDER BY 1, 2",
    )


def accounts(session: Session) -> list[tuple[str, str]]:
    """Accounts and roles of the users, not the server's nor those that the operator looks after."""
    found = session.rows("SELECT user, host FROM mysql.user ORDER BY user, host")
    return [(user, host) for user, host in found if _is_users_account(user, host)]


def _is_users_account(user: str, host: str) -> bool:
    if user in _OUR_ACCOUNTS or (user.startswith("mysql.") and host == "localhost"):
        return False
    return not (user == "root" and host in ("localhost", "%"))


def _of_users(session: Session, question: str) -> list[tuple[str, str]]:
    return [
        (schema, name)
        for schema, name, definer in session.rows(question)
        if _belongs_to_users(schema, definer)
    ]


def _belongs_to_users(schema: str, definer: str) -> bool:
    return schema not in _OURS and not (schema in SERVER_SCHEMAS and definer == _SERVER_DEFINER)


def table_exists(session: Session, schema: str, table: str) -> bool:
    """Whether this server has that table of its own."""
    found = session.value(
        "SELECT COUNT(*) FROM information_schema.tables"
        " WHERE table_schema = %s AND table_name = %s",
        schema,
        table,
    )
    return bool(found)
