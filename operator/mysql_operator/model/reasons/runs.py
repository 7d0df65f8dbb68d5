"""Reasons of the objects that ask for one run each: MySQLBackup and MySQLRestore."""

from __future__ import annotations

from mysql_operator.model.reasons.entry import NOTHING, Reason, Section, Shown

SOON = "Nothing: the operator tries again."
HAS_ITS_DATA = "The database serves the data that it has."


def _of_backup(
    name: str, meaning: str, impact: str = "There is no such backup yet.", action: str = SOON
) -> Reason:
    return Reason(name, meaning, impact, action, Shown.CONDITION)


BACKUP_OBJECTS = Section(
    "MySQLBackup objects",
    "In the condition `Complete` of a MySQLBackup, beside the reasons of a backup Job.",
    (
        _of_backup("Succeeded", "The backup is there.", "None.", NOTHING),
        _of_backup("Running", "The Job takes the backup.", "The database takes writes.", "Wait."),
        _of_backup(
            "NoSuchDatabase",
            "There is no MySQL object of that name in the namespace.",
            action="Create it, or delete the MySQLBackup; `spec.mysqlName` says which it is.",
        ),
        _of_backup(
            "DatabaseDeleted",
            "The MySQL object is being deleted.",
            action="Nothing where its `deletionPolicy` is `Backup`: the final backup holds the "
            "same data. Otherwise no backup is taken; save the data with mysqldump while the "
            "server runs.",
        ),
        _of_backup(
            "DatabaseNotReady",
            "The database does not serve clients, or an upgrade is under way.",
            action="`kubectl describe ms NAME` says why; the backup begins when it is Ready.",
        ),
        _of_backup("BackupAhead", "Another backup of that database is taken first."),
        _of_backup(
            "BackupNotFound",
            "`spec.file` or `spec.backupName` names a backup that nobody has found so far.",
            action="Correct it; `kubectl get msb` and `status.backups` of the MySQL object list "
            "what is there.",
        ),
        _of_backup(
            "BackupJobMissing",
            "The helm release of the database holds no Job of a final backup.",
            action="Wait for the next upgrade of the release; see `helm get hooks NAME`.",
        ),
        _of_backup(
            "JobNameTaken",
            "There is a Job of the same name that was not created for this object.",
            action="Delete that Job, or create a MySQLBackup of another name.",
        ),
        _of_backup(
            "JobLost",
            "The Job is gone, and the operator has not seen how it ended.",
            action="Of a MySQLBackup: see what `status.backups` of the MySQL object lists, and "
            "create another one if need be. Of a MySQLRestore: the data of the backup may be in "
            "place already, so look at what the database serves first.",
        ),
    ),
)


def _of_restore(
    name: str,
    meaning: str,
    impact: str = HAS_ITS_DATA,
    action: str = SOON,
) -> Reason:
    return Reason(name, meaning, impact, action, Shown.CONDITION)


RESTORE_OBJECTS = Section(
    "MySQLRestore objects",
    "In the condition `Complete` of a MySQLRestore, beside the reasons of a backup Job and of a "
    "restore, and those above that say why a Job does not begin.",
    (
        _of_restore(
            "BackupNotComplete",
            "`spec.backupName` names a MySQLBackup that is not complete.",
            action="Wait for it; where it has failed, create a MySQLRestore that names another.",
        ),
        _of_restore("RestoreAhead", "Another restore of that database is carried out first."),
        Reason(
            "RestoredDataRefused",
            "No server started on the restored copy of the data.",
            "The database serves the data that it had before, and takes writes.",
            "See the log of the server's pod; create a MySQLRestore that names another backup.",
            Shown.JOB,
        ),
        Reason(
            "InPlaceRestoreFailed",
            "A MySQLRestore of this database has failed.",
            "The database serves the data that it had before; see the message.",
            "`kubectl describe msr NAME` says why, and the way out.",
            Shown.EVENT,
        ),
    ),
)


def _of_removal(
    name: str, meaning: str, action: str, impact: str = "The object and its files stay."
) -> Reason:
    return Reason(name, meaning, impact, action, Shown.CONDITION)


RETAIN = "or set `spec.reclaimPolicy: Retain`, which lets the object go and keeps the file."

REMOVALS = Section(
    "MySQLBackup objects that are deleted",
    "In the condition `DeletionBlocked` of a MySQLBackup with `reclaimPolicy: Delete`, beside "
    "those of the store and those above that say why a Job does not begin.",
    (
        _of_removal(
            "NewestBackup",
            "There is no newer intact backup: a database that is created again would come back "
            "from this one.",
            f"Take another backup, after which this one goes by itself, {RETAIN}",
        ),
        _of_removal(
            "SafetyBackup",
            "It holds the data that a restore has replaced, and is less than 24 h old.",
            f"Wait, {RETAIN}",
        ),
        _of_removal(
            "BackupInUse",
            "`restore.from` names it, or a restore or a drill reads a backup of this database.",
            f"Wait for the end of what the message names, or change `restore.from`, {RETAIN}",
        ),
        _of_removal(
            "BackupAmbiguous",
            "Two objects of that name have each left a backup of this name in the bucket.",
            f"Remove the one that you mean by hand, {RETAIN}",
        ),
        Reason(
            "BackupRemoved",
            "A MySQLBackup with `reclaimPolicy: Delete` was deleted, and its files with it.",
            "None.",
            NOTHING,
            Shown.EVENT,
        ),
    ),
)
