"""When an object is looked at again of which no news has come."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import OperatorError
from mysql_operator.model.status import MySQLStatus, Reverted
from mysql_operator.names import Key
from mysql_operator.reconcile.acting import Actor, ReleaseManager, Target
from mysql_operator.reconcile.actions import FLAWED_SECONDS, Nothing
from mysql_operator.reconcile.facts.observations import Drift
from mysql_operator.reconcile.operations import Operations
from mysql_operator.reconcile.pull_secrets import PullSecrets
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import FRESH, NOW, an_instance, seen, what_is_desired

RESYNC = 900.0
AT = Target(Key("team", "db"), "7")
NO_ROOM = OperatorError("StorageCannotGrow", "the class does not allow it")
GONE = Drift("Service", "db", "Service db is gone")
REVERTED = MySQLStatus(restore=FRESH, reverted=Reverted(what=GONE.what, time=NOW.isoformat()))
SERVING = MySQLStatus(restore=FRESH, reason="Serving")


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
    assert await actor.carry_out(Nothing(), AT) == RESYNC


async def test_one_with_a_flaw_is_looked_at_sooner(actor: Actor) -> None:
    assert await actor.carry_out(Nothing(is_flawed=True), AT) == FLAWED_SECONDS


@pytest.mark.parametrize(
    ("changes", "is_flawed"),
    [
        ({}, False),
        ({"instance": an_instance(status=SERVING)}, False),
        ({"drift": (GONE,), "instance": an_instance(status=REVERTED)}, True),
        ({"desired": replace(what_is_desired(), unmet=NO_ROOM)}, True),
        ({"refused": NO_ROOM}, True),
    ],
    ids=["at rest", "a status that says so", "a cool-down", "no room to grow", "refused"],
)
def test_what_may_pass_without_any_news_is_a_flaw(changes: dict[str, Any], is_flawed: bool) -> None:
    assert builders.decided(seen(**changes)) == Nothing(is_flawed=is_flawed)
