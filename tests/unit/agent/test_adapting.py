"""What is run instead of a statement that this server does not know."""

from __future__ import annotations

import pytest

from mysql_operator.agent.dump import adapting
from mysql_operator.agent.sql import sql_errors


def test_an_account_without_its_plugin_is_locked_and_its_hash_is_gone() -> None:
    statement = (
        b"CREATE USER IF NOT EXISTS `it``s`@`10.%` IDENTIFIED WITH 'mysql_native_password'"
        b" AS '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19' REQUIRE NONE"
    )

    adapted = adapting.adapted(statement, adapting.UNKNOWN_PLUGIN)

    assert adapted is not None
    (create,) = adapted.statements
    assert create.startswith(b"CREATE USER IF NOT EXISTS `it``s`@`10.%` IDENTIFIED BY 'Aa1!")
    assert create.endswith(b" ACCOUNT LOCK")
    assert b"2470C0" not in create
    assert "mysql_native_password" in adapted.remark


@pytest.mark.parametrize(
    ("modes", "kept"),
    [
        ("NO_AUTO_CREATE_USER", ""),
        ("STRICT_TRANS_TABLES,NO_AUTO_CREATE_USER,ANSI_QUOTES", "STRICT_TRANS_TABLES,ANSI_QUOTES"),
        ("PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ORACLE,NO_KEY_OPTIONS",
         "PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE"),
    ],
)  # fmt: skip
def test_modes_of_5_7_are_left_out(modes: str, kept: str) -> None:
    statement = f"/*!50003 SET sql_mode              = '{modes}' */ ".encode()

    adapted = adapting.adapted(statement, adapting.WRONG_VALUE)

    assert adapted is not None
    assert adapted.statements == (statement.replace(modes.encode(), kept.encode()),)


def test_a_tablespace_is_cut_from_the_last_line_and_from_nowhere_else() -> None:
    comment = b"'\n) /*!50100 TABLESPACE `no` */ x'"
    statement = b"CREATE TABLE `t` (\n  `id` int\n) /*!50100 TABLESPACE `ts``1` */ ENGINE=InnoDB"

    adapted = adapting.adapted(statement, adapting.UNKNOWN_TABLESPACE)

    assert adapted is not None
    assert adapted.statements == (b"CREATE TABLE `t` (\n  `id` int\n) ENGINE=InnoDB",)
    assert adapting.adapted(b"INSERT INTO t VALUES (" + comment + b")", 1062) is None


def test_privileges_are_granted_one_by_one_by_the_names_of_today() -> None:
    grants = adapting.single_grants(
        b"GRANT A_ADMIN,SET_USER_ID ON *.* TO `x`@`%` WITH GRANT OPTION"
    )

    assert [name for name, _ in grants] == [
        "A_ADMIN", "SET_ANY_DEFINER", "ALLOW_NONEXISTENT_DEFINER",
    ]  # fmt: skip
    assert grants[0][1] == b"GRANT A_ADMIN ON *.* TO `x`@`%` WITH GRANT OPTION"


def test_only_global_grants_are_cut() -> None:
    assert adapting.single_grants(b"GRANT SELECT ON `a`.* TO `x`@`%`") == ()


def test_what_was_encrypted_comes_back_where_there_is_no_keyring_and_is_named() -> None:
    statement = (
        b"CREATE TABLE `t` (\n  `c` int COMMENT 'ENCRYPTION='Y''\n"
        b") ENGINE=InnoDB /*!80016 ENCRYPTION='Y' */"
    )

    adapted = adapting.adapted(statement, adapting.NO_KEYRING)

    assert adapted is not None
    assert adapted.statements == (statement.replace(b"ENCRYPTION='Y' */", b"ENCRYPTION='N' */"),)
    assert "without encryption" in adapted.remark


def test_a_variable_that_is_read_at_the_start_is_persisted_for_it() -> None:
    adapted = adapting.adapted(b"SET PERSIST `x` = 1", adapting.READ_ONLY_VARIABLE)

    assert adapted is not None
    assert adapted.statements == (b"SET PERSIST_ONLY `x` = 1",)


def test_a_grant_of_proxy_is_written_as_a_row() -> None:
    grant = b"GRANT PROXY ON `o'ne`@`%` TO `two`@`10.%` WITH GRANT OPTION"

    adapted = adapting.adapted(grant, adapting.MAY_NOT_GRANT)

    assert adapted is not None
    insert, flush = adapted.statements
    assert b"VALUES ('two', '10.%', 'o\\'ne', '%', 1, " in insert
    assert flush == b"FLUSH PRIVILEGES"


def test_a_text_that_looks_like_a_number_is_persisted_as_a_text() -> None:
    adapted = adapting.adapted(b"SET PERSIST_ONLY `x` = 10", sql_errors.WRONG_TYPE)

    assert adapted is not None
    assert adapted.statements == (b"SET PERSIST_ONLY `x` = '10'",)


@pytest.mark.parametrize("code", [adapting.DISABLED_ENGINE, adapting.UNKNOWN_ENGINE])
def test_a_table_whose_engine_is_missing_is_made_by_innodb_and_named(code: int) -> None:
    statement = b"CREATE TABLE `t` (\n  `c` int COMMENT ') ENGINE=x'\n) ENGINE=MyISAM COMMENT='y'"

    adapted = adapting.adapted(statement, code)

    assert adapted is not None
    assert adapted.statements == (statement.replace(b"ENGINE=MyISAM", b"ENGINE=InnoDB"),)
    assert "no tables of MyISAM" in adapted.remark
