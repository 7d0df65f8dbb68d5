"""A Job that succeeded and left no readable receipt counts as a failed attempt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mysql_operator.reconcile import receipts, unreadable_receipts
from mysql_operator.reconcile.actions import Wait
from mysql_operator.reconcile.facts.observations import Job, JobState, Observed, Outcome
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import DELETED, NOW, OF_THIS_OBJECT, an_instance, seen
from tests.unit.reconcile.test_receipts import BACKUP

UNREADABLE = [{}, {**BACKUP, "size": "many"}, {"result": "complete"}]


def a_backup_that_ended(receipt: dict[str, object]) -> Observed:
    """A deleted object whose final backup's helm command has just ended well."""
    job = Job(JobState.SUCCEEDED, created=NOW - timedelta(seconds=9), receipt=receipt)
    return seen(
        instance=an_instance(deleted=DELETED),
        release=None,
        backup_job=replace(job, annotations=OF_THIS_OBJECT),
        outcome=Outcome("", None),
    )


@pytest.mark.parametrize("receipt", UNREADABLE)
def test_an_unreadable_receipt_of_a_backup_is_a_failure_with_a_pause(
    receipt: dict[str, object],
) -> None:
    ended = unreadable_receipts.counted(a_backup_that_ended(receipt))

    action = builders.decided(ended)
    status = builders.reported(ended, action)
    again = builders.decided(
        replace(ended, outcome=None, instance=replace(ended.instance, status=status))
    )

    assert receipts.recorded(ended).final_backup is None
    assert status.failures == 1
    assert "the receipt cannot be read" in (status.message or "")
    assert isinstance(again, Wait)


def test_a_readable_receipt_is_a_success() -> None:
    ended = a_backup_that_ended(BACKUP)

    assert unreadable_receipts.counted(ended) == ended


def test_the_job_of_an_earlier_deletion_is_not_looked_at() -> None:
    ended = a_backup_that_ended({})
    assert ended.backup_job is not None
    older = replace(ended.backup_job, created=DELETED - timedelta(seconds=1))

    assert unreadable_receipts.counted(replace(ended, backup_job=older)).outcome == ended.outcome


def test_a_failure_keeps_its_own_reason() -> None:
    ended = a_backup_that_ended({})
    assert ended.backup_job is not None
    failed = replace(ended, backup_job=replace(ended.backup_job, state=JobState.FAILED))

    assert unreadable_receipts.counted(failed) == failed
