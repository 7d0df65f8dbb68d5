"""Reasons of drills: whether the newest backup comes back."""

from __future__ import annotations

from mysql_operator.model.reasons.entry import NOTHING, Reason, Section, Shown

DRILLS = Section(
    "Drills",
    "They stand in the condition `BackupsProven`, in `status.lastDrill` and in events, as do those "
    "of restores and of Jobs where a drill met them. The database serves on, and every backup "
    "stays as it is.",
    (
        Reason(
            "DrillPassed",
            "The newest backup was restored into a scratch server, holds what its receipt lists, "
            "and the question of `spec.backup.drill.query` was answered by yes.",
            NOTHING,
            NOTHING,
            Shown.CONDITION,
        ),
        Reason(
            "DrillPending",
            "No drill has been due yet.",
            "The backups are not proven by a drill so far.",
            "Wait; or hold one now: `kubectl create job --from=cronjob/drill-NAME drill-NAME-now`.",
            Shown.CONDITION,
        ),
        Reason(
            "NoBackupYet",
            "A drill was due, and there is no backup.",
            "There is nothing to restore.",
            "Give the database a `spec.backup.schedule`, or create a MySQLBackup.",
            Shown.CONDITION,
        ),
        Reason(
            "DrillFailed",
            "The newest backup did not pass its drill; the message has the reason in mysqld's or "
            "the store's own words.",
            "The newest backup is not proven to come back.",
            "Do what the reason in the condition `BackupsProven` asks for; take another backup, "
            "and hold a drill of it.",
            Shown.EVENT,
        ),
        Reason(
            "DrillQuestionFalse",
            "The backup came back complete, and the question was answered by NULL, 0 or nothing.",
            "The backup holds other data than expected, or the question asks for the wrong thing.",
            "Look at the data that the question is about: what the backup lacks may be lacking in "
            "the database too. Or correct `spec.backup.drill.query`.",
            Shown.JOB,
        ),
        Reason(
            "DrillQuestionFailed",
            "The backup came back complete, and the question could not be answered.",
            "The backup is not proven to hold what the question asks for.",
            "Read mysqld's error in the message, and correct `spec.backup.drill.query`; a table "
            "that is gone may be gone from the database too.",
            Shown.JOB,
        ),
        Reason(
            "DrillMissed",
            "A drill was due and did not begin within two hours.",
            "The newest backup is not proven to come back.",
            "See what `kubectl describe cronjob/drill-NAME` says. The next drill ends this.",
            Shown.CONDITION,
        ),
    ),
)
