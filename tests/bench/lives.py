"""One database from apply to Ready and from delete to gone, cut into who took how long."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench import operator_log
from tests.bench.watching import Change, Watch
from tests.support.objects import a_mysql
from tests.support.teams import Team

NAME = "db"
STARTED = r": Upgrade\("
STOPPED = r": Uninstall\("
ENDED = r" ended after "


@dataclass(frozen=True)
class Birth:
    """Seconds of each part between apply and Ready."""

    operator_before: float
    helm_before: float
    server: float
    helm_after: float
    operator_after: float
    readiness: float

    @property
    def total(self) -> float:
        return (
            self.operator_before
            + self.helm_before
            + self.server
            + self.helm_after
            + self.operator_after
            + self.readiness
        )


@dataclass(frozen=True)
class Death:
    """Seconds of each part between delete and gone."""

    operator_before: float
    helm_and_backup: float
    operator_after: float

    @property
    def total(self) -> float:
        return self.operator_before + self.helm_and_backup + self.operator_after


def is_object(change: Change, type_: str = "") -> bool:
    return change.kind == "MySQL" and type_ in ("", change.type)


def is_restored(change: Change) -> bool:
    is_it = change.kind == "Job" and change.name == f"restore-{NAME}-job"
    return is_it and bool(change.status.get("succeeded"))


def is_told_as_deployed(change: Change) -> bool:
    release = change.status.get("release") or {}
    return is_object(change) and release.get("status") == "deployed"


def is_ready(change: Change) -> bool:
    return is_object(change) and change.status.get("phase") == "Ready"


def birth(team: Team, watch: Watch, since: float) -> Birth:
    """Apply the object, wait until it is Ready, and cut the time into its parts."""
    team.apply(a_mysql(NAME))
    applied = watch.first(lambda change: is_object(change, "ADDED"), since=since)
    ready = watch.first(is_ready, since=applied)
    made = watch.first(lambda change: change.kind == "Deployment", since=applied)
    restored = watch.first(is_restored, since=applied)
    started = operator_log.when(team.namespace, STARTED, since=applied - 0.5)
    ended = operator_log.when(team.namespace, ENDED, since=started)
    told = watch.first(is_told_as_deployed, since=ended - 0.05)
    return Birth(
        operator_before=started - applied,
        helm_before=made - started,
        server=restored - made,
        helm_after=ended - restored,
        operator_after=told - ended,
        readiness=ready - told,
    )


def death(team: Team, watch: Watch, since: float) -> Death:
    """Delete the object, wait until it is gone, and cut the time into its parts."""
    team.kubectl("delete", "ms", NAME)
    deleted = watch.first(
        lambda change: is_object(change) and "deletionTimestamp" in change.object["metadata"],
        since=since,
    )
    gone = watch.first(lambda change: is_object(change, "DELETED"), since=deleted)
    started = operator_log.when(team.namespace, STOPPED, since=deleted - 0.5)
    ended = operator_log.when(team.namespace, ENDED, since=started)
    return Death(
        operator_before=started - deleted,
        helm_and_backup=ended - started,
        operator_after=gone - ended,
    )
