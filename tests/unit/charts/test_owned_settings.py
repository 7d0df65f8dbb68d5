"""Settings that belong to the operator are refused however they are spelled, with the reason."""

from __future__ import annotations

import itertools

import pytest

from tests.unit.charts import helm, settings

PATHS = "the operator sets paths"
NAMES_ONLY = "only a name in the data directory"

SPELLINGS = {
    "datadir": PATHS,
    "pid-file": PATHS,
    "innodb_data_home_dir": PATHS,
    "innodb-log_group-home_dir": PATHS,
    "loose_innodb_log_group_home_dir": PATHS,
    "loose-loose_loose-tmpdir": PATHS,
    "plugin_innodb_undo_directory": PATHS,
    "loose_plugin-innodb-data-home-dir": PATHS,
    "audit_log_file": PATHS,
    "keyring_okv_conf_dir": PATHS,
    "datad": PATHS,
    "loose_innodb_data_home": PATHS,
    "ssl-ca": "keys and certificates",
    "keyring_file_data": "keys and certificates",
    "skip_networking": "addresses, ports and sockets",
    "loose_skip-networking": "addresses, ports and sockets",
    "enable_networking": "addresses, ports and sockets",
    "loose_maximum_loose_port": "addresses, ports and sockets",
    "skip_grant_tables": "accounts and their rights",
    "skip_skip_grant_tables": "accounts and their rights",
    "loose-disable-grant-tables": "accounts and their rights",
    "mandatory-roles": "accounts and their rights",
    "loose_secure_file_priv": "accounts and their rights",
    "early_plugin_load": "plugin_load_add",
    "plugin-load": "plugin_load_add",
    "offline_mode": "read-only and writable",
    "disable_super_read_only": "read-only and writable",
    "log-error": "the error log",
    "log_raw": "plain text",
    "initialize-insecure": "how mysqld is started",
    "skip-upgrade": "how mysqld is started",
}

OF_USERS = (
    *("max_connections", "innodb_buffer_pool_size", "innodb-buffer-pool-size", "sql_mode"),
    *("loose_innodb_numa_interleave", "log_bin", "skip_log_bin", "loose-mysqlx", "general_log"),
    *("slow_query_log", "log_error_verbosity", "skip_name_resolve", "require_secure_transport"),
    *("plugin_load_add", "init_connect", "innodb_force_recovery", "local_infile", "core_file"),
    *("port_open_timeout", "read_only_x", "replica_skip_errors", "ssl_cipher", "version_comment"),
    *("lower_case_table_names", "innodb_page_size", "user_x", "innodb_doublewrite", "lc_messages"),
)


def test_each_spelling_of_an_owned_setting_is_refused_with_the_reason() -> None:
    reasons = settings.refused(SPELLINGS)

    missing = {name for name, reason in SPELLINGS.items() if reason not in reasons.get(name, "")}
    assert missing == set()


def test_prefixes_in_any_number_and_order_hide_nothing() -> None:
    words = ("loose", "skip", "disable", "enable", "maximum", "plugin")
    hidden = [
        f"{first}_{second}-{name}"
        for (first, second), name in zip(
            itertools.permutations(words, 2),
            itertools.cycle(("basedir", "socket", "read_only", "init-file", "log_error")),
            strict=False,
        )
    ]

    assert set(settings.refused(hidden)) == set(hidden)


def test_settings_of_users_are_taken() -> None:
    assert settings.refused(OF_USERS) == {}


@pytest.mark.parametrize("name", ["log_bin", "loose-log-bin", "innodb_temp_data_file_path"])
def test_a_file_in_the_data_directory_may_have_another_name_but_no_path(name: str) -> None:
    assert settings.refused([name], "other:12M") == {}

    (reason,) = settings.refused([name], "/elsewhere/other").values()

    assert reason.startswith(NAMES_ONLY)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("max_connections", "max-connections"),
        ("a-b_c", "a_b-c"),
        ("loose_max_connections", "max_connections"),
        ("skip_log_bin", "log_bin"),
    ],
)
def test_a_setting_is_given_once(one: str, other: str) -> None:
    ended = helm.template(helm.INSTANCE, {"config": {one: 1, other: 2}})

    assert ended.returncode != 0
    assert "set twice, in two spellings" in ended.stderr
