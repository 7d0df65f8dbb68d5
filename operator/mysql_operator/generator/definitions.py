"""The kinds that are defined: their columns in `kubectl get`, and the rules of whole objects."""

from __future__ import annotations

from pydantic import BaseModel

from mysql_operator import names
from mysql_operator.generator.crd import Column, Definition
from mysql_operator.model import (
    backup_objects,
    cluster_storage_spec,
    owned_settings,
    restore_objects,
    storage_objects,
    storage_spec,
)
from mysql_operator.model.annotations import Cel, cel, either, is_there


def _never_shrinks(field: str, size: str, old_size: str, live: str, note: str = "") -> Cel:
    """Refuse a smaller size than both the old one and the live claim's.

    A size that the storage class could not provide may be taken back: the claim never had it.
    """
    return Cel(
        f"!isQuantity({size}) || !isQuantity({old_size}) || "
        f"quantity({size}).compareTo(quantity({old_size})) >= 0 || "
        f"{is_there('self', live)} && quantity({size}).compareTo(quantity(self.{live})) >= 0",
        f"{field}{note} cannot shrink below what its claim has; write the old size or a larger one",
    )


def _backup_size(side: str) -> str:
    return either(f"{side}.spec", "backup.storageSize", f"{side}.spec.storage_size")


ROOT_RULES = cel(
    _never_shrinks(
        "spec.storage_size",
        "self.spec.storage_size",
        "oldSelf.spec.storage_size",
        "status.storage.data",
    ),
    _never_shrinks(
        "spec.backup.storageSize",
        _backup_size("self"),
        _backup_size("oldSelf"),
        "status.storage.backup",
        " (where not given, the size of the data volume)",
    ),
    Cel(
        f"self.metadata.name.size() <= {names.INSTANCE_NAME_LIMIT}",
        f"metadata.name must have at most {names.INSTANCE_NAME_LIMIT} characters: "
        "Jobs and claims are named after it",
    ),
    Cel(
        "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        "metadata.name must start with a letter and hold only lower-case letters, digits and -: "
        "a Service is named after it",
    ),
    *owned_settings.fixed_rules(),
)

NOT_LOOKED_AT = {"observedGeneration": -1}
"""Status of an object that no operator has looked at yet: kstatus then reads InProgress."""


def mysql(spec: type[BaseModel], status: type[BaseModel]) -> Definition:
    """Define the databases."""
    return Definition(
        names.MYSQL,
        "MySQL database: one server, one Helm release, and its backups.",
        spec,
        status,
        columns=(
            Column("Phase", "string", ".status.phase", "State of the database, in one word."),
            Column(
                "Ready",
                "string",
                '.status.conditions[?(@.type=="Ready")].status',
                "Whether the server accepts clients.",
            ),
            Column("Reason", "string", ".status.reason", "Why it is in this phase, in one word."),
            Column("Version", "string", ".status.version", "Version of the running server."),
            Column("Release", "string", ".status.release.status", "State of the Helm release."),
            Column("Last backup", "date", ".status.lastBackup.time", "Time of the newest backup."),
            Column(
                "Age", "date", ".metadata.creationTimestamp", "Time since the object was created."
            ),
            Column(
                "Next backup",
                "string",
                ".status.backupSchedule.next",
                "When the next backup is due.",
                priority=1,
            ),
            Column(
                "Message",
                "string",
                ".status.message",
                "What is wrong, or what is going on.",
                priority=1,
            ),
        ),
        rules=ROOT_RULES,
        first_status=NOT_LOOKED_AT,
    )


