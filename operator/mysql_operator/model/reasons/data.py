"""Reasons about the data itself: its claims, its backup and its restore."""

from __future__ import annotations

from mysql_operator.model.reasons.entry import (
    NOTHING,
    RUNS_ON,
    TRIED_AGAIN,
    Reason,
    Section,
    Shown,
)

BLOCKED = "There is no backup, so the object and its data stay."
NO_DATA_YET = "The new database stays closed to clients; the backup is untouched."
SOON = "Nothing: the Job tries again."


CLAIMS = Section(
    "Claims",
    "What became of the volumes of a database.",
    (
        Reason(
            "DataClaimDeleted",
            "Somebody deleted the data claim while the server runs.",
            "The data is gone when the server's pod ends.",
            "Do not restart the server. Make sure that `spec.deletionPolicy` is `Backup`, then "
            "delete the object: its final backup still gets the data, and creating it again "
            "restores that backup. During a deletion: see the message.",
        ),
        Reason(
            "DataClaimLost",
            "Somebody deleted the data claim, and the data with it.",
            "The data since the last backup is lost. The operator makes no new, empty database "
            "under this object.",
            "Delete this object and write it again, to start from the newest backup.",
        ),
        Reason(
            "DataClaimHeld",
            "The data claim of an earlier object of this name is being deleted and does not go.",
            "The database is created when the claim is gone.",
            "`kubectl describe pvc` names who holds it: a pod, or a finalizer.",
        ),
        Reason(
            "BackupClaimDeleted",
            "Somebody deleted the backup claim, and a pod still uses it.",
            "No backup is taken to it, so a deletion waits.",
            "The claim goes, with all backups on it, once no pod uses it: copy those that you need "
            "first. Then delete the Jobs that the message names; the operator takes the final "
            "backup to a new claim.",
        ),
        Reason(
            "DataLost",
            "The data volume is empty, and this database was complete before.",
            "The server takes no clients. Nothing was restored, because a backup may be older.",
            "Put the data back; or give it up: delete the object without a final backup and write "
            "it again, to start from the newest backup.",
            Shown.JOB,
        ),
    ),
)

JOBS = Section(
    "Jobs, whatever they do",
    "",
    (
        Reason(
            "Busy",
            "Another backup or restore of this database is running, or the final one was taken.",
            "This one does not begin.",
            SOON,
            Shown.JOB,
        ),
        Reason(
            "Interrupted",
            "Kubernetes ended the pod of a Job before the work was done.",
            "The work starts over.",
            SOON,
            Shown.JOB,
            may_pass=True,
        ),
        Reason(
            "Failed",
            "A Job or a script failed for a reason that this page does not list.",
            "What waits for it waits on. The operator tries again with back-off.",
            "Read the message, and the log of the Job's pod.",
            Shown.JOB,
        ),
        Reason(
            "SettingsInvalid",
            "The agent of a Job, or the operator, was started with a wrong environment.",
            "It does not start.",
            "Correct the variable that the message names; in a Job: bring operator and chart to "
            "the same version.",
            Shown.JOB,
        ),
        Reason(
            "ReceiptUnreadable",
            "The receipt of a Job, or the one beside a backup, cannot be read.",
            "The work does not count; it is done again after a pause. A backup without a legible "
            "receipt is not restored.",
            "Read the log of the Job; an operator and an instance chart of different versions are "
            "a likely cause.",
        ),
        Reason(
            "ScratchServerFailed",
            "The scratch server beside a Job did not start, or ended.",
            BLOCKED + " A restore does not go on.",
            "Read mysqld's error in the message, and the log of the Job's container.",
            Shown.JOB,
        ),
    ),
)

BACKUPS = Section(
    "Backups",
    "Earlier backups are untouched by each of these.",
    (
        Reason(
            "NotRestored",
            "The restore of this database has not completed, so its data is not what a backup "
            "must hold.",
            BLOCKED,
            "See the Job restore-NAME-job. If somebody removed the schema `mysql_operator`: "
            "restart the server's pod.",
            Shown.JOB,
        ),
        Reason(
            "FenceFailed",
            "A session holds locks on tables, so writes could not be stopped.",
            BLOCKED,
            "End that session; the backup is tried again.",
            Shown.JOB,
        ),
        Reason(
            "FenceLost",
            "The server restarted during the backup, or somebody let writes in: it may lack rows.",
            BLOCKED,
            "Leave super_read_only alone during a deletion, and see why the server restarted (its "
            "log, its memory limit); the backup is tried again.",
            Shown.JOB,
        ),
        Reason(
            "BackupVolumeMissing",
            "The backup volume cannot be read.",
            BLOCKED,
            "Look at the claim backup-NAME-pvc and its volume.",
            Shown.JOB,
        ),
        Reason(
            "BackupVolumeFailed",
            "The backup could not be written to its volume.",
            BLOCKED,
            "Look at the claim backup-NAME-pvc and its volume; the backup is tried again.",
            Shown.JOB,
        ),
        Reason(
            "ScratchVolumeFailed",
            "The copy could not be read again from the scratch volume.",
            BLOCKED,
            "Look at the node's disk, or at the claim of the scratch volume; the backup is tried "
            "again.",
            Shown.JOB,
        ),
        Reason(
            "CloneFailed",
            "The server's files could not be copied over the network.",
            BLOCKED + " A restore does not go on.",
            "Read the server's error in the message and its log.",
            Shown.JOB,
        ),
        Reason(
            "CloneImpossible",
            "The backup method is Clone, and this server cannot be cloned.",
            BLOCKED,
            "Set the method to Auto or Dump, or remove the obstacle that the message names.",
            Shown.JOB,
        ),
        Reason(
            "NotInDump",
            "The final backup has to be a dump, and this server holds what a dump cannot.",
            BLOCKED + " The server takes writes as before.",
            "Make the server one that can be cloned, or take what the message names out of it.",
            Shown.JOB,
        ),
        Reason(
            "TableUnreadable",
            "The server does not show the definition of a table that holds rows.",
            BLOCKED,
            "Repair or drop the table that the message names.",
            Shown.JOB,
        ),
        Reason(
            "DumpFailed",
            "The server's content could not be written as a dump.",
            BLOCKED,
            "Read the server's error in the message; the backup is tried again.",
            Shown.JOB,
        ),
        Reason(
            "VerificationFailed",
            "The backup could not be loaded into a scratch server, or differs from its source.",
            BLOCKED,
            "Read the message; set `spec.backup.verify` to false to do without the comparison.",
            Shown.JOB,
        ),
        Reason(
            "DumpIncomplete",
            "A dump ends too early, or does not hold what its receipt says.",
            BLOCKED + " A restore does not go on.",
            "Nothing during a backup: it is tried again. During a restore: name another backup in "
            "`spec.restore.from`.",
            Shown.JOB,
        ),
    ),
)

