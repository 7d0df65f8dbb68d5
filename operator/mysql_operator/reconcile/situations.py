"""The answers that a decision rests on: one enum a question, one tuple a column of the table.

`classifying` gives the answers, `deciding` is the table. The values of `ReleaseState` are the rows
of docs/lifecycle.md, word by word; a test compares them.
"""

from __future__ import annotations

import enum
from typing import NamedTuple


class Hold(enum.Enum):
    """Whether the operator's finalizer holds the object."""

    HELD = "held"
    NOT_HELD = "not held"


class CommandState(enum.Enum):
    """What is to become of the helm command that this process runs for the object."""

    NONE = "none runs"
    AT_WORK = "waited for"
    UNWANTED = "not wanted any more"
    HOPELESS = "waits for what does not come by itself"


class ReleaseState(enum.Enum):
    """The newest revision of the release of that name, and who works on it."""

    ABSENT = "not there"
    AS_ASKED = "`deployed`, as the spec says"
    OUTDATED = "`deployed`, not as the spec says"
    FAILED = "`failed`"
    REFUSED = "`failed`, refused by its check"
    CHECK_LEFT = "at rest, with a check Job that nobody waits for"
    PENDING_LEFT = "`pending-*`, left behind"
    PENDING_BUSY = "`pending-*`, somebody's own helm command works on it"
    UNINSTALLING_LEFT = "`uninstalling`, left behind"
    UNINSTALLING_BUSY = "`uninstalling`, somebody's own helm command works on it"
    UNREADABLE = "unreadable, by its labels the operator's"
    UNREADABLE_FOREIGN = "unreadable, whose is unknown"
    FOREIGN = "another chart's"


class Spec(enum.Enum):
    """Whether the spec, and the Secrets that it names, can be followed."""

    FOLLOWED = "can be followed"
    UNFOLLOWABLE = "cannot be followed"


class Copy(enum.Enum):
    """The operator's copy of the passwords."""

    CURRENT = "as the spec says"
    TO_WRITE = "to be written"


class Change(enum.Enum):
    """What is to be changed although the digests may be equal; the first that is true."""

    NONE = "nothing"
    USER_PASSWORD = "the password of the application user"  # noqa: S105 - no password
    MANUAL = "a manual change is to be reverted"
    UNREADY = "a server stays not ready, and no restore Job has looked at it"
    LEFT_CLOSED = "a restore into the database failed, and no restore Job has looked at it since"


class Database(enum.Enum):
    """Whether the database of this object was ever complete."""

    COMPLETE = "complete"
    NEVER_COMPLETE = "never complete"


class DataClaim(enum.Enum):
    """The claim that holds the data."""

    ABSENT = "not there"
    OURS = "made for an object of this name"
    RETAINED = "the same, and spec.deletionPolicy retains it"
    FOREIGN = "somebody else's"
    GOING = "being deleted"
    STUCK = "being deleted for longer than that takes"


class BackupClaim(enum.Enum):
    """The claim that holds the backups."""

    ABSENT = "not there"
    THERE = "may hold backups"
    EMPTY = "made for this object and never bound"
    GOING = "being deleted, and may hold backups"
    EMPTY_GOING = "being deleted, and never bound"


class ServerState(enum.Enum):
    """Whether clients can be served."""

    READY = "ready"
    STARTING = "not ready, and its release is new"
    LATE = "not ready for longer than a start takes"


class BackOff(enum.Enum):
    """Whether another attempt may begin."""

    OVER = "over"
    RUNNING = "running"


class Namespace(enum.Enum):
    """Whether the namespace is being deleted; no Job can start in one that is."""

    STAYS = "stays"
    ENDS = "ends"


class Proof(enum.Enum):
    """Whether the data may go: the final backup of this deletion."""

    NOT_NEEDED = "nothing can be lost, or the policy or the user gives the data up"
    GIVEN = "the status holds the proof"
    RUNNING = "no proof yet, and a backup Job of this deletion runs"
    MISSING = "no proof"


class LeftJobs(enum.Enum):
    """Jobs that are at work beside helm: one may lift the fence of a backup, or hold its lock."""

    NONE = "none"
    AT_WORK = "at work"
    ENDING = "being deleted"
    STUCK = "being deleted for longer than that takes"


class BackupWay(enum.Enum):
    """How the final backup can be taken."""

    POSSIBLE = "from what runs"
    AFTER_REPAIR = "after an upgrade"
    WOULD_LOSE_DATA = "after an upgrade that may end the only holder of the data"


class Leftovers(enum.Enum):
    """What nobody needs any more, beside the claims."""

    NONE = "none"
    SOME = "some"


class Hooks(enum.Enum):
    """Whether somebody else has an object of a hook's name; helm would delete it unasked."""

    FREE = "free"
    TAKEN = "another name than that of the backup Job is taken"
    BACKUP_TAKEN = "the name of the backup Job is taken"


class Living(NamedTuple):
    """An object that lives."""

    hold: Hold
    command: CommandState
    release: ReleaseState
    spec: Spec
    copy: Copy
    change: Change
    database: Database
    data_claim: DataClaim
    backup_claim: BackupClaim
    server: ServerState
    back_off: BackOff
    hooks: Hooks = Hooks.FREE


class BeingDeleted(NamedTuple):
    """An object whose deletion was asked for."""

    hold: Hold
    command: CommandState
    release: ReleaseState
    spec: Spec
    namespace: Namespace
    proof: Proof
    data_claim: DataClaim
    backup_claim: BackupClaim
    left_jobs: LeftJobs
    way: BackupWay
    back_off: BackOff
    leftovers: Leftovers
    hooks: Hooks = Hooks.FREE


Situation = Living | BeingDeleted
