"""`MySQLRestore`: a backup takes the place of the data of a running database.

The data of before are in a safety backup, and another MySQLRestore that names it goes back.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from mysql_operator import names
from mysql_operator.model.annotations import cel, immutable
from mysql_operator.model.parts import ObjectName, Part
from mysql_operator.model.reported import Reported
from mysql_operator.model.run_phases import RunPhase, name_rules
from mysql_operator.model.status import Condition, condition_list

FINAL_REASONS = frozenset(
    (
        "ChecksumMismatch",
        "CloneImpossible",
        "DecryptionKeyMissing",
        "DecryptionKeyWrong",
        "DiskFull",
        "DowngradeRefused",
        "DumpIncomplete",
        "IncompatibleServer",
        "NoBackup",
        "NotInDump",
        "PluginMissing",
        "ReceiptUnreadable",
        "RestoreIncomplete",
        "RestoredDataRefused",
        "UpgradeRefused",
        "VerificationFailed",
    )
)

NAME_RULES = name_rules(names.RESTORE_NAME_LIMIT)


class MySQLRestoreSpec(Part):
    """Which backup takes the place of which database's data. Immutable."""

    model_config = ConfigDict(
        json_schema_extra=cel(immutable("spec", "create another MySQLRestore instead"))
    )

    mysql_name: Annotated[
        ObjectName,
        Field(
            max_length=names.INSTANCE_NAME_LIMIT,
            description="Name of the MySQL object in the same namespace. It has to be Ready.",
        ),
    ]
    backup_name: Annotated[
        ObjectName,
        Field(
            max_length=253,
            description="Name of the MySQLBackup of that database, as `kubectl get msb` lists it.",
        ),
    ]


class MySQLRestoreStatus(Reported):
    """Observed state of the restore."""

    phase: Annotated[RunPhase | None, Field(description="State of the restore, in one word.")] = (
        None
    )
    job: Annotated[str | None, Field(description="Job that restores the backup.")] = None
    file: Annotated[str | None, Field(description="File name of the backup.")] = None
    safety_backup: Annotated[
        str | None,
        Field(description="File name of the backup of the data before; kept for 24 h at least."),
    ] = None
    tables: Annotated[int | None, Field(description="Number of restored tables.")] = None
    rows: Annotated[int | None, Field(description="Number of restored rows.")] = None
    missing: Annotated[
        list[str] | None,
        Field(description="What the backup holds and this server refused, each with the error."),
    ] = None
    start_time: Annotated[
        str | None,
        Field(description="When the Job was created.", json_schema_extra={"format": "date-time"}),
    ] = None
    completion_time: Annotated[
        str | None,
        Field(
            description="When the database served the restored data.",
            json_schema_extra={"format": "date-time"},
        ),
    ] = None
    message: Annotated[str | None, Field(description="State of the restore, in one sentence.")] = (
        None
    )
    conditions: Annotated[
        list[Condition],
        condition_list("Complete: whether the database serves the restored data."),
    ] = []
