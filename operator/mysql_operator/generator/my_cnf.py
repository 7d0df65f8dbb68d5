"""The server settings that every instance starts from; `config` in the values overrides the rest.

The template of my.cnf is made from these. A name with `loose_` is passed over by a server that does
not know it; `None` is a setting that takes no value.
"""

from __future__ import annotations

from dataclasses import dataclass

from mysql_operator.model import owned_settings


@dataclass(frozen=True)
class Setting:
    """One line of my.cnf and the reason for it."""

    name: str
    value: str | None
    reason: str

    @property
    def is_owned(self) -> bool:
        """Whether users may not override it: probes, Jobs and volumes rely on it."""
        return owned_settings.is_owned(self.name)

    @property
    def bare_name(self) -> str:
        """The name that a user would write to mean the opposite, or the same without `loose_`."""
        return self.name.removeprefix("loose_").removeprefix("skip_")


BASE = (
    Setting("datadir", "/var/lib/mysql/data", "Below the volume's root, beside lost+found."),
    Setting("socket", "/var/run/mysqld/mysqld.sock", "On tmpfs, like everything that is not data."),
    Setting(
        "pid_file", "/var/run/mysqld/mysqld.pid", "On tmpfs: the root file system is read-only."
    ),
    Setting("tmpdir", "/tmp", "An emptyDir; the root file system is read-only."),  # noqa: S108
    Setting(
        "general_log_file", "general.log", "By itself named after the pod, anew at each start."
    ),
    Setting(
        "slow_query_log_file", "slow.log", "By itself named after the pod, anew at each start."
    ),
    Setting("port", "3306", "The Services' target."),
    Setting("secure_file_priv", "NULL", "No SQL statement reads or writes files."),
    Setting(
        "skip_log_bin",
        None,
        "There is no replication and no point-in-time recovery yet: a binary log would only fill a "
        "small volume. Set log_bin in `config` to have one.",
    ),
    Setting("server_id", "1", "MySQL 5.7 refuses a binary log without one."),
    Setting("character_set_server", "utf8mb4", "The default since 8.0; set explicitly for 5.7."),
    Setting("skip_name_resolve", "ON", "Pods have no names worth a DNS query at each login."),
    Setting(
        "host_cache_size", "0", "A pod that is not ready yet must not get a Job's host blocked."
    ),
    Setting(
        "loose_innodb_numa_interleave", "OFF", "Not allowed under seccomp; warns at each start."
    ),
    Setting("loose_mysqlx", "OFF", "No Service leads to the X plugin's port."),
)
