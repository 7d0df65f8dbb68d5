"""What one pass may do: exactly one of these."""

from __future__ import annotations

from dataclasses import dataclass

from mysql_operator.reconcile.observations import Trouble

POLL_SECONDS = 0.5
"""While a volume goes away, of which nobody tells us: only requests, no process."""

PROGRESS_SECONDS = 2.0
"""While helm, a Job or a server is at work: its end wakes us up, this is for what was missed."""

SLOW_POLL_SECONDS = 10.0
"""While somebody else has to act."""

FLAWED_SECONDS = 60.0
"""While something is wrong beside a server that serves: nobody may tell us when it is not any more,
such as a quota that now lets a claim grow, or the end of a cool-down."""


@dataclass(frozen=True)
class Nothing:
    """All is as it should be; look again at the next resync."""


@dataclass(frozen=True)
class Wait:
    """Look again after `seconds`."""

    seconds: float = POLL_SECONDS


@dataclass(frozen=True)
class Refuse:
    """The spec cannot be followed, or somebody is in the way: say so, and look again slowly."""

    reason: str
    message: str


@dataclass(frozen=True)
class AddFinalizer:
    """Hold the object, before there is anything that its deletion could lose."""


@dataclass(frozen=True)
class WriteCredentials:
    """Write the operator's copy of the passwords, beside a release that is there."""


@dataclass(frozen=True)
class Upgrade:
    """`helm upgrade --install` from the desired values, the passwords having been written."""

    install: bool
    restore: bool
    change_user_password: bool
    check: bool = False
    """Whether the new image and settings are tried before anything is changed."""


@dataclass(frozen=True)
class Uninstall:
    """`helm uninstall`, with the final backup or without."""

    backup: bool


@dataclass(frozen=True)
class EndJobs:
    """End the Jobs that an ended helm command has left: none may open the fence of a backup."""


@dataclass(frozen=True)
class Unlock:
    """Mark a release that nobody works on any more as failed, so that helm takes it up again."""


@dataclass(frozen=True)
class DropRevision:
    """Delete a release Secret of ours that nobody can read: helm sees none where it is."""


@dataclass(frozen=True)
class ForgetRevision:
    """Delete the Secret of a revision that the check Job has refused: nothing of it was applied.

    The newest revision is then again the one that runs, whose hooks can take a backup.
    """


@dataclass(frozen=True)
class EndCheck:
    """End a check Job that no helm command waits for any more; that it failed stays to be seen."""


@dataclass(frozen=True)
class Cancel:
    """End our own running helm command: it cannot succeed (`why`), or is not wanted any more."""

    why: Trouble | None = None


@dataclass(frozen=True)
class DeleteDataClaim:
    """Delete the data. Only ever decided on a receipt, or where nothing can be lost."""

    uid: str
    """Of the claim that was decided about: one that has taken its place since stays."""


@dataclass(frozen=True)
class DeleteEmptyBackupClaim:
    """Delete a backup claim that was never bound, and so never held a file."""

    uid: str
    resource_version: str
    """As it was seen: a claim that is bound meanwhile has another one, and stays."""


@dataclass(frozen=True)
class DeleteLeftovers:
    """Delete the object's finished Jobs, the pod of `helm test` and the copy of the passwords."""


@dataclass(frozen=True)
class DropFinalizer:
    """Let the object go."""


Action = (
    Nothing
    | Wait
    | Refuse
    | AddFinalizer
    | WriteCredentials
    | Upgrade
    | Uninstall
    | EndJobs
    | Unlock
    | DropRevision
    | ForgetRevision
    | EndCheck
    | Cancel
    | DeleteDataClaim
    | DeleteEmptyBackupClaim
    | DeleteLeftovers
    | DropFinalizer
)


def cannot_be_undone(action: Action) -> bool:
    """Whether it is only carried out on what was asked for in the same pass, not on memory."""
    return isinstance(
        action,
        Uninstall
        | Unlock
        | EndJobs
        | DropRevision
        | ForgetRevision
        | DeleteDataClaim
        | DeleteEmptyBackupClaim
        | DeleteLeftovers
        | DropFinalizer,
    )
