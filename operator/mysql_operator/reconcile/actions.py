"""What one pass may do: exactly one of these, complete with all that carrying it out needs.

Whoever carries one out is told the object and the action, and asks nothing else. Actions are
logged, so what is secret or long is left out of how they are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mysql_operator.reconcile.facts.observations import Trouble
from mysql_operator.reconcile.turns import Rank

POLL_SECONDS = 0.5
"""While a volume goes away, of which nobody tells us: only requests, no process."""

PROGRESS_SECONDS = 5.0
"""While helm, a Job or a server is at work: its end wakes us up, this is for what was missed."""

SLOW_POLL_SECONDS = 10.0
"""While somebody else has to act."""

FLAWED_SECONDS = 60.0
"""While something is wrong beside a server that serves: nobody may tell us when it is not any more,
such as a quota that now lets a claim grow, or the end of a cool-down."""


@dataclass(frozen=True)
class Nothing:
    """All is as it should be; look again at the next resync."""

    is_flawed: bool = False
    """Whether something is wrong beside a server that serves: look again sooner."""


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

    finalizers: tuple[str, ...]
    """All that the object is to have."""


@dataclass(frozen=True)
class WriteCredentials:
    """Write the operator's copy of the passwords, beside a release that is there."""

    credentials: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class NewRevision:
    """What helm makes a revision from."""

    values: Mapping[str, Any]
    values_digest: str
    labels: Mapping[str, str]
    """Of its Secret, but for the name of the process, which only that knows."""
    timeout_seconds: int


@dataclass(frozen=True)
class Upgrade:
    """`helm upgrade --install`, the passwords having been written."""

    install: bool
    restore: bool
    change_user_password: bool
    check: bool
    """Whether the new image and settings are tried before anything is changed."""
    rank: Rank
    attempted: str = field(repr=False)
    """What its failure would be a failure of (see attempts.digest)."""
    revision: NewRevision = field(repr=False)
    credentials: Mapping[str, str] | None = field(repr=False)
    """New content of the Secret of passwords; None where the live one is right."""
    regained: tuple[tuple[str, str], ...] = ()
    """Kind and name of the objects whose fields are given to helm, because a person took them."""
    reverted: str = ""
    """The manual change that this reverts, for a person."""

    @property
    def has_hooks(self) -> bool:
        """Whether helm has the Job of a hook to wait for."""
        return self.check or self.restore or self.change_user_password


@dataclass(frozen=True)
class Uninstall:
    """`helm uninstall`, with the final backup or without."""

    backup: bool
    timeout_seconds: int = field(repr=False)
    attempted: str = field(repr=False)
    """What its failure would be a failure of (see attempts.digest)."""


@dataclass(frozen=True)
class EndJobs:
    """End the Jobs that an ended helm command has left: none may open the fence of a backup."""

    jobs: tuple[str, ...]


@dataclass(frozen=True)
class Unlock:
    """Mark a release that nobody works on any more as failed, so that helm takes it up again."""

    secret: str
    status: str
    """In which it was left."""


@dataclass(frozen=True)
class DeleteDamagedRevision:
    """Delete a release Secret of ours that nobody can read: helm sees none where it is."""

    secret: str
    reverted: str
    """The damage that this reverts, for a person."""


@dataclass(frozen=True)
class DeleteRefusedRevision:
    """Delete the Secret of a revision that the check Job has refused: nothing of it was applied.

    The newest revision is then again the one that runs, whose hooks can take a backup.
    """

    secret: str


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

    jobs: tuple[str, ...]
    """That were seen: of a name alone, one may be somebody else's."""
    config_map: str | None
    pod: str | None
    secret: str | None


@dataclass(frozen=True)
class DropFinalizer:
    """Let the object go."""

    finalizers: tuple[str, ...]
    """All that the object still has."""


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
    | DeleteDamagedRevision
    | DeleteRefusedRevision
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
        | DeleteDamagedRevision
        | DeleteRefusedRevision
        | DeleteDataClaim
        | DeleteEmptyBackupClaim
        | DeleteLeftovers
        | DropFinalizer,
    )
