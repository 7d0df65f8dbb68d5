"""`MySQL.status`: what happened, for people first and for the operator's next pass second.

Everything here can be lost without losing data: the operator finds it again in the cluster, or does
the safe thing once more. `finalBackup` is written before anything is deleted on its strength (see
reconcile/final_backups.py); `lastBackup` is news, and nothing is decided on it.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any

from pydantic import Field, model_validator

from mysql_operator.model.receipts import BackupSummary, DrillReceipt, PasswordReceipt, Trigger
from mysql_operator.model.receipts import RestoreReceipt as RestoreReceipt
from mysql_operator.model.reported import Reported


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


class Condition(Reported):
    """Condition of the object, in the form that all Kubernetes objects use."""

    type: Annotated[str, Field(description="Type of the condition, for instance Ready.")]
    status: Annotated[str, Field(description="True, False or Unknown.")]
    reason: Annotated[str, Field(description="Cause in one CamelCase word, fit for alerts.")]
    message: Annotated[str, Field(description="Cause in one sentence, with what to do about it.")]
    last_transition_time: Annotated[
        str,
        Field(
            description="Time of the last change of `status`.",
            json_schema_extra={"format": "date-time"},
        ),
    ]
    observed_generation: Annotated[
        int, Field(description="metadata.generation that the condition refers to.")
    ] = 0


def condition_list(description: str) -> Any:
    """The field of a list of conditions, of which there is one a type."""
    return Field(
        description=description,
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["type"],
        },
    )


class ReleaseStatus(Reported):
    """Helm release of the database, as `helm list` shows it."""

    name: Annotated[str, Field(description="Name of the release.")]
    status: Annotated[str, Field(description="deployed, failed, pending-install, …")]
    revision: Annotated[int, Field(description="Newest revision of the release.")]
    applied: Annotated[
        int | None,
        Field(
            description="Last revision that the operator created; a newer one is a manual change."
        ),
    ] = None


class FinalBackup(BackupSummary):
    """Proof: the receipt of a final backup, bound to the deletion and the claims it was taken for.

    Only this lets data go; a receipt without all that it is bound to is no proof.
    """

    taken_for: Annotated[
        str,
        Field(description="deletionTimestamp of the deletion for which this backup was taken."),
    ]
    data_claim: Annotated[
        str | None,
        Field(description="UID of the data claim that was backed up; none where it was gone."),
    ] = None
    backup_claim: Annotated[
        str | None,
        Field(
            description="UID of the claim that holds the backup; none where `storage` names an "
            "object store."
        ),
    ] = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> FinalBackup:
        if not self.backup_claim and not self.storage:
            raise ValueError("neither a claim nor an object store holds the backup")
        return self


class ClaimSizes(Reported):
    """Sizes of the claims, as they are requested now."""

    data: Annotated[
        str | None, Field(max_length=20, description="Size that the data claim requests.")
    ] = None
    backup: Annotated[
        str | None, Field(max_length=20, description="Size that the backup claim requests.")
    ] = None


class ListedBackup(Reported):
    """A backup in the store of backups."""

    file: Annotated[str, Field(description="File name in the store of backups, for restore.from.")]
    time: Annotated[
        str | None,
        Field(description="Time of the backup.", json_schema_extra={"format": "date-time"}),
    ] = None
    rows: Annotated[int | None, Field(description="Number of rows.")] = None
    size: Annotated[int | None, Field(description="Size of the file in bytes.")] = None
    trigger: Annotated[
        Trigger | None,
        Field(description="Why it was taken: Final, Scheduled, OnDemand or Safety."),
    ] = None
    kept: Annotated[
        str | None,
        Field(
            description="Which rules of spec.backup keep it at the next backup: `keep 3/10` is the "
            "third of ten, `daily 2/7` that of the second of seven days."
        ),
    ] = None


def _a_time(description: str) -> Any:
    return Field(description=description, json_schema_extra={"format": "date-time"})


class ScheduleStatus(Reported):
    """Backups or drills on a schedule."""

    schedule: Annotated[str, Field(description="The five fields that are in force.")]
    time_zone: Annotated[str, Field(description="Their time zone.")]
    last_scheduled: Annotated[
        str | None, _a_time("When Kubernetes last began one; the time that was due.")
    ] = None
    last_succeeded: Annotated[str | None, _a_time("When the last one succeeded.")] = None
    last_failed: Annotated[str | None, _a_time("When the last one failed.")] = None
    next: Annotated[str | None, _a_time("When the next one is due; none while suspended.")] = None


class DrillStatus(DrillReceipt):
    """The last drill."""

    time: Annotated[str, _a_time("When it ended.")]
    job: Annotated[str, Field(description="Its Job, for `kubectl logs`.")]


class UserPasswordStatus(PasswordReceipt):
    """Last change of the application user's password, and the version of that password."""

    applied_version: Annotated[
        str, Field(description="Version of the password in force; a random word.")
    ]


