"""Server settings that users cannot set, and why: one table for the CRD, the chart and my.cnf.

A name is compared as mysqld reads it: `-` is `_`, and any number of prefixes may precede it
(`loose_skip_…`). 5.7 also takes abbreviations (`datad` for `datadir`), so whatever begins an owned
name is owned too, unless it is a setting of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mysql_operator.model.annotations import Cel

PREFIXES = ("loose_", "skip_", "disable_", "enable_", "maximum_", "plugin_")
"""Prefixes that mysqld strips. `plugin_` is undocumented: plugins and InnoDB have it."""

UNABBREVIATED = (
    *("general_log", "innodb", "innodb_doublewrite", "lc_messages", "log_bin", "mysqlx"),
    *("slow_query_log", "ssl"),
)
"""Settings of users that look like abbreviations of owned ones."""

NAMES_OF_FILES = ("ft_stopword_file", "innodb_temp_data_file_path", "log_bin")
"""Users may set these to a name in the data directory, but not to a path."""

HEADING_OF_USERS = "# From `config` in the values."
"""Line of my.cnf after which the settings of users stand."""

SWITCHES = ("core_file", "innodb_buffer_pool_in_core_file", "innodb_status_file")
"""Sound like paths, but are on or off."""


@dataclass(frozen=True)
class Group:
    """Owned settings and the reason that they share."""

    reason: str
    names: tuple[str, ...]
    ending: str = ""
    """Regular expression for the end of further names, for what other versions and plugins have."""

    @property
    def words(self) -> str:
        """All names in one text, in which ` name` and ` na` are found."""
        return f" {' '.join(self.names)}"

    @property
    def exceptions(self) -> tuple[str, ...]:
        """Names that the group would take by mistake."""
        taken_by_ending = (*NAMES_OF_FILES, *SWITCHES) if self.ending else ()
        abbreviated = [
            name for name in UNABBREVIATED if any(owned.startswith(name) for owned in self.names)
        ]
        return tuple(sorted({*taken_by_ending, *abbreviated}))

    def owns(self, name: str) -> bool:
        """Whether users cannot set that name, however it is spelled."""
        stripped = bare(name)
        if stripped in self.exceptions:
            return False
        ends_so = bool(self.ending) and re.search(self.ending, stripped) is not None
        return ends_so or f" {stripped}" in self.words


GROUPS = (
    Group(
        "the operator sets paths; a file outside the data volume is lost at the next restart",
        (
            *("basedir", "character_sets_dir", "chroot", "datadir", "general_log_file"),
            *("innodb_buffer_pool_filename", "innodb_data_file_path", "innodb_data_home_dir"),
            *("innodb_directories", "innodb_doublewrite_dir", "innodb_log_group_home_dir"),
            *("innodb_redo_log_archive_dirs", "innodb_temp_tablespaces_dir", "innodb_tmpdir"),
            *(
                "init_file",
                "innodb_undo_directory",
                "lc_messages_dir",
                "log_bin_basename",
                "log_bin_index",
            ),
            *("log_isam", "log_tc", "master_info_file", "pid_file", "dir", "relay_log"),
            *("relay_log_basename", "relay_log_index", "relay_log_info_file"),
            *("replica_load_tmpdir", "slave_load_tmpdir", "slow_query_log_file", "tmpdir"),
        ),
        ending="(dir|_dirs|_file|path|_directory|_directories|_basename|_filename)$",
    ),
    Group(
        "the server creates its keys and certificates itself; no other file can be mounted",
        (
            *("admin_ssl_ca", "admin_ssl_cert", "admin_ssl_crl", "admin_ssl_key"),
            *("mysqlx_ssl_ca", "mysqlx_ssl_cert", "mysqlx_ssl_crl", "mysqlx_ssl_key"),
            *("ssl_ca", "ssl_cert", "ssl_crl", "ssl_key"),
            *("keyring_encrypted_file_data", "keyring_file_data"),
        ),
    ),
    Group(
        "Services, probes and Jobs rely on the addresses, ports and sockets that the operator sets",
        (
            *("admin_address", "admin_port", "bind_address", "create_admin_listener_thread"),
            *("mysqlx_bind_address", "mysqlx_port", "mysqlx_socket", "named_pipe", "networking"),
            *("port", "shared_memory", "socket"),
        ),
    ),
    Group(
        "the operator sets accounts and their rights, and clients must not get more than these",
        ("grant_tables", "mandatory_roles", "secure_file_priv"),
    ),
    Group(
        "the operator chooses the plugins that start with the server; add yours by plugin_load_add",
        ("early_load", "load"),
    ),
    Group(
        "the operator makes the server read-only and writable itself, around a backup or restore",
        ("innodb_read_only", "offline_mode", "read_only", "super_read_only"),
    ),
    Group(
        "the operator and `kubectl logs` read the error log from the container's output",
        ("log_error", "log_error_services", "log_syslog"),
    ),
    Group("passwords would be logged in plain text", ("log_raw",)),
    Group(
        "the operator decides how mysqld is started",
        (
            *("bootstrap", "console", "daemonize", "defaults_extra_file", "defaults_file"),
            *("defaults_group_suffix", "help", "initialize", "initialize_insecure"),
            *("keyring_migration_destination", "keyring_migration_from_component"),
            *("keyring_migration_host", "keyring_migration_password", "keyring_migration_port"),
            *("keyring_migration_socket", "keyring_migration_source"),
            *("keyring_migration_to_component", "keyring_migration_user", "login_path"),
            *("no_defaults", "no_login_paths", "print_defaults", "standalone", "upgrade", "user"),
            *("validate_config", "verbose", "version"),
        ),
    ),
)
"""NB: the names are without their prefixes: plugin_load is `load`, skip_networking `networking`."""

FIXED = ("innodb_page_size", "innodb_undo_tablespaces", "lower_case_table_names")
"""Settings that mysqld fixes when it creates the data directory: with others it never starts."""


def bare(name: str) -> str:
    """Name of the setting that mysqld takes this for, without prefixes.

    NB: `replica_skip_errors` loses its `skip_` too. That does no harm, since all names that are
    compared lose theirs, and neither CEL nor helm can strip prefixes in a loop.
    """
    name = name.replace("-", "_")
    for prefix in PREFIXES:
        name = name.replace(prefix, "")
    return name


def is_owned(name: str) -> bool:
    """Whether the operator keeps a setting for itself."""
    return any(group.owns(name) for group in GROUPS)


def rules() -> tuple[Cel, ...]:
    """Rules for a map of settings, each with a message that names the setting and the reason."""
    owned = [_refusal(_is_in(group), group.reason) for group in GROUPS]
    is_path = f"n in {list(NAMES_OF_FILES)} && self[k] != null && string(self[k]).contains('/')"
    return (
        *owned,
        _refusal(is_path, "only a name in the data directory can be set, not a path"),
        _refusal("self[k] == null", "no value; remove the key or give it one"),
        _given_once(),
    )


def _bare(variable: str) -> str:
    stripped = "".join(f".replace('{prefix}', '')" for prefix in PREFIXES)
    return f"{variable}.replace('-', '_'){stripped}"


def _is_in(group: Group) -> str:
    found = f"'{group.words}'.contains(' ' + n)"
    if group.ending:
        found = f"({found} || n.matches('{group.ending}'))"
    return f"{found} && !(n in {list(group.exceptions)})" if group.exceptions else found


def _refusal(condition: str, reason: str) -> Cel:
    """Rule against each setting `k`, or `n` without its prefixes, that meets the condition."""
    wrong = f"[{_bare('k')}].exists(n, {condition})"
    return Cel(
        f"!self.exists(k, {wrong})",
        f"spec.config: {reason}",
        message_expression=f"""'spec.config.' + self.filter(k, {wrong})[0] + ": {reason}\"""",
    )


