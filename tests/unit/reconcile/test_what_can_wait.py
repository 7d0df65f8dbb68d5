"""What of a status is written with what follows, and what at once."""

from __future__ import annotations

from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.errors import KubeError
from mysql_operator.model.status import ClaimSizes, MySQLStatus, Phase, ReleaseStatus
from mysql_operator.reconcile import reporting
from mysql_operator.reconcile.actions import AddFinalizer, Wait
from mysql_operator.reconcile.facts.observations import OperationKind
from tests.unit.reconcile.builders import FRESH, an_instance, an_operation, seen

AT_WORK = seen(
    instance=an_instance(status=MySQLStatus(phase=Phase.INSTALLING)),
    operation=an_operation(OperationKind.INSTALL),
)
MADE = {
    "release": ReleaseStatus(name="db", status="pending-install", revision=1),
    "storage": ClaimSizes(data="1Gi", backup="1Gi"),
    "version": "9.7.4",
}


def changed(**changes: Any) -> MySQLStatus:
    return AT_WORK.instance.status.model_copy(update=changes)


@pytest.mark.parametrize("name", MADE)
def test_what_helm_makes_step_by_step_is_written_with_what_follows(name: str) -> None:
    assert reporting.can_wait(AT_WORK, Wait(), changed(**{name: MADE[name]}))


@pytest.mark.parametrize(
    "news", [{"phase": Phase.RESTORING}, {"restore": FRESH}, {"failures": 1}, {"message": "now"}]
)
def test_what_people_and_decisions_rest_on_is_written_at_once(news: dict[str, Any]) -> None:
    assert not reporting.can_wait(AT_WORK, Wait(), changed(**MADE, **news))


def test_at_the_end_of_a_command_everything_is_written() -> None:
    ended = seen(instance=AT_WORK.instance)

    assert not reporting.can_wait(ended, Wait(), changed(**MADE))


def test_an_object_that_cannot_be_held_says_so() -> None:
    new = seen(instance=an_instance(status=MySQLStatus(), finalizers=()))
    hold, waiting = AddFinalizer((names.FINALIZER,)), changed(phase=Phase.PENDING)

    assert reporting.can_wait(new, hold, waiting)
    refused = seen(instance=new.instance, refused=KubeError("Forbidden", "may not"))
    assert not reporting.can_wait(refused, hold, waiting)
