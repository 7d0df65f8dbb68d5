"""When an object is looked at again of which no news has come."""

from __future__ import annotations

from typing import Any, cast

import pytest

from mysql_operator.adapters.kube import Kube
from mysql_operator.model.status import MySQLStatus
from mysql_operator.reconcile.acting import Actor, ReleaseManager
from mysql_operator.reconcile.actions import FLAWED_SECONDS, Nothing
from mysql_operator.reconcile.observations import Drift
from mysql_operator.reconcile.operations import Operations
from mysql_operator.reconcile.pull_secrets import PullSecrets
from tests.unit.reconcile.builders import FRESH, an_instance, seen

RESYNC = 900.0
NO_ROOM = MySQLStatus(restore=FRESH, reason="StorageCannotGrow")


@pytest.fixture
def actor() -> Actor:
    nothing: Any = None
    return Actor(
        cast("Kube", nothing),
        cast("ReleaseManager", nothing),
        cast("Operations", nothing),
        pull_secrets=cast("PullSecrets", nothing),
        identity="operator-1",
        resync_seconds=RESYNC,
    )


async def test_a_database_at_rest_is_left_alone_until_the_resync(actor: Actor) -> None:
    assert await actor.carry_out(Nothing(), seen()) == RESYNC


@pytest.mark.parametrize(
    "flaw",
    [
        {"instance": an_instance(status=NO_ROOM)},
        {"drift": (Drift("Service", "db", "Service db is gone"),)},
    ],
)
async def test_one_with_a_flaw_is_looked_at_sooner(actor: Actor, flaw: dict[str, Any]) -> None:
    assert await actor.carry_out(Nothing(), seen(**flaw)) == FLAWED_SECONDS
