"""What one pass sees: plain facts, so that deciding is a pure function of them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from mysql_operator import names
from mysql_operator.errors import OperatorError
from mysql_operator.model.spec import MySQLSpec
from mysql_operator.model.status import MySQLStatus
from mysql_operator.names import Key
from mysql_operator.settings import SecretRefs


@dataclass(frozen=True)
class Instance:
    """A MySQL object as the API server has it."""

    key: Key
    uid: str
    version: str
    """Its resourceVersion: a write that names it fails where somebody else was quicker."""
    generation: int
    created: datetime
    deleted: datetime | None
    finalizers: tuple[str, ...]
    annotations: dict[str, str]
    spec: MySQLSpec
    status: MySQLStatus


@dataclass(frozen=True)
class ReleaseDefaults:
    """What the operator's own chart says about all releases."""

    chart_digest: str
    secret_refs: SecretRefs
    values: dict[str, Any]
    """Values of every release, whatever its object says."""
    copies_pull_secrets: bool = False
    """Whether each instance gets a Secret by which the agent's image is pulled."""

    def values_for(self, instance: str) -> dict[str, Any]:
        """Those values, for the release of that name."""
        if not self.copies_pull_secrets:
            return self.values
        agent = self.values.get("agent", {})
        copy = {"name": names.agent_registry(instance)}
        pull_secrets = [*agent.get("pullSecrets", []), copy]
        return {**self.values, "agent": {**agent, "pullSecrets": pull_secrets}}


@dataclass(frozen=True)
class Release:
    """The newest revision of the helm release of that name."""

    secret: str
    status: str
    revision: int
    values_digest: str
    chart_digest: str
    server_digest: str
    """Of what the server is made from in this revision; empty where no operator has said it."""
    holder: str
    """Which operator process made this revision; empty where a person did, by hand."""
    chart: str
    """Name of its chart; empty where the digests already say that it is ours."""
    is_damaged: bool
    """Whether its Secret cannot be read, by helm neither."""
    modified: datetime


class OperationKind(enum.StrEnum):
    """What a helm command is run for."""

    INSTALL = "install"
    UPGRADE = "upgrade"
    UNINSTALL = "uninstall"


@dataclass(frozen=True)
class Operation:
    """A helm command that this process runs right now."""

    kind: OperationKind
    values_digest: str
    attempted: str
    """What it was begun for (see attempts.digest): empty for a deletion."""
    running_seconds: float
    """How long helm has been at it; 0 while it waits for its turn."""
    has_hooks: bool = True
    cancelling: bool = False
    ahead: int = 0
    """How many helm commands of other objects run or begin before it; 0 once it has its turn."""


@dataclass(frozen=True)
class Outcome:
    """How a helm command of this process ended."""

    attempted: str
    error: OperatorError | None


class JobState(enum.Enum):
    """How far a Job is."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class Job:
    """A Job and what its pod left as termination message."""

    state: JobState
    created: datetime
    deleted: datetime | None = None
    ended: datetime | None = None
    receipt: dict[str, Any] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    name: str = ""
    is_scheduled: bool = False
    """Whether it was made from the CronJob, be it by a person and under whatever name."""
    why_failed: str = ""
    """What Kubernetes says of a Job that failed."""


@dataclass(frozen=True)
class Timetable:
    """The CronJob of a schedule."""

    created: datetime
    last_scheduled: datetime | None = None
    """The time at which the last one was due that began."""


@dataclass(frozen=True)
class Claim:
    """A PersistentVolumeClaim."""

    uid: str
    """Another claim of the same name has another one."""
    created: datetime
    deleted: datetime | None
    bound: bool
    ours: bool
    """Whether it was made for an instance of this name; another's is never deleted."""
    size: str | None = None
    """What it requests, as a quantity."""
    finalizers: tuple[str, ...] = ()

    resource_version: str = ""
    may_hold_data: bool = True
    """False only of a claim that was never bound, and names no volume or data to be bound to."""

    @property
    def deleting(self) -> bool:
        """Whether it goes as soon as nothing holds it any more."""
        return self.deleted is not None