def _given_once() -> Cel:
    """Rule against two spellings of one setting; strips each name once, not for each pair."""
    names = f"[self.map(k, {_bare('k')})]"
    reason = "set twice, in two spellings; keep one of them"
    wrong = f"names.indexOf({_bare('k')}) != names.lastIndexOf({_bare('k')})"
    return Cel(
        f"{names}.all(names, names.all(n, names.indexOf(n) == names.lastIndexOf(n)))",
        f"spec.config: {reason}",
        message_expression=f"'spec.config.' + {names}.map(names, self.filter(k, {wrong}))[0][0] "
        f"+ ': {reason}'",
    )


def fixed_rules() -> tuple[Cel, ...]:
    """Rules for the root of the object: a complete database keeps what mysqld has fixed."""
    return tuple(
        Cel(
            "!has(oldSelf.status) || !has(oldSelf.status.restore) || "
            f"{_value('self', name)} == {_value('oldSelf', name)}",
            f"spec.config.{name} cannot be changed, added or removed: MySQL fixes it when it "
            "creates the data directory. Set spec.backup.method to Dump and wait until the object "
            "is Ready, then delete it and create it again with the new value",
            field_path=".spec.config",
        )
        for name in FIXED
    )


def _value(side: str, name: str) -> str:
    config = f"{side}.spec.config"
    return (
        f"(has({config}) ? {config}.filter(k, {_bare('k')} == '{name}')"
        f".map(k, string({config}[k])) : [])"
    )
