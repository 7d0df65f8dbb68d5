"""What an object says while an edit is checked, refused or applied."""

from __future__ import annotations

from mysql_operator import names
from mysql_operator.errors import HelmError
from mysql_operator.model import conditions
from mysql_operator.model.status import MySQLStatus, Phase
from mysql_operator.reconcile.actions import Wait
from mysql_operator.reconcile.facts.observations import (
    Job,
    JobState,
    Observed,
    OperationKind,
    Outcome,
    Server,
)
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import (
    FRESH,
    a_job,
    a_release,
    an_instance,
    an_operation,
    seen,
    what_is_desired,
)

WORDS = "spec.config.max_conections: mysqld 9.7.4 does not accept it"
FAILED = HelmError("HookFailed", "The log of the Job's pod tells why.")


def a_refusal(digest: str) -> Job:
    receipt = {"result": "failed", "reason": "ConfigInvalid", "message": WORDS}
    return a_job(JobState.FAILED, annotations={names.SERVER_DIGEST: digest}, receipt=receipt)


def refused(job: Job) -> Observed:
    """Helm has just come back from an edit that did not work."""
    return seen(
        desired=what_is_desired(server_digest="edited"),
        release=a_release(status="failed", revision=2, server_digest="edited"),
        check_job=job,
        outcome=Outcome("values-chart", FAILED),
    )


def test_a_refused_edit_is_told_in_the_words_of_the_check_and_the_database_is_ready() -> None:
    status = builders.reported(refused(a_refusal("edited")), Wait())

    stalled = conditions.find(status.conditions, "Stalled")
    ready = conditions.find(status.conditions, "Ready")
    assert stalled is not None
    assert ready is not None
    assert (stalled.status, stalled.reason, stalled.message) == ("True", "ConfigInvalid", WORDS)
    assert ready.status == "True"


def test_a_check_of_another_edit_explains_nothing() -> None:
    status = builders.reported(refused(a_refusal("another")), Wait())

    assert status.message == FAILED.message


def test_a_complete_database_is_never_restoring() -> None:
    repair = seen(
        instance=an_instance(status=MySQLStatus(restore=FRESH)),
        operation=an_operation(OperationKind.UPGRADE),
        server=Server(ready=False),
        restore_job=a_job(JobState.RUNNING),
    )

    assert builders.reported(repair, Wait()).phase is Phase.UPGRADING
