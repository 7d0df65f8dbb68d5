"""`MySQLBackup`: one backup as an object, which a person asks for or the operator finds.

It outlives its MySQL object, so that `kubectl get msb` answers what can be restored. It is an
index: the backup itself is a file with a receipt, and the object can be made again from these.
"""

from __future__ import annotations

import enum
from typing import Annotated

from pydantic import ConfigDict, Field

from mysql_operator import names
from mysql_operator.model.annotations import Cel, cel, unchanged
from mysql_operator.model.backup_spec import BACKUP_FILE
from mysql_operator.model.parts import ObjectName, Part
from mysql_operator.model.receipts import Method, Trigger
from mysql_operator.model.reported import Reported
from mysql_operator.model.run_phases import RunPhase, name_rules
from mysql_operator.model.status import Condition, condition_list

NAME_RULES = name_rules(names.BACKUP_NAME_LIMIT, unless="has(self.spec.file)")


class ReclaimPolicy(enum.StrEnum):
    """What becomes of the files of a backup when its object is deleted."""

    RETAIN = "Retain"
    DELETE = "Delete"


class MySQLBackupSpec(Part):
    """Which database is backed up. Immutable, but for `reclaimPolicy`."""

    model_config = ConfigDict(
        json_schema_extra=cel(
            Cel(
                f"self.mysqlName == oldSelf.mysqlName && {unchanged('file')}",
                "spec cannot be changed, but for reclaimPolicy; create another MySQLBackup instead",
            )
        )
    )

    mysql_name: Annotated[
        ObjectName,
        Field(
            max_length=names.INSTANCE_NAME_LIMIT,
            description="Name of the MySQL object in the same namespace.",
        ),
    ]
    file: Annotated[
        str | None,
        Field(
            max_length=128,
            pattern=BACKUP_FILE,
            description="Existing backup that this object stands for; the operator takes a new "
            "backup when omitted.",
        ),
    ] = None
    reclaim_policy: Annotated[
        ReclaimPolicy,
        Field(
            description="What becomes of the backup when this object is deleted. Retain keeps it. "
            "Delete removes its files, but not while it is the newest intact backup, in use, or a "
            "safety backup of the last 24 h: the deletion waits then."
        ),
    ] = ReclaimPolicy.RETAIN


class MySQLBackupStatus(Reported):
    """Observed state of the backup."""

    phase: Annotated[RunPhase | None, Field(description="State of the backup, in one word.")] = None
    job: Annotated[str | None, Field(description="Job that takes the backup.")] = None
    trigger: Annotated[
        Trigger | None,
        Field(description="Why it was taken: Final, Scheduled, OnDemand or Safety."),
    ] = None
    file: Annotated[
        str | None, Field(description="File name in the store of backups, for restore.from.")
    ] = None
    bytes: Annotated[int | None, Field(description="Size of the file in bytes.")] = None
    sha256: Annotated[str | None, Field(description="SHA-256 of the file, in hex.")] = None
    method: Annotated[
        Method | None,
        Field(description="Clone (a copy of the data files) or Dump (SQL statements)."),
    ] = None
    schemas: Annotated[int | None, Field(description="Number of schemas.")] = None
    tables: Annotated[int | None, Field(description="Number of tables.")] = None
    rows: Annotated[int | None, Field(description="Number of rows.")] = None
    server_version: Annotated[
        str | None, Field(description="Version of the server that was backed up.")
    ] = None
    start_time: Annotated[
        str | None,
        Field(description="When the Job was created.", json_schema_extra={"format": "date-time"}),
    ] = None
    completion_time: Annotated[
        str | None,
        Field(description="Time of the backup.", json_schema_extra={"format": "date-time"}),
    ] = None
    verified: Annotated[
        bool | None,
        Field(description="Whether the backup was restored into a scratch server and compared."),
    ] = None
    drilled_at: Annotated[
        str | None,
        Field(
            description="When a drill last restored it into a scratch server, and it passed.",
            json_schema_extra={"format": "date-time"},
        ),
    ] = None
    not_included: Annotated[
        list[str] | None,
        Field(description="What the server held and this backup does not, each with why."),
    ] = None
    message: Annotated[str | None, Field(description="State of the backup, in one sentence.")] = (
        None
    )
    conditions: Annotated[
        list[Condition],
        condition_list(
            "Complete: whether the backup is there and can be restored. DeletionBlocked, while the "
            "object is being deleted: whether its files cannot be removed, and why."
        ),
    ] = []