class RootPasswordStatus(Reported):
    """Which password of root is in force."""

    result: Annotated[str, Field(description="created or changed.")]
    time: Annotated[
        str,
        Field(
            description="When the server was ready with it.",
            json_schema_extra={"format": "date-time"},
        ),
    ]
    applied_version: Annotated[
        str, Field(description="Version of the password that is in force; a random word.")
    ]


class Reverted(Reported):
    """Manual change that the operator reverted."""

    what: Annotated[str, Field(description="Objects and fields that were changed.")]
    time: Annotated[
        str, Field(description="Time of the reversal.", json_schema_extra={"format": "date-time"})
    ]


class MySQLStatus(Reported):
    """Observed state of the database."""

    phase: Annotated[Phase | None, Field(description="State of the database, in one word.")] = None
    reason: Annotated[
        str | None, Field(description="One CamelCase word for why it is in this phase.")
    ] = None
    reason_since: Annotated[
        str | None,
        Field(
            description="Since when there is this reason.",
            json_schema_extra={"format": "date-time"},
        ),
    ] = None
    message: Annotated[
        str | None,
        Field(description="What is wrong; else what is going on, or where the data came from."),
    ] = None
    observed_generation: Annotated[
        int | None,
        Field(description="Generation of the spec that was last applied; -1 before the first."),
    ] = None
    version: Annotated[str | None, Field(description="Version of the running server.")] = None
    release: Annotated[ReleaseStatus | None, Field(description="Helm release of the database.")] = (
        None
    )
    restore: Annotated[RestoreReceipt | None, Field(description="Result of the restore.")] = None
    final_backup: Annotated[
        FinalBackup | None,
        Field(
            description="Proof of the final backup of this object. Only on its strength does the "
            "operator delete the data claim."
        ),
    ] = None
    last_backup: Annotated[
        BackupSummary | None,
        Field(description="Newest complete backup, for people and metrics; no proof of anything."),
    ] = None
    backups: Annotated[
        list[ListedBackup] | None,
        Field(
            description="Newest backups in the store (backup claim or bucket), at most 20, newest "
            "first, as the last Job found them."
        ),
    ] = None
    backup_count: Annotated[
        int | None, Field(description="Number of backups in the store at that time.")
    ] = None
    backups_listed: Annotated[
        str | None,
        Field(description="When that Job ended.", json_schema_extra={"format": "date-time"}),
    ] = None
    backup_schedule: Annotated[
        ScheduleStatus | None,
        Field(description="Backups on a schedule: the times in force, the last and the next."),
    ] = None
    drill_schedule: Annotated[
        ScheduleStatus | None,
        Field(description="Drills: the times in force, the last and the next."),
    ] = None
    last_drill: Annotated[
        DrillStatus | None,
        Field(description="How the last drill ended: which backup was restored, and whether well."),
    ] = None
    storage: Annotated[
        ClaimSizes | None,
        Field(description="Sizes of the claims; a spec may go back to them, never below."),
    ] = None
    root_password: Annotated[
        RootPasswordStatus | None, Field(description="Which password of root is in force.")
    ] = None
    user_password: Annotated[
        UserPasswordStatus | None,
        Field(description="Last change of the application user's password."),
    ] = None
    reverted: Annotated[
        Reverted | None, Field(description="Last manual change that the operator reverted.")
    ] = None
    failures: Annotated[
        int | None,
        Field(description="Number of consecutive failed attempts, which sets the back-off."),
    ] = None
    failed_at: Annotated[
        str | None,
        Field(
            description="Time of the last failed attempt.",
            json_schema_extra={"format": "date-time"},
        ),
    ] = None
    failed_attempt: Annotated[
        str | None,
        Field(
            description="Digest of the spec that failed; the operator tries a changed one at once."
        ),
    ] = None
    failed_reason: Annotated[
        str | None, Field(description="Reason of the last failed attempt, in one word.")
    ] = None
    conditions: Annotated[
        list[Condition],
        condition_list(
            "Standard conditions: Ready, Initialized, Reconciling, Stalled; "
            "BackupsOnSchedule where spec.backup.schedule is given, BackupsProven where "
            "spec.backup.drill.schedule is, and DeletionBlocked while the object is being deleted."
        ),
    ] = []