SCHEDULES = Section(
    "Backups on a schedule",
    "They stand in the condition `BackupsOnSchedule`, as do those of the section before where the "
    "last backup failed. The database serves on, and the next backup that succeeds ends them.",
    (
        Reason(
            "ScheduleInvalid",
            "`spec.backup.schedule`, or that of `drill`, has a range that goes backwards, or a day "
            "that no month has.",
            RUNS_ON,
            "Correct the field as the message says.",
        ),
        Reason(
            "TimeZoneUnknown",
            "`spec.backup.timeZone` is not the name of a time zone.",
            RUNS_ON,
            "Write a name such as Europe/Berlin, or leave the field out for UTC.",
        ),
        Reason(
            "Scheduled",
            "Each backup that was due has been taken.",
            NOTHING,
            NOTHING,
            Shown.CONDITION,
        ),
        Reason(
            "BackupSuspended",
            "`spec.backup.suspend` is true.",
            "No backup is taken on the schedule. The final backup of a deletion is.",
            "Set it to false when backups may go on.",
            Shown.CONDITION,
        ),
        Reason(
            "BackupMissed",
            "A backup was due and did not begin within two hours.",
            "The newest backup is older than the schedule promises.",
            "See whether an earlier one still runs (then make the schedule rarer), or what "
            "`kubectl describe cronjob/backup-NAME` says. The next one that begins ends this.",
            Shown.CONDITION,
        ),
        Reason(
            "OldBackupsNotRemoved",
            "A backup succeeded, and an older one that no rule keeps could not be removed.",
            "The backup claim fills up.",
            "Look at the claim backup-NAME-pvc; the next backup tries again.",
            Shown.EVENT,
        ),
    ),
)

RESTORES = Section(
    "Restores",
    "A restore never touches a database that holds data.",
    (
        Reason(
            "NoBackup",
            "The backup that `spec.restore` asks for is not there.",
            NO_DATA_YET,
            "Correct `spec.restore.from`, or put the backup into the store that the message names. "
            "Only where an empty database will do: set `restore.policy` to `IfAvailable` and "
            "`restore.from` to `latest`.",
            Shown.JOB,
        ),
        Reason(
            "ChecksumMismatch",
            "The backup file is damaged: its size or SHA-256 is not that of its receipt.",
            NO_DATA_YET,
            "Name another backup in `spec.restore.from`; the message offers the newest intact one.",
            Shown.JOB,
        ),
        Reason(
            "IncompatibleServer",
            "The backup needs another lower_case_table_names or innodb_page_size.",
            NO_DATA_YET,
            "New database: delete the object, which holds no data yet, and create it again with "
            "that setting in `spec.config`. MySQLRestore: the database keeps its data; do what the "
            "message says, and never delete that object without its final backup.",
            Shown.JOB,
        ),
        Reason(
            "RestoreFailed",
            "The backup could not be unpacked.",
            NO_DATA_YET,
            TRIED_AGAIN + " Otherwise read the message and the log of the Job.",
            Shown.JOB,
        ),
        Reason(
            "RestoreIncomplete",
            "The restored server does not hold what the receipt lists.",
            NO_DATA_YET,
            "Name another backup in `spec.restore.from`.",
            Shown.JOB,
        ),
        Reason(
            "LoadFailed",
            "The server refused a statement of the backup.",
            NO_DATA_YET,
            "Read the server's error in the message; often the image is older than the backup's.",
            Shown.JOB,
        ),
        Reason(
            "MarkerMissing",
            "The schema `mysql_operator` is gone, and the server holds data.",
            "The data is untouched; clients cannot connect.",
            "Restart the server's pod, which makes the schema again; the restore Job then keeps "
            "the data.",
            Shown.JOB,
        ),
    ),
)
