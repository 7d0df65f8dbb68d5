"""Every setting of the real mysqld: what names a path is the operator's, and nothing hides it."""

from __future__ import annotations

import re

import pytest

from tests.scripts.conftest import MakeInstance
from tests.scripts.sandbox import Instance
from tests.unit.charts import settings

NO_PATHS = {
    "ft_stopword_file": "a name in the data directory, or empty for no stopwords at all",
    "innodb_checksum_algorithm": "names an algorithm; its description speaks of files",
    "innodb_temp_data_file_path": "names and sizes in the data directory",
    "log_bin": "a name in the data directory",
    "log_output": "TABLE, FILE or NONE",
    "log_timestamps": "UTC or SYSTEM",
    "report_host": "the name of a host; its description speaks of sockets",
}
"""Settings that look like paths to `is_path_like` and may be set; each with the reason."""

OWNED_BESIDES_PATHS = {
    *("admin_port", "create_admin_listener_thread", "mysqlx_port", "port", "skip_networking"),
    *("skip_grant_tables", "mandatory_roles", "early_plugin_load", "plugin_load"),
    *("innodb_read_only", "offline_mode", "read_only", "super_read_only"),
    *("log_error_services", "log_raw", "innodb_data_home_dir", "chroot", "relay_log"),
    *("admin_ssl_cert", "admin_ssl_key", "ssl_cert", "ssl_key"),
    *("mysqlx_ssl_cert", "mysqlx_ssl_crl", "mysqlx_ssl_key"),
    *("console", "daemonize", "help", "initialize", "initialize_insecure", "upgrade", "user"),
    *("validate_config", "verbose", "version"),
    *("keyring_migration_destination", "keyring_migration_from_component"),
    *("keyring_migration_host", "keyring_migration_password", "keyring_migration_port"),
    *("keyring_migration_source", "keyring_migration_to_component", "keyring_migration_user"),
}

OPTION = re.compile(r"^  (?:-\S, )?--([a-z0-9-]+)(\[?=\S+)?(.*(?:\n {20}.*)*)", re.MULTILINE)
DEFAULT = re.compile(r"^([a-z][a-z0-9-]+) +(.*)$", re.MULTILINE)
SPEAKS_OF_FILES = re.compile(r"\b(directory|directories|path|file ?name|files?|socket)\b", re.I)
TOLD_BEFORE = "Variables (--variable-name=value)"


@pytest.fixture(scope="module")
def instance(make_instance: MakeInstance) -> Instance:
    return make_instance()


@pytest.fixture(scope="module")
def told(instance: Instance) -> str:
    """What mysqld tells of its options."""
    return instance.start("mysqld", "--no-defaults", "--verbose", "--help").wait().output


@pytest.fixture(scope="module")
def options(told: str) -> dict[str, bool]:
    """Each option, and whether it looks like a path."""
    described, values = told.split(TOLD_BEFORE)
    defaults = dict(DEFAULT.findall(values))
    return {
        name.replace("-", "_"): is_path_like(argument, text, defaults.get(name, ""))
        for name, argument, text in OPTION.findall(described)
    }


def is_path_like(argument: str, text: str, default: str) -> bool:
    """By the default's slash, or by an argument that is a text and a description of files."""
    return "/" in default or ("name" in argument and bool(SPEAKS_OF_FILES.search(text)))


def test_every_setting_that_looks_like_a_path_is_owned_or_on_the_short_list(
    options: dict[str, bool],
) -> None:
    paths = {name for name, looks_so in options.items() if looks_so}
    assert len(options) > 600
    assert len(paths) > 40

    assert paths - set(settings.refused(paths)) == set(NO_PATHS)


def test_no_other_setting_is_owned_but_these(options: dict[str, bool]) -> None:
    others = [name for name, looks_so in options.items() if not looks_so]

    assert set(settings.refused(others)) == OWNED_BESIDES_PATHS


HIDDEN = {
    "loose-loose_datadir": "datadir",
    "enable_loose_lc-messages-dir": "lc-messages-dir",
    "plugin_innodb_data_home_dir": "innodb-data-home-dir",
    "loose_plugin-innodb-log-group-home-dir": "innodb-log-group-home-dir",
    "loose_maximum_loose_port": "port",
    "skip_secure-file-priv": "secure-file-priv",
    "skip_loose_skip_grant_tables": "skip-grant-tables",
}


@pytest.mark.parametrize(("spelled", "name"), HIDDEN.items(), ids=HIDDEN.keys())
def test_a_spelling_that_mysqld_takes_is_refused(
    instance: Instance, told: str, spelled: str, name: str
) -> None:
    instance.configure(f"[mysqld]\n{spelled}=1\n")
    option_file = "--defaults-file=/etc/mysql-operator/my.cnf"
    changed = instance.start("mysqld", option_file, "--verbose", "--help").wait().output

    by_default = dict(DEFAULT.findall(told.split(TOLD_BEFORE)[1]))
    values = dict(DEFAULT.findall(changed.split(TOLD_BEFORE)[1]))

    assert values[name] != by_default[name]
    assert set(settings.refused([spelled])) == {spelled}