@dataclass(frozen=True)
class Drift:
    """Something that somebody has changed by hand in an object of a release."""

    kind: str
    name: str
    what: str
    """One sentence that names the object and the field."""


@dataclass(frozen=True)
class Server:
    """The Deployment and what its newest pod says."""

    ready: bool
    version: str | None = None
    started: bool = True
    """Whether mysqld of the newest pod has answered: before that, no Job can be at work in it."""
    unready_since: datetime | None = None
    """Since when the newest pod has failed its readiness probe; None where it has not."""
    digest: str = ""
    """Of what the Deployment was made from, as its annotation says."""
    requests: Mapping[str, str] = field(default_factory=dict)
    """What the server's container asks of its node."""
    root_password_version: str = ""
    """Of the password that its newest pod was started with; empty where the pod does not say."""


@dataclass(frozen=True)
class Trouble:
    """Why something does not come up by itself, for a person."""

    reason: str
    message: str
    since: datetime


@dataclass(frozen=True)
class InPlace:
    """A MySQLRestore whose Job works on the database."""

    name: str
    step: str
    """How far it is, as that object says."""


@dataclass(frozen=True)
class Desired:
    """What the release is to be made from."""

    values: dict[str, Any] = field(repr=False)
    values_digest: str
    chart_digest: str
    server_digest: str
    """Of the image, the settings and the placement of the server."""
    user_password_version: str
    credentials: dict[str, str] | None = field(repr=False)
    """New content of the Secret of passwords; None where the live one is right."""
    timeout_seconds: int
    unmet: OperatorError | None = None
    """What of the spec cannot be had, although all the rest of it can be followed."""


NOT_READ_YET = OperatorError("Unknown", "the spec has not been read yet")


@dataclass(frozen=True)
class Observed:
    """Everything that one decision rests on."""

    now: datetime
    instance: Instance
    is_asked: bool = False
    """Whether everything was asked for in this pass; else some of it comes from memory."""
    namespace_ends: bool = False
    desired: Desired | OperatorError = NOT_READ_YET
    """An error where the spec cannot be followed."""
    operation: Operation | None = None
    release: Release | None = None
    server: Server | None = None
    data_claim: Claim | None = None
    backup_claim: Claim | None = None
    has_credentials: bool = False
    has_test_pod: bool = False
    """Whether `helm test` has left its pod."""
    check_job: Job | None = None
    restore_job: Job | None = None
    backup_job: Job | None = None
    password_job: Job | None = None
    timetable: Timetable | None = None
    scheduled_jobs: tuple[Job, ...] = ()
    """Backups on the schedule, the newest first; Kubernetes keeps a few that have ended."""
    in_place_jobs: tuple[Job, ...] = ()
    """Restores of backups into the running database, the newest first."""
    in_place: InPlace | None = None
    """The one of them that is at work."""
    removal_jobs: tuple[Job, ...] = ()
    """Removals of backups, the newest first."""
    schedule_trouble: Trouble | None = None
    """Why one of them does not begin its work."""
    drill_timetable: Timetable | None = None
    drill_jobs: tuple[Job, ...] = ()
    """Drills, the newest first."""
    drill_trouble: Trouble | None = None
    """Why one of them does not begin its work."""
    taken_hooks: tuple[str, ...] = ()
    """What somebody else has under the names of the hooks; read only where helm is to run some.
    helm deletes whatever bears the name of a hook before it makes the hook, and asks nobody."""
    drift: tuple[Drift, ...] = ()
    """What somebody has changed by hand in the objects of a release at rest."""
    trouble: Trouble | None = None
    progress: str = ""
    """How far a restore is, for a person; empty where nobody says."""
    hint: Trouble | None = None
    """What the probes of a server say that is not ready yet; it may come up by itself."""
    refused: OperatorError | None = None
    """What the API server said to the last step, where trying again is not likely to help."""
    outcome: Outcome | None = None
    """How a helm command of this process has just ended; seen by exactly one written status."""

    def with_status(self, status: MySQLStatus) -> Observed:
        """The same, with another status of the object."""
        return replace(self, instance=replace(self.instance, status=status))
