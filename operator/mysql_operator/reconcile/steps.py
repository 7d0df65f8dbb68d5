"""The steps of the table: one word for each thing that a pass may do next.

The values are the words of docs/lifecycle.md, in bold there; a test compares them.
"""

from __future__ import annotations

import enum


class Step(enum.Enum):
    """What to do next; `completing` makes an action of it."""

    NOTHING = "nothing"
    WAIT_A_MOMENT = "wait a moment"
    WAIT_FOR_COMMAND = "wait for the command"
    WAIT_FOR_BACKUP = "wait for the backup Job"
    WAIT_FOR_START = "wait for the start"
    WAIT_FOR_SERVER = "wait for the server"
    WAIT_FOR_BACK_OFF = "wait for the back-off"

    REFUSE_SPEC = "refuse the spec"
    REFUSE_RELEASE_CONFLICT = "refuse: ReleaseConflict"
    REFUSE_RELEASE_DAMAGED = "refuse: ReleaseDamaged"
    REFUSE_RELEASE_BUSY = "refuse: ReleaseBusy"
    REFUSE_DATA_CLAIM_HELD = "refuse: DataClaimHeld"
    REFUSE_DATA_CLAIM_LOST = "refuse: DataClaimLost"
    REFUSE_DATA_CLAIM_PINNED = "refuse: DataClaimDeleted"
    REFUSE_BACKUP_CLAIM_GOING = "refuse: BackupClaimDeleted"
    REFUSE_JOB_DOES_NOT_END = "refuse: JobDoesNotEnd"
    REFUSE_HOOKS_TAKEN = "refuse: OwnershipConflict"
    REFUSE_BACKUP_HOOK_TAKEN = "refuse: OwnershipConflict of the backup Job"

    ADD_FINALIZER = "hold the object"
    DROP_FINALIZER = "let the object go"
    WRITE_CREDENTIALS = "write the passwords"
    CANCEL = "end the command"
    CANCEL_AS_FAILED = "end the command as failed"
    UNLOCK = "mark as failed"
    DELETE_DAMAGED_REVISION = "delete the damaged revision"
    DELETE_REFUSED_REVISION = "delete the refused revision"
    END_CHECK = "end the check Job"
    END_JOBS = "end the Jobs"

    INSTALL = "install"
    UPGRADE = "upgrade"
    REINSTALL = "install for the backup"
    REPAIR = "upgrade for the backup"
    UNINSTALL = "uninstall"
    UNINSTALL_WITH_BACKUP = "uninstall with the backup hook"

    DELETE_DATA_CLAIM = "delete the data claim"
    DELETE_LEFTOVERS = "delete the leftovers"
    DELETE_EMPTY_BACKUP_CLAIM = "delete the empty backup claim"


INSTALL = frozenset({Step.INSTALL, Step.REINSTALL})
RUN_ALL_HOOKS = INSTALL | {Step.UPGRADE, Step.REPAIR}
RUN_HOOKS = RUN_ALL_HOOKS | {Step.UNINSTALL_WITH_BACKUP}
"""Steps in which helm replaces whatever bears the name of a hook."""
