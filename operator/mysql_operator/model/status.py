"""`MySQL.status`: what happened, for people first and for the operator's next pass second.

Everything here can be lost without losing data: the operator finds it again in the cluster, or does
the safe thing once more. `lastBackup` is written before anything is deleted on its strength (see
reconcile/deciding.py).
"""

from __future__ import annotations

import enum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Phase(enum.StrEnum):
    """One word for `kubectl get`."""

    PENDING = "Pending"
    INSTALLING = "Installing"
    RESTORING = "Restoring"
    STARTING = "Starting"
    READY = "Ready"
    UPGRADING = "Upgrading"
    CHANGING_PASSWORD = "ChangingPassword"  # noqa: S105 - a phase
    STALLED = "Stalled"
    BACKING_UP = "BackingUp"
    DELETING = "Deleting"
    DELETION_BLOCKED = "DeletionBlocked"


class Reported(BaseModel):
    """A part of the status."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, populate_by_name=True, alias_generator=to_camel
    )


class Condition(Reported):
    """One statement about the object, as everywhere in Kubernetes."""

    type: Annotated[str, Field(description="Ready, Restored, Stalled or DeletionBlocked.")]
    status: Annotated[str, Field(description="True, False or Unknown.")]
    reason: Annotated[str, Field(description="One CamelCase word that people may alert on.")]
    message: Annotated[str, Field(description="One sentence, with the way out where there is one.")]
    last_transition_time: Annotated[
        str,
        Field(description="When `status` last changed.", json_schema_extra={"format": "date-time"}),
    ]
    observed_generation: Annotated[
        int, Field(description="Generation of the spec that this was said of.")
    ] = 0


class ReleaseStatus(Reported):
    """The helm release, as `helm list` shows it."""

    name: Annotated[str, Field(description="Name of the release.")]
    status: Annotated[str, Field(description="deployed, failed, pending-install, …")]
    revision: Annotated[int, Field(description="Number of its newest revision.")]
    applied: Annotated[
        int | None,
        Field(description="Revision that the operator made; another one was made by hand."),
    ] = None


class RestoreReceipt(Reported):
    """Where the data of this database came from."""

    result: Annotated[str, Field(description="restored, fresh or kept.")]
    reason: Annotated[str | None, Field(description="Why nothing was restored.")] = None
    file: Annotated[str | None, Field(description="Backup that was loaded.")] = None
    backup_time: Annotated[str | None, Field(description="When that backup was taken.")] = None
    tables: Annotated[int | None, Field(description="Tables that were loaded.")] = None
    rows: Annotated[int | None, Field(description="Rows that were loaded.")] = None
    server_version: Annotated[str | None, Field(description="Version of the server.")] = None
    time: Annotated[str | None, Field(description="When it was done.")] = None


class BackupReceipt(Reported):
    """Proof of a backup, as the Job that took it left it."""

    file: Annotated[str, Field(description="File on the backup claim.")]
    size: Annotated[int, Field(description="Size of the file in bytes.")]
    sha256: Annotated[str, Field(description="SHA-256 of the file, in hex.")]
    schemas: Annotated[int, Field(description="Schemas in it.")]
    tables: Annotated[int, Field(description="Tables in it.")]
    rows: Annotated[int, Field(description="Rows in it.")]
    server_version: Annotated[str, Field(description="Version of the server it was taken from.")]
    time: Annotated[
        str, Field(description="When it was taken.", json_schema_extra={"format": "date-time"})
    ]
    verified: Annotated[
        bool | None, Field(description="true: it was loaded into a server of its own and compared.")
    ] = None
    taken_for: Annotated[
        str | None, Field(description="Deletion of the object that this was the final backup for.")
    ] = None
    data_claim: Annotated[
        str | None, Field(description="UID of the data claim of which this is the backup.")
    ] = None
    backup_claim: Annotated[str | None, Field(description="UID of the claim that holds it.")] = None


class StorageStatus(Reported):
    """Sizes of the claims, as they are requested now."""

    data: Annotated[
        str | None, Field(max_length=20, description="Size that the data claim requests.")
    ] = None
    backup: Annotated[
        str | None, Field(max_length=20, description="Size that the backup claim requests.")
    ] = None


class BackupFile(Reported):
    """A backup on the backup claim."""

    file: Annotated[str, Field(description="File on the backup claim, for restore.from.")]
    time: Annotated[
        str | None,
        Field(description="When it was taken.", json_schema_extra={"format": "date-time"}),
    ] = None
    rows: Annotated[int | None, Field(description="Rows in it.")] = None
    size: Annotated[int | None, Field(description="Size of the file in bytes.")] = None


class UserPasswordStatus(Reported):
    """What became of the application user's password."""

    result: Annotated[str, Field(description="created or changed.")]
    time: Annotated[str | None, Field(description="When it was done.")] = None
    applied_version: Annotated[
        str, Field(description="Version of the password that is in force; a keyed digest.")
    ]


class PutBack(Reported):
    """What somebody had changed by hand and the operator has put back."""

    what: Annotated[str, Field(description="The objects and fields.")]
    time: Annotated[
        str, Field(description="When it was put back.", json_schema_extra={"format": "date-time"})
    ]


class MySQLStatus(Reported):
    """What `kubectl get ms` and `kubectl describe ms` answer from."""

    phase: Annotated[Phase | None, Field(description="One word for what is going on.")] = None
    message: Annotated[str | None, Field(description="One sentence for what happened.")] = None
    observed_generation: Annotated[
        int | None, Field(description="Generation of the spec that the status speaks of.")
    ] = None
    version: Annotated[str | None, Field(description="Version of the running server.")] = None
    release: Annotated[ReleaseStatus | None, Field(description="The helm release.")] = None
    restore: Annotated[RestoreReceipt | None, Field(description="Where the data came from.")] = None
    last_backup: Annotated[
        BackupReceipt | None,
        Field(
            description="The newest backup; with takenFor, the final backup of this very object."
        ),
    ] = None
    backups: Annotated[
        list[BackupFile] | None,
        Field(
            description="The newest backups on the backup claim, at most 20, newest first, as the "
            "last restore or backup Job found them."
        ),
    ] = None
    storage: Annotated[
        StorageStatus | None,
        Field(description="Sizes of the claims; a spec may go back to them, never below."),
    ] = None
    user_password: Annotated[
        UserPasswordStatus | None, Field(description="What became of the user's password.")
    ] = None
    put_back: Annotated[
        PutBack | None, Field(description="The last change by hand that was put back.")
    ] = None
    failures: Annotated[
        int | None, Field(description="Failed attempts in a row; sets the back-off.")
    ] = None
    failed_at: Annotated[
        str | None,
        Field(
            description="When the last attempt failed.",
            json_schema_extra={"format": "date-time"},
        ),
    ] = None
    failed_attempt: Annotated[
        str | None,
        Field(description="Digest of what failed; another spec is tried at once."),
    ] = None
    conditions: Annotated[
        list[Condition],
        Field(
            description="Statements about the object.",
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["type"],
            },
        ),
    ] = []
