"""`spec.backup` and `spec.restore`: what users say of the backups of a database."""

from __future__ import annotations

import enum
from typing import Annotated

from pydantic import Field

from mysql_operator.model.annotations import cel
from mysql_operator.model.parts import ObjectName, Part
from mysql_operator.model.sizes import Quantity, volume_size

_FILE = r"[a-z0-9][-a-z0-9.]*-[0-9]{8}T[0-9]{6}Z[-0-9]*\.(tar\.zst|sql\.(gz|zst))"
BACKUP_FILE = f"^{_FILE}$"
"""Name of a backup's file."""


class RestorePolicy(enum.StrEnum):
    """Restore of a backup into a new database."""

    IF_AVAILABLE = "IfAvailable"
    NEVER = "Never"
    REQUIRE = "Require"


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


class Backup(Part):
    """Final backup, which the operator takes before it deletes the data."""

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
        Field(ge=1, le=1000, description="Number of backups to keep; the oldest are deleted."),
    ] = 10
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
