"""Reasons of objects of which nothing is wrong."""

from __future__ import annotations

from mysql_operator.model.reasons.entry import NOTHING, Reason, Section, Shown

NO_IMPACT = "None."


def _going_on(name: str, meaning: str, impact: str, action: str = "Wait.") -> Reason:
    return Reason(name, meaning, impact, action, Shown.CONDITION)


def _fact(name: str, meaning: str, impact: str = NO_IMPACT, action: str = NOTHING) -> Reason:
    return Reason(name, meaning, impact, action, Shown.EVENT)


PHASES = Section(
    "What is going on",
    "Nothing is wrong with an object that has one of these reasons.",
    (
        _going_on("Serving", "MySQL is accepting connections.", NO_IMPACT, NOTHING),
        _going_on(
            "Pending", "The operator has not installed the release yet.", "There is no server yet."
        ),
        _going_on(
            "Installing", "Helm installs the release.", "The server is not ready for clients."
        ),
        _going_on(
            "Restoring",
            "The restore Job fills the new database from a backup, or a MySQLRestore puts one in "
            "the place of the data of a running one; `status.message` says which.",
            "A new database lets no client in before all the data is there; a running one is "
            "read-only, and restarts once.",
            "Wait; `status.message` says how far it is.",
        ),
        _going_on(
            "Starting",
            "The release is as the spec says, and the server is not ready.",
            "Clients cannot connect.",
        ),
        _going_on(
            "Upgrading",
            "The operator brings the release to what the spec says.",
            "A change of image, settings, resources or the root password restarts the server.",
        ),
        _going_on(
            "ChangingPassword",
            "The Job sets the password of `ali` in the running server.",
            "Sessions go on.",
        ),
        _going_on(
            "BackingUp",
            "The object is being deleted, and its final backup is being taken.",
            "The server is read-only.",
        ),
        _going_on(
            "Deleting",
            "The operator deletes the release and what belongs to it.",
            "The server goes away; backups stay.",
        ),
        _going_on("Progressing", "The operator is getting on with something.", NO_IMPACT),
        _going_on("Settled", "The object is as its spec says.", NO_IMPACT, NOTHING),
        _going_on(
            "NotYet",
            "The restore of a new database has not ended (condition `Initialized`).",
            "No client is let in.",
        ),
        _going_on(
            "Stalled",
            "The condition `Reconciling` is False because `Stalled` is True.",
            "The operator waits for a person.",
            "Read the condition `Stalled`: it has a reason of its own.",
        ),
    ),
)

FACTS = Section(
    "What happened",
    "Events that report a fact. `Restored`, `Fresh` and `Kept` are reasons of the condition "
    "`Initialized` too.",
    (
        _fact(
            "Restored",
            "The database was filled from the backup that the message names: a new one, or a "
            "running one by a MySQLRestore.",
        ),
        _fact("Fresh", "The database was created empty, because there was no backup to restore."),
        _fact("Kept", "The volume held the data of an earlier object, and it was kept as it was."),
        _fact(
            "BackedUp",
            "A backup on the schedule, or the final backup of a deletion, is complete; the message "
            "names its file.",
            "A deletion goes on once the receipt of the final one is in `status.finalBackup`.",
        ),
        _fact(
            "RootPasswordSet", "The server is ready with the password of root that the spec names."
        ),
        _fact("UserPasswordSet", "The password of `ali` was set in the server."),
        _fact("Ready", "MySQL has begun to accept connections."),
        _fact(
            "Reverted",
            "The operator reverted a manual change of an object of the release.",
            "The manual change is lost; the message names the object and the field.",
            "Make the change in the spec of the MySQL object.",
        ),
        _fact(
            "DeletionBlocked",
            "The object is being deleted, and its final backup cannot be taken.",
            "The object and its data stay. The operator tries again with back-off.",
            "Read the condition `DeletionBlocked`: its reason says why, its message the way out. "
            "To delete without a backup, which loses the data: the annotation "
            "`otus.homework/give-up-final-backup`, with the sentence of the message.",
        ),
    ),
)
