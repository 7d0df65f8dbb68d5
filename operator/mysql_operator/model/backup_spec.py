"""`spec.backup` and `spec.restore`: what users say of the backups of a database."""

from __future__ import annotations

import enum
from typing import Annotated

from pydantic import ConfigDict, Field

from mysql_operator import names
from mysql_operator.model import cron, retention
from mysql_operator.model.annotations import Cel, cel, matches
from mysql_operator.model.parts import ObjectName, Part
from mysql_operator.model.release_storage import ReleaseStorage
from mysql_operator.model.sizes import Quantity, volume_size

_FILE = r"[a-z0-9][-a-z0-9.]*-[0-9]{8}T[0-9]{6}Z\.(tar\.zst|sql\.(gz|zst))(\.age)?"
BACKUP_FILE = f"^{_FILE}$"
"""Name of a backup's file."""


class RestorePolicy(enum.StrEnum):
    """Restore of a backup into a new database."""

    IF_AVAILABLE = "IfAvailable"
    NEVER = "Never"
    REQUIRE = "Require"


def _five_fields(field: str) -> Cel:
    return matches(
        cron.PATTERN,
        f"{field} must be five fields as in cron (minute 0-59, hour 0-23, day 1-31, month 1-12 or "
        "JAN-DEC, weekday 0-6 or SUN-SAT, where 0 is Sunday), for instance 0 3 * * *, or one of "
        f"{', '.join(cron.MACROS)}",
    )


class Restore(Part):
    """First data of a new, empty database."""

    policy: Annotated[
        RestorePolicy,
        Field(
            description="IfAvailable restores a backup if there is one, Never starts with an empty "
            "database, Require fails without a backup. The operator never restores over data."
        ),
    ] = RestorePolicy.IF_AVAILABLE
    from_: Annotated[
        str,
        Field(
            alias="from",
            max_length=128,
            pattern=rf"^(latest|{_FILE})$",
            description="Backup to restore: `latest`, or a file name as in "
            "`status.lastBackup.file`.",
        ),
    ] = "latest"
    timeout_seconds: Annotated[
        int,
        Field(
            ge=60,
            le=604800,
            description="Time limit of the restore in seconds, including the wait for its volume.",
        ),
    ] = 21600


class BackupMethod(enum.StrEnum):
    """How the operator takes a backup."""

    AUTO = "Auto"
    CLONE = "Clone"
    DUMP = "Dump"


class ScratchVolume(enum.StrEnum):
    """Where a scratch server keeps its data."""

    AUTO = "Auto"
    EMPTY_DIR = "EmptyDir"
    CLAIM = "Claim"


class Scratch(Part):
    """Volume of a scratch server: a backup or restore Job needs it while it runs."""

    volume: Annotated[
        ScratchVolume,
        Field(
            description="EmptyDir is on the disk of the node; Claim is a claim that Kubernetes "
            "creates for the Job and deletes with it. Auto takes EmptyDir up to 11Gi.",
        ),
    ] = ScratchVolume.AUTO
    storage_size: Annotated[
        Quantity | None,
        Field(
            description="Size of the volume; that of the data claim and 1Gi when omitted.",
            json_schema_extra=cel(*volume_size("spec.backup.scratch.storageSize")),
        ),
    ] = None
    storage_class_name: Annotated[
        ObjectName | None,
        Field(
            description="Storage class of the Claim; that of the data claim when omitted.",
        ),
    ] = None


class StorageKind(enum.StrEnum):
    """Kinds of objects that describe an object store."""

    NAMESPACED = names.MYSQL_BACKUP_STORAGE.kind
    CLUSTER = names.CLUSTER_STORAGE.kind


class StorageRef(Part):
    """Reference to the object store that takes the backups."""

    kind: Annotated[
        StorageKind,
        Field(
            description="MySQLBackupStorage, in the namespace of this object, or "
            "ClusterMySQLBackupStorage."
        ),
    ] = StorageKind.NAMESPACED
    name: Annotated[ObjectName, Field(description="Name of that object.")]


