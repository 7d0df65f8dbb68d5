"""A pass knows what it has to remember before it decides, and writes it in its one status."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mysql_operator.errors import HelmError
from mysql_operator.model.status import MySQLStatus
from mysql_operator.reconcile import attempts, remembering
from mysql_operator.reconcile.actions import Nothing, Upgrade, Wait
from mysql_operator.reconcile.facts.observations import Drift, Job, JobState, Outcome, Server
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import (
    DELETED,
    FRESH,
    NOW,
    OF_THIS_OBJECT,
    RECEIPT,
    a_release,
    an_instance,
    seen,
)

REFUSED = Outcome("values-chart", HelmError("Invalid", "the server refuses it"))
FAILED_ONCE = MySQLStatus(
    restore=FRESH,
    failures=1,
    failed_attempt="values-chart",
    failed_at=(NOW - timedelta(hours=1)).isoformat(),
    failed_reason="Invalid",
)


def test_the_pass_that_sees_a_failure_pauses_for_it() -> None:
    failed = seen(release=a_release(status="failed"), outcome=REFUSED)

    action, status = builders.a_pass(failed)

    assert action == Wait(attempts.FIRST_BACK_OFF)
    assert (status.failures, status.failed_reason) == (1, "Invalid")


def test_the_second_failure_of_the_same_spec_doubles_the_pause() -> None:
    instance = an_instance(status=FAILED_ONCE)
    again = seen(instance=instance, release=a_release(status="failed"), outcome=REFUSED)

    remembered = remembering.remembered(again)

    assert remembered.instance.status.failures == 2
    assert attempts.back_off_left(remembered) == 2 * attempts.FIRST_BACK_OFF


def test_failures_are_forgotten_once_nothing_is_left_to_do() -> None:
    at_rest = seen(instance=an_instance(status=FAILED_ONCE))
    starting = replace(at_rest, server=Server(ready=False))

    rested = remembering.remembered(at_rest).instance.status
    waiting = remembering.remembered(starting).instance.status

    assert (rested.failures, rested.failed_reason, rested.failed_at) == (None, None, None)
    assert waiting.failures == 1


def test_a_repair_that_ends_well_is_no_backup_that_did() -> None:
    dying = an_instance(status=FAILED_ONCE, deleted=DELETED)
    repaired = seen(instance=dying, outcome=Outcome("", None))

    assert remembering.remembered(repaired).instance.status.failures == 1


def test_the_proof_of_a_backup_serves_the_pass_that_reads_it() -> None:
    receipt = RECEIPT.model_dump(by_alias=True, exclude_none=True)
    job = Job(
        JobState.SUCCEEDED,
        created=DELETED + timedelta(seconds=1),
        receipt=receipt,
        annotations=OF_THIS_OBJECT,
    )
    ended = seen(
        instance=an_instance(deleted=DELETED),
        release=a_release(status="uninstalling"),
        backup_job=job,
    )

    action, status = builders.a_pass(ended)

    assert builders.uninstalls(action, backup=False)
    assert status.final_backup is not None
    assert status.final_backup.taken_for == DELETED.isoformat()


def test_a_manual_change_is_remembered_by_the_pass_that_reverts_it() -> None:
    drifted = seen(drift=(Drift("Service", "db", "Service db is gone"),))

    action, status = builders.a_pass(drifted)
    later, _ = builders.a_pass(replace(drifted, instance=an_instance(status=status)))

    assert isinstance(action, Upgrade)
    assert status.reverted is not None
    assert status.reverted.what == "Service db is gone"
    assert isinstance(later, Nothing)
