"""Each setting of the server at its worst: no session of the agent inherits one of them."""

from __future__ import annotations

import pytest

from mysql_operator.agent.sql import sessions
from mysql_operator.agent.sql.sessions import NEUTRAL, Neutral, Version
from tests.agent.conftest import HeldUp
from tests.scripts import pods, stories
from tests.scripts.sandbox import OPERATOR_PASSWORD, Instance

VERSION = Version(9, 7, 4)

WORST = {
    "sql_log_off": "0",
    "min_examined_row_limit": "0",
    "sql_mode": "'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,TRADITIONAL'",
    "autocommit": "0",
    "time_zone": "'+13:00'",
    "lc_messages": "'de_DE'",
    "sql_select_limit": "1",
    "max_execution_time": "1",
    "max_join_size": "1",
    "max_heap_table_size": "16384",
    "sql_big_selects": "0",
    "sql_safe_updates": "1",
    "lock_wait_timeout": "1",
    "innodb_lock_wait_timeout": "1",
    "innodb_strict_mode": "1",
    "sql_require_primary_key": "1",
    "restrict_fk_on_non_standard_key": "1",
    "wait_timeout": "1",
    "net_read_timeout": "1",
    "net_write_timeout": "1",
    "transaction_isolation": "'READ-UNCOMMITTED'",
    "transaction_read_only": "1",
    "completion_type": "'RELEASE'",
    "foreign_key_checks": "0",
    "unique_checks": "0",
    "sql_auto_is_null": "1",
    "sql_quote_show_create": "0",
    "explicit_defaults_for_timestamp": "0",
    "group_concat_max_len": "4",
    "default_storage_engine": "'MyISAM'",
    "default_table_encryption": "1",
    "default_collation_for_utf8mb4": "'utf8mb4_general_ci'",
    "information_schema_stats_expiry": "31536000",
    "sql_generate_invisible_primary_key": "1",
    "show_gipk_in_create_table_and_information_schema": "0",
}
"""The value of each neutral variable that would hurt a backup or a restore most."""

NO_GLOBAL_VALUE = {"sql_log_bin"}


def of_this_version() -> list[Neutral]:
    return [setting for setting in NEUTRAL if setting.since <= VERSION < setting.before]


def test_each_neutral_setting_has_a_worst_value() -> None:
    assert {setting.name for setting in of_this_version()} == set(WORST) | NO_GLOBAL_VALUE


@pytest.fixture(scope="module")
def worst(shop_of_module: Instance) -> Instance:
    """A server with rows, and with all of these settings, which every new session inherits."""
    shop_of_module.make_new()
    pods.restore(shop_of_module)
    stories.some_rows(shop_of_module)
    make_worst(shop_of_module)
    return shop_of_module


def make_worst(shop: Instance) -> None:
    shop.sql(";".join(f"SET GLOBAL {name} = {value}" for name, value in WORST.items()))


def as_operator(shop: Instance, statements: str) -> str:
    neutral = sessions.neutral_statement(VERSION)
    return shop.sql(f"{neutral};{statements}", user="mysql_operator", password=OPERATOR_PASSWORD)


def in_force(shop: Instance) -> dict[str, str]:
    """Each neutral variable in the sessions of the agent; the values of all of them, by name."""
    rows = as_operator(
        shop,
        "SELECT variable_name, GROUP_CONCAT(DISTINCT variable_value)"
        " FROM performance_schema.variables_by_thread JOIN performance_schema.threads"
        " USING (thread_id) WHERE processlist_user = 'mysql_operator'"
        " AND processlist_id <> CONNECTION_ID() GROUP BY 1",
    )
    return dict(line.split("\t") for line in rows.splitlines())


def expected(shop: Instance) -> dict[str, str]:
    """The same of a session that has set nothing but these."""
    names = {setting.name for setting in of_this_version()}
    rows = as_operator(
        shop, "SELECT variable_name, variable_value FROM performance_schema.session_variables"
    )
    every = dict(line.split("\t") for line in rows.splitlines())
    return {name: every[name] for name in names}


def test_no_session_of_a_backup_or_a_restore_inherits_a_setting(
    worst: Instance, held_up: HeldUp
) -> None:
    backup = held_up.start(worst, "back-up", before="CLONE INSTANCE")

    found, wanted = in_force(worst), expected(worst)
    held_up.let_go()

    may_differ = {"lock_wait_timeout", "wait_timeout"}  # the lock and the fence have their own
    assert len(wanted) == len(of_this_version())
    assert {name: found[name] for name in wanted.keys() - may_differ} == {
        name: value for name, value in wanted.items() if name not in may_differ
    }
    outcome = backup.wait()
    assert outcome.result["rows"] == 2, outcome.output


def test_all_comes_back_into_a_server_with_the_same_settings(worst: Instance) -> None:
    as_operator(
        worst,
        "SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF;"
        "DELETE FROM mysql_operator.fence; DELETE FROM mysql_operator.marker;"
        "DROP DATABASE `otus-database`; CREATE DATABASE `otus-database`",
    )

    outcome = pods.run(worst, "restore")

    assert outcome.result["result"] == "restored", outcome.output
    assert outcome.result["rows"] == 2
    assert stories.rows(worst) == "one\ntwo 😀\n"
