"""The final backup: whether one is needed, is proven, and can be taken. Pure."""

from __future__ import annotations

from datetime import datetime

from mysql_operator import names
from mysql_operator.model.spec import DeletionPolicy
from mysql_operator.reconcile import attempts, hook_jobs, releases
from mysql_operator.reconcile.facts import claims
from mysql_operator.reconcile.facts.observations import Desired, JobState, Observed, Release


def needs_final_backup(observed: Observed) -> bool:
    """Whether there may be data that only this instance has.

    The data claim is trusted to be empty only if it was made for this very object and its restore
    has never been seen to end: a claim that is older than the object came with data in it.
    """
    instance = observed.instance
    if is_given_up(observed) or observed.data_claim is None:
        return False
    completed = instance.status.restore is not None or (
        observed.restore_job is not None and observed.restore_job.state is JobState.SUCCEEDED
    )
    ready = observed.server is not None and observed.server.ready
    came_with_data = observed.data_claim.ours and observed.data_claim.created < instance.created
    return completed or ready or came_with_data


def is_given_up(observed: Observed) -> bool:
    """Whether a person has asked for a deletion without a final backup."""
    instance = observed.instance
    if instance.spec.deletion_policy is not DeletionPolicy.BACKUP:
        return True
    return instance.annotations.get(names.GIVE_UP) == names.give_up_sentence(instance.key)


def has_final_receipt(observed: Observed, deleted: datetime) -> bool:
    """Whether the status already holds the proof of a backup that was taken for this deletion.

    The status, not the Job: it is written before anything is deleted on the strength of it. Not by
    its time: the clock of a node may be wrong. And of no other claim than the one that is there,
    on no other than the one that still holds it.
    """
    receipt, kept_on = observed.instance.status.final_backup, observed.backup_claim
    if receipt is None or receipt.taken_for != deleted.isoformat():
        return False
    if not receipt.storage and (
        kept_on is None or kept_on.deleting or receipt.backup_claim != kept_on.uid
    ):
        return False
    return observed.data_claim is None or receipt.data_claim == observed.data_claim.uid


def can_take_a_backup(observed: Observed) -> bool:
    """Whether its Job finds what it mounts."""
    there = observed.backup_claim is not None and not observed.backup_claim.deleting
    return (there or claims.keeps_backups_in_object_store(observed)) and observed.has_credentials


def has_all_that_it_needs(observed: Observed) -> bool:
    """Whether everything is there that a final backup needs."""
    return observed.server is not None and observed.server.ready and can_take_a_backup(observed)


def may_back_up(observed: Observed, release: Release) -> bool:
    """Whether a backup may well succeed; after a failure only as the spec has it by now."""
    if not can_take_a_backup(observed):
        return False
    has_failed = observed.instance.status.failed_attempt == attempts.digest(observed)
    if has_failed and isinstance(observed.desired, Desired):
        is_wanted = releases.is_current(observed, release, observed.desired)
        if not is_wanted and hook_jobs.refusing_check(observed) is None:
            return False
    return release.status == "deployed" or has_all_that_it_needs(observed)


def would_lose_its_data(observed: Observed) -> bool:
    """Whether an upgrade may end the server, and with it the claim that waits for its end."""
    goes = observed.data_claim is not None and observed.data_claim.deleting
    if not goes or observed.server is None or observed.release is None:
        return False
    desired = observed.desired
    return isinstance(desired, Desired) and not releases.is_current(
        observed, observed.release, desired
    )
