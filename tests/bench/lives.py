"""One database from apply to Ready and from delete to gone, cut into who took how long."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench import operator_log, server_log
from tests.bench.watching import Change, Watch
from tests.support.objects import a_mysql
from tests.support.teams import Team

NAME = "db"
STARTED = r": Upgrade\("
STOPPED = r": Uninstall\("
ENDED = r" ended after "


@dataclass(frozen=True)
class Birth:
    """Seconds of each part between apply and Ready, and of what comes after."""

    operator_before: float
    helm_before: float
    kubernetes: float
    mysql: float
    operator_tells: float
    helm_after: float
    operator_after: float

    @property
    def total(self) -> float:
        """From apply to Ready; helm's last seconds are nobody's wait."""
        served = self.helm_before + self.kubernetes + self.mysql
        return self.operator_before + served + self.operator_tells


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


def is_told_as_deployed(change: Change) -> bool:
    release = change.status.get("release") or {}
    return is_object(change) and release.get("status") == "deployed"


def is_serving(change: Change) -> bool:
    return change.kind == "Deployment" and bool(change.status.get("readyReplicas"))


def is_ready(change: Change) -> bool:
    conditions = change.status.get("conditions", [])
    true = [it["type"] for it in conditions if it["status"] == "True"]
    return is_object(change) and "Ready" in true


def birth(team: Team, watch: Watch, since: float) -> Birth:
    """Apply the object, wait until it is Ready, and cut the time into its parts."""
    team.apply(a_mysql(NAME))
    applied = watch.first(lambda change: is_object(change, "ADDED"), since=since)
    ready = watch.first(is_ready, since=applied)
    made = watch.first(lambda change: change.kind == "Deployment", since=applied)
    serving = watch.first(is_serving, since=applied)
    told = watch.first(is_told_as_deployed, since=ready)
    started = operator_log.when(team.namespace, STARTED, since=applied - 0.5)
    ended = operator_log.when(team.namespace, ENDED, since=started)
    mysql = server_log.seconds_at_work(team, NAME)
    return Birth(
        operator_before=started - applied,
        helm_before=made - started,
        kubernetes=serving - made - mysql,
        mysql=mysql,
        operator_tells=ready - serving,
        helm_after=ended - ready,
        operator_after=told - ended,
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