_NAMESPACE = Field(
    max_length=63,
    description="Its namespace, where an object store holds the backups; that of this object when "
    "omitted.",
)


class SpecSource(Part):
    """Another database whose backup fills a new one, as users write it."""

    name: Annotated[
        ObjectName,
        Field(
            max_length=names.INSTANCE_NAME_LIMIT,
            description="Name of the MySQL object that the backups are of; it may be gone.",
        ),
    ]
    namespace: Annotated[ObjectName | None, _NAMESPACE] = None
    storage_ref: Annotated[
        StorageRef | None,
        Field(
            description="Object store that holds its backups; when omitted, where this object "
            "keeps its own: the same store, or the backup claim of that database."
        ),
    ] = None


class ReleaseSource(Part):
    """The same, as the chart has it."""

    name: Annotated[
        ObjectName | None,
        Field(
            max_length=names.INSTANCE_NAME_LIMIT,
            description="Name of the release that the backups are of; it may be gone.",
        ),
    ] = None
    namespace: Annotated[ObjectName | None, _NAMESPACE] = None
    storage: Annotated[
        ReleaseStorage | None,
        Field(
            description="Object store that holds its backups: the spec of a MySQLBackupStorage; "
            "when omitted, where this release keeps its own."
        ),
    ] = None


_SOURCE = (
    "Other database whose backup fills this one, where it has no backup of its own. Without any "
    "backup of either the restore fails, whatever the policy is."
)


class SpecRestore(Restore):
    """First data, as users write it."""

    source: Annotated[SpecSource | None, Field(description=_SOURCE)] = None


class ReleaseRestore(Restore):
    """First data, as the chart has it."""

    source: Annotated[ReleaseSource | None, Field(description=_SOURCE)] = None


class KeepEvery(Part):
    """Backups to keep of days, weeks and months: of each the newest one."""

    daily: Annotated[
        int, Field(ge=0, le=1000, description="Days of which the newest backup is kept.")
    ] = 0
    weekly: Annotated[
        int, Field(ge=0, le=1000, description="Weeks (Monday to Sunday), likewise.")
    ] = 0
    monthly: Annotated[int, Field(ge=0, le=1000, description="Months, likewise.")] = 0


QUERY = r"^[\s(]*([Ss][Ee][Ll][Ee][Cc][Tt]|[Ww][Ii][Tt][Hh])[\s(*]"
"""How a question begins: a SELECT, with a WITH before it or in brackets."""


class Drill(Part):
    """Drills: on a schedule, the newest backup is restored into a scratch server."""

    model_config = ConfigDict(
        json_schema_extra=cel(
            Cel(
                "!has(self.query) || has(self.schedule)",
                "spec.backup.drill.query needs spec.backup.drill.schedule: a drill asks it",
            )
        )
    )

    schedule: Annotated[
        str | None,
        Field(
            max_length=128,
            description="When the newest backup is restored into a scratch server and compared "
            "with its receipt, as spec.backup.schedule is written and in the same time zone. "
            "`status.lastDrill` says how the last drill ended. No drills when omitted.",
            json_schema_extra=cel(_five_fields("spec.backup.drill.schedule")),
        ),
    ] = None
    query: Annotated[
        str | None,
        Field(
            max_length=2000,
            description="SELECT that a drill asks the restored backup, in the schema "
            "`spec.database`, for instance `SELECT COUNT(*) > 0 FROM orders`. The drill passes "
            "where it returns one row whose first column is neither NULL, 0 nor empty, within ten "
            "minutes. The answer stands in the status.",
            json_schema_extra=cel(
                matches(
                    QUERY,
                    "spec.backup.drill.query must be one SELECT, for instance "
                    "SELECT COUNT(*) > 0 FROM orders",
                )
            ),
        ),
    ] = None


