"""What helm and the hook Jobs have proven, and of which life, deletion and claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mysql_operator import names
from mysql_operator.model.status import MySQLStatus, ReleaseStatus
from mysql_operator.reconcile import events, final_backups, receipts, stories
from mysql_operator.reconcile.facts.observations import Claim, Job, JobState, Outcome, Server
from tests.unit.reconcile.builders import (
    BACKUP_CLAIM,
    CLAIM,
    DELETED,
    FRESH,
    NOW,
    OF_THIS_OBJECT,
    a_release,
    an_instance,
    seen,
)

RESTORED = {
    "result": "restored",
    "file": "db-20261123T110000Z.sql.gz",
    "backupTime": "2026-11-23T11:00:00Z",
    "tables": 2,
    "rows": 7,
    "serverVersion": "9.7.4",
    "time": "2026-11-23T11:05:00Z",
}
BACKUP = {
    "result": "complete",
    "file": "db-20261123T120000Z.sql.gz",
    "size": 9,
    "sha256": "a" * 64,
    "schemas": 1,
    "tables": 2,
    "rows": 7,
    "serverVersion": "9.7.4",
    "time": "2026-11-23T12:00:00Z",
}


def a_succeeded_job(receipt: dict[str, object], **changes: object) -> Job:
    job = Job(JobState.SUCCEEDED, created=NOW - timedelta(seconds=9), receipt=receipt)
    return replace(job, annotations=OF_THIS_OBJECT, **changes)


@pytest.mark.parametrize("claim", [None, BACKUP_CLAIM], ids=["no claim", "an older claim"])
def test_a_final_backup_in_an_object_store_counts_by_itself(claim: Claim | None) -> None:
    kept = BACKUP | {"storage": "s3://backups/team/db"}
    ended = seen(
        instance=an_instance(deleted=DELETED),
        backup_claim=claim,
        backup_job=a_succeeded_job(kept),
    )

    status = receipts.recorded(ended)

    assert status.final_backup is not None
    assert status.final_backup.storage == "s3://backups/team/db"
    assert status.final_backup.backup_claim is None
    proven = replace(ended, instance=an_instance(deleted=DELETED, status=status))
    assert final_backups.has_final_receipt(proven, DELETED)
    assert not final_backups.has_final_receipt(proven, NOW)


def test_a_final_backup_on_a_claim_that_is_gone_does_not_count() -> None:
    ended = seen(
        instance=an_instance(deleted=DELETED), backup_claim=None, backup_job=a_succeeded_job(BACKUP)
    )

    assert receipts.recorded(ended).final_backup is None


def test_the_receipt_of_the_restore_is_told_in_words() -> None:
    new = seen(instance=an_instance(status=MySQLStatus()), restore_job=a_succeeded_job(RESTORED))

    status = receipts.recorded(new)

    assert stories.of_restore(status.restore) == (
        "restored from db-20261123T110000Z.sql.gz (taken 2026-11-23T11:00:00Z; 2 tables, 7 rows)"
    )


def test_the_revision_of_our_own_command_is_known_before_the_next_decision() -> None:
    older = ReleaseStatus(name="db", status="deployed", revision=1, applied=1)
    ended = seen(
        instance=an_instance(status=MySQLStatus(restore=FRESH, release=older)),
        release=a_release(revision=2),
        outcome=Outcome("values-chart", None),
    )
    left = replace(ended, outcome=None)
    by_hand = replace(left, release=a_release(revision=2, holder=""))

    assert receipts.recorded(ended).release.applied == 2
    assert receipts.recorded(left).release.applied == 2
    assert receipts.recorded(by_hand).release.applied == 1


def test_the_job_of_an_earlier_life_is_not_believed() -> None:
    stale = replace(a_succeeded_job(RESTORED), annotations={names.OBJECT_UID: "of another"})
    new = seen(instance=an_instance(status=MySQLStatus()), restore_job=stale)

    assert receipts.recorded(new).restore is None


def test_a_final_backup_is_bound_to_the_deletion_that_it_was_taken_for() -> None:
    deleted = an_instance(deleted=DELETED)
    ours = seen(instance=deleted, backup_job=a_succeeded_job(BACKUP))
    older = seen(
        instance=deleted,
        backup_job=a_succeeded_job(BACKUP, created=DELETED - timedelta(seconds=1)),
    )

    assert receipts.recorded(ours).final_backup.taken_for == DELETED.isoformat()
    assert receipts.recorded(older).final_backup is None


def test_a_final_backup_is_bound_to_the_claim_that_the_server_was_on() -> None:
    job = a_succeeded_job(BACKUP)
    ours = seen(instance=an_instance(deleted=DELETED), backup_job=job)
    newer_claim = replace(CLAIM, uid="claim-2", created=job.created + timedelta(seconds=1))

    assert receipts.recorded(ours).final_backup.data_claim == CLAIM.uid
    assert receipts.recorded(replace(ours, data_claim=newer_claim)).final_backup is None


@pytest.mark.parametrize(
    ("receipt", "end"),
    [
        (BACKUP, "…)"),
        (
            BACKUP | {"verified": True},
            "…), verified: a scratch server loaded it, with the same contents",
        ),
        (
            BACKUP | {"verified": True, "method": "Clone"},
            "…), verified: a scratch server recovered from it",
        ),
    ],
)
def test_only_a_verified_backup_is_called_so(receipt: dict[str, object], end: str) -> None:
    deleted = an_instance(deleted=DELETED)
    backed_up = seen(instance=deleted, backup_job=a_succeeded_job(receipt))

    (told,) = events.between(deleted.status, receipts.recorded(backed_up))

    assert told.reason == "BackedUp"
    assert told.message.endswith(end)


def test_a_backup_without_a_readable_receipt_proves_nothing() -> None:
    deleted = seen(instance=an_instance(deleted=DELETED), backup_job=a_succeeded_job({}))

    assert receipts.recorded(deleted).final_backup is None


def test_a_backup_whose_claim_is_gone_is_not_written_down_as_a_proof() -> None:
    deleted = seen(instance=an_instance(deleted=DELETED), backup_job=a_succeeded_job(BACKUP))

    assert receipts.recorded(replace(deleted, backup_claim=None)).final_backup is None


def test_the_password_that_a_ready_server_was_started_with_is_in_force() -> None:
    def with_password(version: str, *, ready: bool, known: MySQLStatus) -> MySQLStatus:
        server = Server(ready=ready, root_password_version=version)
        return receipts.recorded(seen(server=server, instance=an_instance(status=known)))

    before = with_password("v1", ready=True, known=MySQLStatus(restore=FRESH))
    waiting = with_password("v2", ready=False, known=before)
    after = with_password("v2", ready=True, known=waiting)

    results = [it.root_password and it.root_password.result for it in (before, waiting, after)]
    assert results == ["created", "created", "changed"]
    assert [event.reason for event in events.between(waiting, after)] == ["RootPasswordSet"]
    assert with_password("v2", ready=True, known=after) == after
