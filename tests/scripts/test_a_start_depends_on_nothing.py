"""Whatever users have changed, the server starts, the Jobs get in, and a backup is taken."""

from __future__ import annotations

import pytest

from tests.scripts import pods, sandbox, stories
from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import MY_CNF, Instance

ROOT_IS = {
    "dropped": "DROP USER root@'%', root@localhost",
    "renamed": "RENAME USER root@'%' TO boss@'%', root@localhost TO boss@localhost",
    "locked": "ALTER USER root@'%', root@localhost ACCOUNT LOCK",
}

UNFENCE = "SET GLOBAL super_read_only = OFF; DELETE FROM mysql_operator.fence"

OUR_ACCOUNT_IS = [
    "ALTER USER mysql_operator@'%' PASSWORD EXPIRE ACCOUNT LOCK",
    "ALTER USER mysql_operator@localhost REQUIRE X509 WITH MAX_USER_CONNECTIONS 1",
    "CREATE USER mysql_operator@'127.0.0.1' IDENTIFIED BY 'x'",
    "CREATE DEFINER = mysql_operator@'%' VIEW `otus-database`.ours AS SELECT 1",
    "REVOKE ALL, GRANT OPTION FROM mysql_operator@localhost",
    "DROP USER mysql_operator@localhost",
]

WORST = {
    "autocommit": "0",
    "completion_type": "2",
    "default_password_lifetime": "1",
    "default_storage_engine": "'MyISAM'",
    "group_concat_max_len": "4",
    "init_connect": "'this is no SQL'",
    "innodb_strict_mode": "1",
    "lc_messages": "'de_DE'",
    "mandatory_roles": "'nobody'",
    "max_connections": "1",
    "max_execution_time": "1",
    "max_join_size": "1",
    "max_prepared_stmt_count": "0",
    "max_user_connections": "1",
    "offline_mode": "1",
    "password_history": "24",
    "password_require_current": "1",
    "password_reuse_interval": "365",
    "protocol_compression_algorithms": "'zstd'",
    "require_secure_transport": "1",
    "sql_auto_is_null": "1",
    "sql_generate_invisible_primary_key": "1",
    "sql_mode": "'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH'",
    "sql_quote_show_create": "0",
    "sql_require_primary_key": "1",
    "sql_safe_updates": "1",
    "sql_select_limit": "1",
    "transaction_read_only": "1",
    "wait_timeout": "1",
    "super_read_only": "1",
}


def as_operator(shop: Instance, statements: str) -> str:
    neutral = (
        "SET SESSION transaction_read_only=0, autocommit=1, completion_type=0, sql_safe_updates=0;"
    )
    return shop.sql(neutral + statements, user="mysql_operator", password=sandbox.OPERATOR_PASSWORD)


def filled(shop: Instance) -> Instance:
    pods.restore(shop)
    stories.some_rows(shop)
    assert shop.probe("ready")
    return shop


@pytest.mark.parametrize("change", ROOT_IS)
def test_a_backup_needs_no_root(shop: Instance, change: str) -> None:
    filled(shop)

    as_operator(shop, ROOT_IS[change])

    assert pods.run(shop, "back-up").result["rows"] == 2
    as_operator(
        shop,
        f"{UNFENCE}; DROP USER IF EXISTS root@'%', boss@'%', boss@localhost",
    )
    shop.stop_server()
    shop.start_server()


def test_an_account_that_refuses_its_password_closes_no_server(shop: Instance) -> None:
    filled(shop)
    shop.secret("root-password", "old and new")
    as_operator(
        shop,
        "ALTER USER root@'%' PASSWORD HISTORY 9; ALTER USER root@'%' IDENTIFIED BY 'old and new';"
        "ALTER USER root@'%' IDENTIFIED BY 'x'",
    )
    shop.stop_server()

    shop.start_server()

    shop.secret("root-password", shop.password)
    assert shop.probe("ready")
    assert pods.run(shop, "back-up").code == 0
    as_operator(
        shop,
        f"{UNFENCE}; DROP USER root@'%'",
    )
    log = shop.stop_server()
    assert "not everything could be set up: ERROR 3638" in log
    shop.start_server()


def test_the_account_of_the_jobs_is_made_anew(shop: Instance) -> None:
    filled(shop)
    shop.sql("; ".join(OUR_ACCOUNT_IS))
    shop.stop_server()

    shop.start_server()

    assert shop.probe("ready")
    shop.sql("DROP VIEW `otus-database`.ours")
    outcome = pods.run(shop, "back-up")
    assert outcome.code == 0, outcome.output
    accounts = "SELECT GROUP_CONCAT(host) FROM mysql.user WHERE user = 'mysql_operator'"
    assert as_operator(shop, accounts) == "%,localhost\n"


def test_no_persisted_variable_closes_a_server_or_reaches_a_job(shop: Instance) -> None:
    filled(shop)
    shop.sql("; ".join(f"SET PERSIST {name} = {value}" for name, value in WORST.items()))
    shop.stop_server()

    shop.start_server()

    assert shop.probe("ready")
    backup = pods.run(shop, "back-up")
    assert backup.result.get("rows") == 2, backup.output
    as_operator(shop, UNFENCE)
    as_operator(shop, "DROP DATABASE `otus-database`; DELETE FROM mysql_operator.marker")
    assert pods.restore(shop).result["rows"] == 2
    as_operator(shop, "RESET PERSIST")
    shop.stop_server()
    shop.start_server()
    assert stories.rows(shop) == "one\ntwo 😀\n"


def test_a_server_whose_init_file_fails_stays_closed(make_instance: MakeInstance) -> None:
    instance = make_instance()
    instance.serve()
    pods.restore(instance)
    instance.sql(
        "INSERT INTO mysql_operator.fence (id, since, holder) VALUES (1, NOW(), 'a backup');"
        "RENAME TABLE mysql_operator.server TO mysql_operator.gone;"
        "CREATE VIEW mysql_operator.server AS SELECT 1 AS id, 1 AS disposable, 'x' AS volume"
    )
    instance.stop_server()

    outcome = instance.run("serve")

    assert outcome.code == 1
    assert outcome.result["reason"] == "NotSetUp"
    assert "MY-000061" in outcome.output


def test_a_server_under_recovery_is_served_read_only(shop: Instance) -> None:
    filled(shop)
    shop.stop_server()
    shop.configure(MY_CNF + "innodb_force_recovery = 1\n")

    shop.start_server()

    shop.configure(MY_CNF)
    assert shop.probe("ready")
    assert shop.sql("SELECT @@super_read_only, @@offline_mode") == "1\t0\n"
    assert stories.rows(shop) == "one\ntwo 😀\n"
    shop.stop_server()
    shop.start_server()
    assert stories.is_open(shop)


def test_tables_of_an_older_server_and_a_password_that_is_set_already_are_left_alone(
    shop: Instance,
) -> None:
    filled(shop)
    tables = ("marker", "fence", "server", "account")
    for table in tables:
        as_operator(
            shop,
            f"ALTER TABLE mysql_operator.{table} CONVERT TO CHARACTER SET utf8mb4"
            " COLLATE utf8mb4_general_ci",
        )
    hashes = "SELECT host, HEX(authentication_string) FROM mysql.user WHERE user = 'root'"
    before = as_operator(shop, hashes)
    shop.stop_server()

    shop.start_server()

    assert shop.probe("ready")
    assert as_operator(shop, hashes) == before
    assert stories.is_open(shop)
    assert "not everything could be set up" not in shop.stop_server()
