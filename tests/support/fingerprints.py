# ruff: noqa: S608 - the names that go into these statements are the tests' own
"""All that a database holds, in a form that can be compared: rows, definitions, accounts."""

from __future__ import annotations

from tests.support.databases import Database

USER_SCHEMAS = "NOT IN ('mysql','sys','information_schema','performance_schema','mysql_operator')"
OWN_ACCOUNTS = "user NOT IN ('root','ali','mysql_operator') AND user NOT LIKE 'mysql.%'"
"""`ali` has a new hash in each life, and logging in proves it."""

DEFINITIONS = {
    "schemas": "SELECT schema_name, default_character_set_name, default_collation_name "
    f"FROM information_schema.schemata WHERE schema_name {USER_SCHEMAS} ORDER BY 1",
    "columns": "SELECT table_schema, table_name, ordinal_position, column_name, column_type, "
    "is_nullable, column_default, extra, generation_expression, collation_name, column_comment "
    f"FROM information_schema.columns WHERE table_schema {USER_SCHEMAS} ORDER BY 1, 2, 3",
    "keys": "SELECT table_schema, table_name, index_name, seq_in_index, column_name, non_unique "
    f"FROM information_schema.statistics WHERE table_schema {USER_SCHEMAS} ORDER BY 1, 2, 3, 4",
    "foreign keys": "SELECT constraint_schema, constraint_name, table_name, delete_rule, "
    "referenced_table_name FROM information_schema.referential_constraints "
    f"WHERE constraint_schema {USER_SCHEMAS} ORDER BY 1, 2",
    "tables": "SET SESSION information_schema_stats_expiry = 0; "
    "SELECT table_schema, table_name, engine, auto_increment, table_collation, "
    "create_options, table_comment FROM information_schema.tables "
    f"WHERE table_schema {USER_SCHEMAS} ORDER BY 1, 2",
    "partitions": "SELECT table_schema, table_name, partition_name, partition_method, "
    "partition_expression FROM information_schema.partitions "
    f"WHERE table_schema {USER_SCHEMAS} ORDER BY 1, 2, 3",
    "views": "SELECT table_schema, table_name, view_definition, definer, security_type "
    f"FROM information_schema.views WHERE table_schema {USER_SCHEMAS} ORDER BY 1, 2",
    "triggers": "SELECT trigger_schema, trigger_name, event_manipulation, event_object_table, "
    "action_timing, action_statement, definer, sql_mode, character_set_client "
    f"FROM information_schema.triggers WHERE trigger_schema {USER_SCHEMAS} ORDER BY 1, 2",
    "routines": "SELECT routine_schema, routine_name, routine_type, dtd_identifier, "
    "routine_definition, is_deterministic, sql_data_access, definer, sql_mode, routine_comment "
    f"FROM information_schema.routines WHERE routine_schema {USER_SCHEMAS} ORDER BY 1, 2",
    "events": "SELECT event_schema, event_name, event_definition, interval_value, interval_field, "
    "starts, status, on_completion, definer, event_comment "
    f"FROM information_schema.events WHERE event_schema {USER_SCHEMAS} ORDER BY 1, 2",
    "accounts": "SELECT user, host, plugin, HEX(authentication_string), account_locked, "
    f"max_user_connections FROM mysql.user WHERE {OWN_ACCOUNTS} ORDER BY 1, 2",
    "roles": "SELECT * FROM mysql.role_edges ORDER BY 1, 2, 3, 4",
    "default roles": "SELECT * FROM mysql.default_roles ORDER BY 1, 2, 3, 4",
}


def of(database: Database) -> dict[str, str]:
    """Everything, by name; equal before and after says that nothing was lost or changed."""
    seen = {what: database.sql(statement) for what, statement in DEFINITIONS.items()}
    for schema, table in _listed(
        database,
        "SELECT table_schema, table_name FROM information_schema.tables "
        f"WHERE table_type = 'BASE TABLE' AND table_schema {USER_SCHEMAS} ORDER BY 1, 2",
    ):
        name = f"{_quoted(schema)}.{_quoted(table)}"
        seen[f"rows of {name}"] = database.sql(
            f"CHECKSUM TABLE {name} EXTENDED; SELECT COUNT(*) FROM {name}"
        )
    for user, host in _listed(
        database, f"SELECT user, host FROM mysql.user WHERE {OWN_ACCOUNTS} ORDER BY 1, 2"
    ):
        account = "'{}'@'{}'".format(user.replace("'", "''"), host)
        seen[f"grants of {account}"] = database.sql(f"SHOW GRANTS FOR {account}")
    return seen


def _listed(database: Database, statement: str) -> list[list[str]]:
    return [line.split("\t") for line in database.sql(statement).splitlines()]


def _quoted(identifier: str) -> str:
    return "`{}`".format(identifier.replace("`", "``"))
