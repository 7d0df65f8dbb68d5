"""The final backup: whether one is needed, is proven, and can be taken. Pure."""

from __future__ import annotations

from datetime import datetime

from mysql_operator import names
from mysql_operator.model.spec import DeletionPolicy
from mysql_operator.reconcile import attempts, claims, hook_jobs, releases
from mysql_operator.reconcile.observations import Desired, JobState, Observed, Release


def needs_final_backup(seen: Observed) -> bool:
    """Whether there may be data that only this instance has.

    The data claim is trusted to be empty only if it was made for this very object and its restore
    has never been seen to end: a claim that is older than the object came with data in it.
    """
    instance = seen.instance
    if instance.spec.deletion_policy is not DeletionPolicy.BACKUP:
        return False
    if instance.annotations.get(names.GIVE_UP) == names.give_up_sentence(instance.key):
        return False
    if seen.data_claim is None:
        return False
    completed = instance.status.restore is not None or (
        seen.restore_job is not None and seen.restore_job.state is JobState.SUCCEEDED
    )
    ready = seen.server is not None and seen.server.ready
    came_with_data = seen.data_claim.ours and seen.data_claim.created < instance.created
    return completed or ready or came_with_data


def has_final_receipt(seen: Observed, deleted: datetime) -> bool:
    """Whether the status already holds the proof of a backup that was taken for this deletion.

    The status, not the Job: it is written before anything is deleted on the strength of it. Not by
    its time: the clock of a node may be wrong. And of no other claim than the one that is there,
    on no other than the one that still holds it.
    """
    receipt, kept_on = seen.instance.status.final_backup, seen.backup_claim
    if receipt is None or receipt.taken_for != deleted.isoformat():
        return False
    if not receipt.storage and (
        kept_on is None or kept_on.deleting or receipt.backup_claim != kept_on.uid
    ):
        return False
    return seen.data_claim is None or receipt.data_claim == seen.data_claim.uid


def can_take_a_backup(seen: Observed) -> bool:
    """Whether its Job finds what it mounts."""
    there = seen.backup_claim is not None and not seen.backup_claim.deleting
    return (there or claims.is_not_used(seen)) and seen.has_credentials


def is_whole(seen: Observed) -> bool:
    """Whether everything is there that a final backup needs."""
    return seen.server is not None and seen.server.ready and can_take_a_backup(seen)


def may_back_up(seen: Observed, release: Release) -> bool:
    """Whether a backup may well succeed; after a failure only as the spec has it by now."""
    if not can_take_a_backup(seen):
        return False
    has_failed = seen.instance.status.failed_attempt == attempts.digest(seen)
    if has_failed and isinstance(seen.desired, Desired):
        is_wanted = releases.is_current(seen, release, seen.desired)
        if not is_wanted and hook_jobs.refusing_check(seen) is None:
            return False
    return release.status == "deployed" or is_whole(seen)


def would_lose_its_data(seen: Observed) -> bool:
    """Whether an upgrade may end the server, and with it the claim that waits for its end."""
    goes = seen.data_claim is not None and seen.data_claim.deleting
    if not goes or seen.server is None or seen.release is None:
        return False
    desired = seen.desired
    return isinstance(desired, Desired) and not releases.is_current(seen, seen.release, desired)
