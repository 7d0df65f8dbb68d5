"""Which backups there are and how far a restore is: for people, and never the proof of anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from lightkube.models.core_v1 import ObjectReference
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Event

from mysql_operator.model.status import MySQLStatus, Phase
from mysql_operator.reconcile import events, final_backups, receipts, reporting
from mysql_operator.reconcile.actions import Wait
from mysql_operator.reconcile.facts import progress
from mysql_operator.reconcile.facts.observations import Job, JobState, Observed, OperationKind
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import (
    CREATED,
    DELETED,
    NOW,
    OF_THIS_OBJECT,
    a_job,
    an_instance,
    an_operation,
    seen,
)

YESTERDAY = {"file": "db-1.sql.zst", "size": 9, "rows": 7, "time": "2026-11-22T12:00:00Z"}
TODAY = {"file": "db-2.sql.zst", "size": 10, "rows": 8, "time": "2026-11-23T12:00:00Z"}
FINAL = TODAY | {"file": "db-3.sql.zst"}
MORE = {"sha256": "a" * 64, "schemas": 1, "tables": 2, "serverVersion": "9.7.4"}
SAID = "Readiness probe failed: the restore is not complete: loading db-2.sql.zst ({} of 400 MB)"


def ended(**receipt: Any) -> Job:
    job = a_job(JobState.SUCCEEDED, receipt={"result": "fresh", **receipt})
    return replace(job, annotations=OF_THIS_OBJECT)


def created_again(**changes: Any) -> Observed:
    """An object whose restore Job found the backups of the one before it."""
    found = ended(backups=[TODAY, YESTERDAY], newest=TODAY | MORE)
    ordinary = seen(instance=an_instance(status=MySQLStatus()), restore_job=found)
    return replace(ordinary, **changes)


def test_an_object_that_is_created_again_lists_the_backups_of_the_one_before() -> None:
    status = receipts.recorded(created_again())

    assert [backup.file for backup in status.backups] == ["db-2.sql.zst", "db-1.sql.zst"]
    assert (status.last_backup.file, status.last_backup.rows) == ("db-2.sql.zst", 8)
    assert events.between(MySQLStatus(restore=status.restore), status) == []


def test_that_backup_never_counts_as_the_final_one() -> None:
    proof = {"takenFor": DELETED.isoformat(), "dataClaim": "claim-1", "backupClaim": "claim-2"}
    job = ended(backups=[TODAY], newest=TODAY | MORE | proof)
    recorded = receipts.recorded(created_again(restore_job=job))
    deleted = seen(instance=an_instance(status=recorded, deleted=DELETED), restore_job=job)

    remembered = receipts.recorded(deleted)
    assert remembered.last_backup is not None
    assert (remembered.last_backup.file, remembered.final_backup) == ("db-2.sql.zst", None)
    assert not final_backups.has_final_receipt(deleted, DELETED)
    assert builders.uninstalls(builders.decided(deleted), backup=True)


def test_the_final_backup_takes_the_place_of_the_one_that_was_found() -> None:
    recorded = receipts.recorded(created_again())
    job = replace(ended(**FINAL, **MORE, backups=[FINAL, TODAY]), created=NOW)
    deleted = an_instance(status=recorded, deleted=DELETED)

    status = receipts.recorded(created_again(instance=deleted, backup_job=job))

    assert status.last_backup.file == "db-3.sql.zst"
    assert status.final_backup.file == "db-3.sql.zst"
    assert status.final_backup.taken_for == DELETED.isoformat()
    assert [backup.file for backup in status.backups] == ["db-3.sql.zst", "db-2.sql.zst"]


def test_a_list_that_a_job_could_not_make_leaves_the_one_before() -> None:
    known = receipts.recorded(created_again())
    again = seen(instance=an_instance(status=known), restore_job=ended())

    assert receipts.recorded(again).backups == known.backups


def listed(*files: dict[str, Any], ended_at: datetime, **changes: Any) -> Job:
    """A Job that listed these when it ended."""
    return replace(ended(backups=[*files], backupCount=len(files)), ended=ended_at, **changes)


def test_the_list_is_that_of_the_job_that_ended_last() -> None:
    begun_later = listed(TODAY, YESTERDAY, ended_at=NOW, created=NOW)
    ended_later = listed(TODAY, ended_at=NOW + timedelta(seconds=9), created=CREATED)

    status = receipts.recorded(seen(restore_job=begun_later, removal_jobs=(ended_later,)))

    assert [backup.file for backup in status.backups or []] == ["db-2.sql.zst"]
    assert status.backups_listed == "2026-11-23T12:00:09Z"


def test_an_older_list_does_not_come_back_when_the_job_of_a_newer_one_is_gone() -> None:
    old, new = listed(TODAY, YESTERDAY, ended_at=CREATED), listed(TODAY, ended_at=NOW)
    known = receipts.recorded(seen(restore_job=old, removal_jobs=(new,)))

    again = receipts.recorded(seen(instance=an_instance(status=known), restore_job=old))

    assert again == known
    assert [backup.file for backup in again.backups or []] == ["db-2.sql.zst"]


def test_the_job_of_a_removal_proves_nothing_else() -> None:
    receipt = {"result": "removed", "file": "db-1.sql.zst", "store": "the volume", "time": "x"}
    job = replace(ended(**receipt, backups=[TODAY]), created=NOW, ended=NOW)

    before, after = receipts.recorded(seen()), receipts.recorded(seen(removal_jobs=(job,)))

    listed_only = {"backups": None, "backup_count": None, "backups_listed": None}
    assert after.model_copy(update=listed_only) == before.model_copy(update=listed_only)


def test_an_emptied_volume_is_an_empty_list() -> None:
    known = receipts.recorded(created_again())
    again = seen(instance=an_instance(status=known), restore_job=ended(backups=[]))

    assert receipts.recorded(again).backups == []


@pytest.mark.parametrize("told", [None, 7, "x", [7, {"size": 1}, TODAY], [TODAY] * 99])
def test_a_strange_list_is_read_as_far_as_it_goes(told: Any) -> None:
    status = receipts.recorded(created_again(restore_job=ended(backups=told, newest=told)))

    assert {backup.file for backup in status.backups or []} <= {"db-2.sql.zst"}
    assert len(status.backups or []) <= receipts.BACKUPS_LISTED
    assert (status.restore.result, status.last_backup) == ("fresh", None)


def an_event(text: str, at: datetime) -> Event:
    metadata = ObjectMeta(name="e", namespace="team")
    return Event(ObjectReference(), metadata, message=text, lastTimestamp=at)


def test_the_newest_word_of_the_probe_says_how_far_the_restore_is() -> None:
    since = NOW - timedelta(minutes=2)
    told = [an_event(SAID.format(120), NOW), an_event(SAID.format(60), since)]
    combined = [an_event(f"(combined from similar events): {SAID.format(180)}", NOW)]

    assert progress.of_restore(since, told) == "Restoring db-2.sql.zst (120 of 400 MB)"
    assert progress.of_restore(since, combined) == "Restoring db-2.sql.zst (180 of 400 MB)"


def test_what_was_said_of_an_earlier_restore_is_no_progress() -> None:
    earlier = [an_event(SAID.format(399), NOW - timedelta(minutes=5))]

    assert progress.of_restore(NOW - timedelta(minutes=2), earlier) == ""
    assert progress.of_restore(NOW, []) == ""
    assert progress.of_restore(NOW, [an_event("Readiness probe failed: busy", NOW)]) == ""


def test_progress_is_the_message_while_a_backup_is_restored_and_at_no_other_time() -> None:
    restoring = seen(
        instance=an_instance(status=MySQLStatus()),
        server=None,
        operation=an_operation(OperationKind.INSTALL),
        restore_job=a_job(JobState.RUNNING),
        progress="Restoring db-2.sql.zst (120 of 400 MB)",
    )

    assert reporting.status_for(restoring, Wait()).phase is Phase.RESTORING
    assert reporting.status_for(restoring, Wait()).message == restoring.progress
    assert reporting.status_for(seen(progress="x"), Wait()).message.startswith("created fresh")