def mysql_backup() -> Definition:
    """Define the backups."""
    return Definition(
        names.MYSQL_BACKUP,
        "Backup of a MySQL database; it outlives the database.",
        backup_objects.MySQLBackupSpec,
        backup_objects.MySQLBackupStatus,
        columns=(
            Column("MySQL", "string", ".spec.mysqlName", "Name of the MySQL object."),
            Column("Phase", "string", ".status.phase", "State of the backup, in one word."),
            Column("Trigger", "string", ".status.trigger", "Why it was taken."),
            Column("File", "string", ".status.file", "File name, for restore.from."),
            Column("Bytes", "integer", ".status.bytes", "Size of the file in bytes."),
            Column("Completed", "date", ".status.completionTime", "Time of the backup."),
            Column("Method", "string", ".status.method", "Clone or Dump.", priority=1),
            Column("Rows", "integer", ".status.rows", "Number of rows.", priority=1),
            Column(
                "Drilled", "date", ".status.drilledAt", "When a drill last restored it.", priority=1
            ),
            Column(
                "Message",
                "string",
                ".status.message",
                "State of the backup, in one sentence.",
                priority=1,
            ),
        ),
        rules=backup_objects.NAME_RULES,
    )


def mysql_restore() -> Definition:
    """Define the restores into running databases."""
    return Definition(
        names.MYSQL_RESTORE,
        "Restore of a backup into a running MySQL database, after a backup of what is there.",
        restore_objects.MySQLRestoreSpec,
        restore_objects.MySQLRestoreStatus,
        columns=(
            Column("MySQL", "string", ".spec.mysqlName", "Name of the MySQL object."),
            Column("Backup", "string", ".spec.backupName", "Name of the MySQLBackup."),
            Column("Phase", "string", ".status.phase", "State of the restore, in one word."),
            Column(
                "Reason",
                "string",
                '.status.conditions[?(@.type=="Complete")].reason',
                "Why it is in this phase, in one word.",
            ),
            Column("Safety backup", "string", ".status.safetyBackup", "Backup of the data before."),
            Column(
                "Completed",
                "date",
                ".status.completionTime",
                "When the database served the restored data.",
            ),
            Column("Rows", "integer", ".status.rows", "Number of restored rows.", priority=1),
            Column(
                "Message",
                "string",
                ".status.message",
                "State of the restore, in one sentence.",
                priority=1,
            ),
        ),
        rules=restore_objects.NAME_RULES,
    )


def mysql_backup_storage() -> Definition:
    """Define the object stores that take backups."""
    return Definition(
        names.MYSQL_BACKUP_STORAGE,
        "Object store that takes the backups of the MySQL databases of its namespace.",
        storage_spec.StorageSpec,
        storage_objects.StorageStatus,
        columns=_COLUMNS_OF_STORAGES,
        rules=storage_objects.NAME_RULES,
    )


def cluster_storage() -> Definition:
    """Define the object stores that take the backups of many namespaces."""
    return Definition(
        names.CLUSTER_STORAGE,
        "Object store that takes the backups of the MySQL databases of many namespaces, none of "
        "which has its keys.",
        cluster_storage_spec.ClusterStorageSpec,
        storage_objects.StorageStatus,
        columns=_COLUMNS_OF_STORAGES,
        rules=storage_objects.NAME_RULES,
        scope="Cluster",
    )


def _of_condition(type_: str, field: str) -> str:
    return f'.status.conditions[?(@.type=="{type_}")].{field}'


_COLUMNS_OF_STORAGES = (
    Column(
        "Reachable",
        "string",
        _of_condition(storage_objects.REACHABLE, "status"),
        "Whether an object could be put there, read and deleted.",
    ),
    Column(
        "Reason",
        "string",
        _of_condition(storage_objects.REACHABLE, "reason"),
        "Why, in one word.",
    ),
    Column("Bucket", "string", ".spec.s3.bucket", "Bucket of S3."),
    Column("Endpoint", "string", ".spec.s3.endpoint", "Address of a store of S3."),
    Column("Checked", "date", ".status.checkTime", "Time since the last check."),
    Column("Age", "date", ".metadata.creationTimestamp", "Time since the object was created."),
    Column(
        "Message",
        "string",
        ".status.message",
        "Result of the last check, in one sentence.",
        priority=1,
    ),
)
