"""What is seen of a server that does not become ready, from an API server with one object in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from lightkube.models.core_v1 import (
    ContainerState,
    ContainerStateRunning,
    ContainerStatus,
    PodCondition,
    PodStatus,
)
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Event, Pod

from mysql_operator import names
from mysql_operator.adapters.kube import Kube, MySQL
from mysql_operator.names import Key
from mysql_operator.reconcile.facts.observations import Observed, OperationKind, ReleaseDefaults
from mysql_operator.settings import SecretRefs
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import an_operation

SITE = ReleaseDefaults("chart", SecretRefs.LABELLED, {})
KEY = Key("team", "db")
LOCKED_OUT = "Startup probe failed: ERROR 2013 (HY000): Lost connection to MySQL server"


@dataclass(frozen=True)
class OneServer:
    """An API server with one MySQL object and its pod, which has not been ready for a while."""

    unready_for: timedelta
    says: str = LOCKED_OUT
    deleted: bool = False

    async def instance(self, key: Key) -> Any:
        now = datetime.now(UTC).isoformat()
        metadata = {"name": "db", "namespace": "team", "creationTimestamp": now}
        if self.deleted:
            metadata["deletionTimestamp"] = now
        spec = {"image": "mysql:9", "database": "app", "password": "x", "storage_size": "1Gi"}
        return MySQL({"metadata": metadata, "spec": spec})

    async def pods(self, key: Key) -> list[Pod]:
        since = datetime.now(UTC) - self.unready_for
        running = ContainerState(running=ContainerStateRunning(startedAt=since))
        container = ContainerStatus(
            image="mysql:9", imageID="", name="mysql", ready=False, restartCount=0, state=running
        )
        unready = PodCondition(status="False", type="Ready", lastTransitionTime=since)
        labels = {names.POD_LABEL: "db"}
        return [
            Pod(
                metadata=ObjectMeta(name="db-1", creationTimestamp=since, labels=labels),
                status=PodStatus(containerStatuses=[container], conditions=[unready]),
            )
        ]

    async def warnings(self, key: Key, kind: str, name: str) -> list[Event]:
        about = ObjectMeta(name="e")
        return [
            Event(
                metadata=about,
                involvedObject=None,
                reason="Unhealthy",
                message=self.says,
                lastTimestamp=datetime.now(UTC),
            )
        ]

    async def ensure_current(self, key: Key) -> bool:
        return False

    async def namespace_ends(self, namespace: str) -> bool:
        return False

    async def jobs(self, key: Key) -> list[Any]:
        return []

    async def cron_jobs(self, key: Key) -> list[Any]:
        return []

    def runs(self, *_: Any) -> list[Any]:
        return []

    async def nothing(self, *_: Any) -> None:
        return None

    claim = deployment = newest_release = secret = nothing


async def observed(world: OneServer, kind: OperationKind | None = None) -> Observed:
    operation = an_operation(kind) if kind else None
    seen = await builders.observer(cast("Kube", world), SITE).observe(KEY, operation, None)
    assert seen is not None
    return seen


HALF_A_MINUTE = OneServer(timedelta(seconds=40))


@pytest.mark.parametrize("kind", [None, OperationKind.INSTALL])
async def test_what_the_probes_say_is_seen_after_half_a_minute(kind: OperationKind | None) -> None:
    seen = await observed(HALF_A_MINUTE, kind)

    assert seen.trouble is None
    assert seen.hint is not None
    assert "Lost connection to MySQL server" in seen.hint.message


async def test_a_deletion_that_waits_for_its_server_says_so_too() -> None:
    seen = await observed(replace(HALF_A_MINUTE, deleted=True), OperationKind.UNINSTALL)

    assert seen.hint is not None


async def test_a_server_that_has_just_begun_is_given_time() -> None:
    assert (await observed(OneServer(timedelta(seconds=5)))).hint is None


@pytest.mark.parametrize(
    "says", ["the restore has not begun", "the restore is not complete: loading"]
)
async def test_that_a_restore_is_at_work_is_no_news(says: str) -> None:
    assert (await observed(replace(HALF_A_MINUTE, says=says))).hint is None