class Backup(Part):
    """Backups: the final one, which the operator takes before it deletes the data, and others."""

    schedule: Annotated[
        str | None,
        Field(
            max_length=128,
            description="When a backup is taken while the database runs: five fields as in cron, "
            "for instance `0 3 * * *`, or @hourly, @daily, @weekly or @monthly, for which the "
            "operator chooses a minute (hour, day) by the object's UID; "
            "`status.backupSchedule.schedule` says which. No backups on a schedule when omitted.",
            json_schema_extra=cel(_five_fields("spec.backup.schedule")),
        ),
    ] = None
    time_zone: Annotated[
        str | None,
        Field(
            max_length=64,
            description="Time zone of the schedule and of the days, weeks and months of keepEvery, "
            "for instance Europe/Berlin; UTC when omitted.",
            json_schema_extra=cel(
                matches(
                    cron.TIME_ZONE,
                    "spec.backup.timeZone must be the name of a time zone, for instance "
                    "Europe/Berlin",
                )
            ),
        ),
    ] = None
    suspend: Annotated[
        bool,
        Field(description="Take no backups on the schedule for now; a running one goes on."),
    ] = False

    storage_size: Annotated[
        Quantity | None,
        Field(
            description="Size of the backup claim; the size of the data claim when omitted. Can be "
            "increased, never decreased.",
            json_schema_extra=cel(*volume_size("spec.backup.storageSize")),
        ),
    ] = None
    storage_class_name: Annotated[
        ObjectName | None,
        Field(
            description="Storage class of the backup claim; the cluster's default when omitted. "
            "Immutable.",
        ),
    ] = None
    keep: Annotated[
        int,
        Field(
            ge=1,
            le=1000,
            description="Number of newest backups to keep, in any case. A Job that has published a "
            "backup removes older ones, but none that keep, keepFor or keepEvery keeps, and none "
            "without a legible receipt.",
        ),
    ] = 10
    keep_for: Annotated[
        str | None,
        Field(
            max_length=6,
            description="Age up to which each backup is kept, for instance 720h, 30d or 4w.",
            json_schema_extra=cel(
                matches(retention.AGE, "spec.backup.keepFor must be an age such as 720h, 30d or 4w")
            ),
        ),
    ] = None
    keep_every: Annotated[
        KeepEvery,
        Field(description="Of how many days, weeks and months the newest backup is kept."),
    ] = KeepEvery()
    timeout_seconds: Annotated[
        int,
        Field(
            ge=60,
            le=604800,
            description="Time limit of one attempt in seconds, including the wait for its volume.",
        ),
    ] = 21600
    method: Annotated[
        BackupMethod,
        Field(
            description="Clone copies the data files by MySQL's clone plugin; Dump writes SQL. "
            "Auto takes Clone wherever the server allows it: MySQL 8.0.17 and later, all tables "
            "in InnoDB, no keyring. `status.lastBackup.methodReason` says why it took Dump.",
        ),
    ] = BackupMethod.AUTO
    verify: Annotated[
        bool,
        Field(
            description="Restore every Dump backup into a scratch server and compare it with the "
            "source before accepting it. A Clone backup is always proven: a scratch server has "
            "recovered from it.",
        ),
    ] = True
    sql_dump: Annotated[
        bool,
        Field(
            description="Write an SQL file beside each Clone backup, for people who want to read "
            "it or take it elsewhere. The operator never restores from it.",
        ),
    ] = False
    scratch: Annotated[
        Scratch,
        Field(description="Volume of the scratch server that takes and restores backups."),
    ] = Scratch()
    drill: Annotated[
        Drill,
        Field(description="Drills, which prove on a schedule that the newest backup comes back."),
    ] = Drill()


class SpecBackup(Backup):
    """Backups, as users write them."""

    storage_ref: Annotated[
        StorageRef | None,
        Field(
            description="Object store that takes the backups, instead of a claim. Backups that are "
            "kept elsewhere stay there, and a restore does not look for them."
        ),
    ] = None


class ReleaseBackup(Backup):
    """Backups, as the chart has them."""

    storage: Annotated[
        ReleaseStorage | None,
        Field(
            description="Object store that takes the backups, instead of a claim: the spec of a "
            "MySQLBackupStorage, for instance {s3: {bucket: backups}}."
        ),
    ] = None
