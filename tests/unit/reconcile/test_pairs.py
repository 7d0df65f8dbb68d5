"""Decision after decision: each may end, or be cut off by a crash, and what is left comes next.

A small model of the cluster says what each action leaves behind. All states that any row of
release states and object states can lead to are walked through: in none of them is data gone that
no backup holds, and from each of them the goal is reached without a hand, as soon as nothing
crashes any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from mysql_operator import names
from mysql_operator.model.status import MySQLStatus, ReleaseStatus
from mysql_operator.reconcile import attempts, receipts, releases
from mysql_operator.reconcile.actions import (
    Action,
    AddFinalizer,
    DeleteDamagedRevision,
    DeleteDataClaim,
    DeleteEmptyBackupClaim,
    DeleteLeftovers,
    DeleteRefusedRevision,
    DropFinalizer,
    EndCheck,
    EndJobs,
    Nothing,
    Refuse,
    Uninstall,
    Unlock,
    Upgrade,
    Wait,
    WriteCredentials,
)
from mysql_operator.reconcile.facts.observations import (
    Desired,
    Job,
    JobState,
    Observed,
    Outcome,
    Server,
)
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import (
    BACKUP_CLAIM,
    CLAIM,
    DELETED,
    FRESH,
    NOW,
    READY,
    RECEIPT,
    a_release,
    an_instance,
    seen,
    what_is_desired,
)

LONG_AGO = NOW - releases.FOREIGN_SILENCE
STEPS = 20
"""So many decisions lead from anywhere to the goal, the waits among them."""

REFUSED = Job(
    state=JobState.FAILED,
    created=NOW,
    ended=LONG_AGO,
    annotations={names.RELEASE_REVISION: "1", names.SERVER_DIGEST: "new"},
)
"""The check Job of the release below, which looked at what the server is not made from."""

RELEASES = {
    "absent": None,
    "failed, since its check refused it": a_release(status="failed", server_digest="new"),
    "deployed": a_release(),
    "deployed from an older spec": a_release(values_digest="older"),
    "failed": a_release(status="failed"),
    "superseded": a_release(status="superseded"),
    "pending-install": a_release(status="pending-install"),
    "pending-upgrade": a_release(status="pending-upgrade"),
    "pending-rollback by hand": a_release(status="pending-rollback", holder="", modified=NOW),
    "uninstalling": a_release(status="uninstalling", modified=NOW),
    "damaged": a_release(is_damaged=True),
}


def with_status(world: Observed, **changes: object) -> Observed:
    status = world.instance.status.model_copy(update=changes)
    return replace(world, instance=replace(world.instance, status=status))


def with_finalizers(world: Observed, *finalizers: str) -> Observed:
    return replace(world, instance=replace(world.instance, finalizers=finalizers))


def in_progress(
    world: Observed, status: str, digest: str = "server", **changes: object
) -> Observed:
    revision = world.release.revision if world.release else 1
    release = a_release(status=status, modified=NOW, revision=revision, server_digest=digest)
    return replace(world, release=release, **changes)


def deployed(world: Observed) -> Observed:
    """After a command of ours that ended well: a new revision, of which the status tells."""
    revision = world.release.revision + 1 if world.release else 1
    assert revision < STEPS, "helm runs over and over"
    attempted = attempts.digest(world)
    ended = replace(
        world, release=a_release(revision=revision), outcome=Outcome(attempted, error=None)
    )
    reported = receipts.recorded(ended)
    return replace(with_status(ended, release=reported.release), outcome=None)


def a_backup_job(state: JobState) -> Job:
    return Job(state=state, created=DELETED + timedelta(seconds=1), ended=LONG_AGO)


def outcomes(  # noqa: C901, PLR0915 - a table
    world: Observed, action: Action
) -> Iterator[Observed]:
    """First the world in which the action has ended well, then those that a crash leaves."""
    match action:
        case AddFinalizer():
            yield with_finalizers(world, names.FINALIZER)
        case WriteCredentials():
            yield replace(world, desired=what_is_desired(), has_credentials=True)
        case Upgrade(check=check):
            made = replace(
                world,
                data_claim=world.data_claim or CLAIM,
                backup_claim=BACKUP_CLAIM,
                server=READY,
                backup_job=None,
                has_credentials=True,
            )
            yield deployed(with_status(made, restore=FRESH))
            began = "pending-install" if world.release is None else "pending-upgrade"
            yield in_progress(world, began)
            yield in_progress(made, began, server=Server(ready=False))
            yield in_progress(made, "failed", server=Server(ready=False))
            yield in_progress(with_status(made, restore=FRESH), began)
            if check:
                yield in_progress(replace(world, check_job=REFUSED), "failed", "new")
                asked = replace(REFUSED, state=JobState.PENDING)
                yield in_progress(replace(world, check_job=asked), "failed", "new")
        case Uninstall(backup=backup):
            done = with_status(world, final_backup=RECEIPT) if backup else world
            yield replace(done, release=None, server=None)
            for state in JobState if backup else ():
                job = a_backup_job(state)
                proven = done if state is JobState.SUCCEEDED else world
                yield in_progress(proven, "uninstalling", backup_job=job)
            yield in_progress(done, "uninstalling", server=None)
        case Unlock():
            assert world.release is not None
            yield replace(world, release=replace(world.release, status="failed"))
        case DeleteDamagedRevision():
            yield replace(world, release=None)
            yield replace(world, release=a_release(status="superseded"))
        case DeleteDataClaim():
            yield replace(world, data_claim=None)
            yield replace(world, data_claim=replace(CLAIM, deleted=NOW))
        case DeleteEmptyBackupClaim():
            yield replace(world, backup_claim=None)
            yield replace(world, backup_claim=replace(world.backup_claim, deleted=NOW))
        case DeleteLeftovers():
            jobs = {"check_job": None, "restore_job": None, "password_job": None}
            yield replace(world, **jobs, has_credentials=False)
            yield replace(world, restore_job=None)
        case DropFinalizer():
            yield with_finalizers(world)
        case DeleteRefusedRevision():
            assert world.server is not None
            yield replace(world, release=a_release(server_digest="older", values_digest="older"))
        case EndCheck():
            yield replace(world, check_job=REFUSED)
        case EndJobs():
            yield replace(world, restore_job=None, password_job=None)
        case Wait() | Refuse():
            yield later(world)
    yield world  # killed before it began


def later(world: Observed) -> Observed:
    """What time brings: a Job ends, a claim goes, a server comes up, silence grows long."""
    if world.backup_job is not None and world.backup_job.state in (
        JobState.PENDING,
        JobState.RUNNING,
    ):
        proven = with_status(world, final_backup=RECEIPT)
        return replace(proven, backup_job=a_backup_job(JobState.SUCCEEDED))
    if world.data_claim is not None and world.data_claim.deleting:
        return replace(world, data_claim=None)
    if world.release is not None and world.release.status == "deployed":
        return replace(world, server=READY)
    if world.release is not None:
        return replace(world, release=replace(world.release, modified=LONG_AGO))
    return world


def is_goal(world: Observed) -> bool:
    if world.instance.deleted is not None:
        return not world.instance.finalizers
    return isinstance(builders.decided(world), Nothing)


def is_lost(world: Observed) -> bool:
    """Whether data that was there is gone, and no backup of this deletion holds it."""
    status = world.instance.status
    goes = world.data_claim is None or world.data_claim.deleting
    return status.restore is not None and goes and status.final_backup is None


def reachable(start: Observed) -> list[Observed]:
    found = {repr(start): start}
    ahead = [start]
    while ahead:
        world = ahead.pop()
        if is_goal(world):
            continue
        for after in outcomes(world, builders.decided(world)):
            if repr(after) not in found:
                found[repr(after)] = after
                ahead.append(after)
    return list(found.values())


@pytest.mark.parametrize("deleted", [None, DELETED], ids=["alive", "deleted"])
@pytest.mark.parametrize("server", [READY, Server(ready=False), None], ids=["up", "down", "gone"])
@pytest.mark.parametrize("restored", [True, False], ids=["restored", "not restored"])
@pytest.mark.parametrize("failed", [False, True], ids=["first", "after a failure"])
@pytest.mark.parametrize("release", RELEASES)
def test_no_row_after_row_loses_data_or_gets_stuck(
    release: str, failed: bool, restored: bool, server: Server | None, deleted: object
) -> None:
    status = MySQLStatus(
        restore=FRESH if restored else None,
        release=ReleaseStatus(name="db", status="deployed", revision=1, applied=1),
        failures=1 if failed else None,
        failed_attempt="" if failed else None,
        failed_at=LONG_AGO.isoformat() if failed else None,
    )
    start = seen(
        instance=an_instance(status=status, deleted=deleted),
        release=RELEASES[release],
        server=server,
        check_job=REFUSED if "refused" in release else None,
        data_claim=CLAIM if restored or RELEASES[release] else None,
    )

    worlds = reachable(start)

    for world in worlds:
        assert not is_lost(world), world
        told: list[Action] = []
        while not is_goal(world):
            told.append(builders.decided(world))
            assert len(told) < STEPS, told
            world = next(outcomes(world, told[-1]))


def test_the_model_is_not_blind() -> None:
    """It would see data that goes without a receipt, and it does reach states of all kinds."""
    held = seen(instance=an_instance(deleted=DELETED), release=None)
    assert is_lost(next(outcomes(held, DeleteDataClaim(CLAIM.uid))))

    worlds = reachable(seen(instance=an_instance(deleted=DELETED), server=None))
    assert {world.release.status for world in worlds if world.release} >= {
        "deployed",
        "uninstalling",
        "failed",
        "pending-upgrade",
    }
    assert all(isinstance(world.desired, Desired) for world in worlds)
