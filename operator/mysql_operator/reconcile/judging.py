"""What the decisions ask of what is seen, each with one answer for everybody who asks. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from mysql_operator import names
from mysql_operator.model import conditions
from mysql_operator.model.backup_spec import RestorePolicy
from mysql_operator.model.spec import DeletionPolicy
from mysql_operator.reconcile import refusals
from mysql_operator.reconcile.observations import (
    Claim,
    Desired,
    Job,
    JobState,
    Observed,
    Operation,
    OperationKind,
    Release,
    Trouble,
)
from mysql_operator.reconcile.turns import Rank

FIRST_BACK_OFF = 10.0
LONGEST_BACK_OFF = 600.0
STUCK_AFTER = timedelta(seconds=45)
"""How long a pod may fail to start before the helm command that waits for it is ended."""

CHECK_STUCK_AFTER = timedelta(seconds=12)
"""The same for the check Job: nothing is torn by its end, and the next edit may be the cure."""

HOOK_GONE_AFTER = timedelta(minutes=2)
"""How long no hook may be at work while a helm command runs that has some."""

ENDS_WITHIN = timedelta(minutes=2)
"""How long the pod of a Job that is being deleted may take to end before somebody is told."""

GOES_WITHIN = timedelta(seconds=15)
"""How long a deleted claim may take to go before the object says what holds it."""

STARTS_WITHIN = timedelta(minutes=5)
"""How long a server is looked at often after its release was deployed."""

INSISTING = timedelta(minutes=10)
"""Cool-down before the same manual change is reverted a second time."""

FOREIGN_SILENCE = timedelta(minutes=15)
"""How long nothing may happen in a release that somebody's own helm command works on."""


def should_have_started(seen: Observed, unready_since: datetime) -> bool:
    """Whether a server that is not ready should be by now; while helm waits, it is loading."""
    release = seen.release
    if seen.operation is not None or release is None or release.status != "deployed":
        return False
    return seen.now - max(unready_since, release.modified) >= STARTS_WITHIN


def is_foreign(release: Release | None) -> bool:
    """Whether the release of that name was made from another chart."""
    return release is not None and release.chart not in ("", names.INSTANCE_CHART)


def is_in_progress(release: Release) -> bool:
    """Whether helm began something with the release and has not ended it."""
    return release.status.startswith("pending-") or release.status == "uninstalling"


def is_whole(seen: Observed) -> bool:
    """Whether everything is there that a final backup needs."""
    return seen.server is not None and seen.server.ready and can_take_a_backup(seen)


def is_new(seen: Observed) -> bool:
    """Whether no helm command for this object has ever ended well."""
    reported = seen.instance.status.release
    return reported is None or reported.applied is None


def has_only_to_end(seen: Observed, operation: Operation) -> bool:
    """Whether our first install has done all it had to do, and helm is about to notice.

    A first one only: the server that serves during a later command may still be the one before it.
    """
    return (
        operation.kind is OperationKind.INSTALL
        and is_new(seen)
        and not operation.cancelling
        and _is_filled(seen)
        and isinstance(seen.desired, Desired)
        and not needs_password_change(seen, seen.desired)
        and seen.server is not None
        and seen.server.ready
    )


def _is_filled(seen: Observed) -> bool:
    """Whether the restore of this life is over, given that the server is ready.

    A server on a new claim is not ready before, and kubelet may tell so a second sooner than that
    the pod of the restore has ended. On an older claim it may be ready and still closed to writes.
    """
    claim = seen.data_claim
    is_new_claim = claim is not None and claim.created >= seen.instance.created
    return is_new_claim or not needs_restore(seen)


def drift_of(seen: Observed) -> str:
    """What was changed by hand, in one sentence."""
    return "; ".join(drift.what for drift in seen.drift)[:512]


def was_put_back(seen: Observed) -> bool:
    """Whether the same manual change was reverted less than a cool-down ago."""
    put_back = seen.instance.status.put_back
    if put_back is None or put_back.what != drift_of(seen):
        return False
    return seen.now - datetime.fromisoformat(put_back.time) < INSISTING


def needs_restore(seen: Observed) -> bool:
    """Whether the restore of this life has not been seen to end well yet."""
    return seen.instance.status.restore is None


def needs_check(seen: Observed, desired: Desired) -> bool:
    """Whether a database is there that a new image or new settings could take down."""
    if seen.server is None or needs_restore(seen):
        return False
    return seen.server.digest != desired.server_digest


def has_not_begun(seen: Observed, release: Release) -> bool:
    """Whether helm has applied nothing of a failed revision of ours: its check has not passed.

    Where what the server is made from changes, helm goes on from the check Job alone, and only when
    that has succeeded. Numbers of revisions come again, so it is known by what it looked at too.
    """
    if release.status != "failed" or not release.holder or needs_restore(seen):
        return False
    if seen.server is None or release.server_digest in ("", seen.server.digest):
        return False
    return not _has_passed(seen.check_job, release)


def _has_passed(job: Job | None, release: Release) -> bool:
    looked_at = {
        names.RELEASE_REVISION: str(release.revision),
        names.SERVER_DIGEST: release.server_digest,
    }
    is_of_release = job is not None and looked_at.items() <= job.annotations.items()
    return job is not None and is_of_release and job.state is JobState.SUCCEEDED


def is_stalled_by(seen: Observed, reason: str) -> bool:
    """Whether the object says that it is stalled, and why."""
    stalled = conditions.find(seen.instance.status.conditions, conditions.STALLED)
    return stalled is not None and (stalled.status, stalled.reason) == ("True", reason)


def refusing_check(seen: Observed) -> Job | None:
    """The check Job that has refused just what the spec asks for."""
    job, desired = seen.check_job, seen.desired
    if job is None or job.state is not JobState.FAILED or not isinstance(desired, Desired):
        return None
    is_same = job.annotations.get(names.SERVER_DIGEST) == desired.server_digest
    return job if is_same else None


def needs_password_change(seen: Observed, desired: Desired) -> bool:
    """Whether the application user has a password in the spec that the server does not have."""
    applied = seen.instance.status.user_password
    wanted = desired.user_password_version
    return bool(wanted) and (applied is None or applied.applied_version != wanted)


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
    receipt, kept_on = seen.instance.status.last_backup, seen.backup_claim
    if receipt is None or receipt.taken_for != deleted.isoformat():
        return False
    if kept_on is None or kept_on.deleting or receipt.backup_claim != kept_on.uid:
        return False
    return seen.data_claim is None or receipt.data_claim == seen.data_claim.uid


def is_empty_backup_claim_going(seen: Observed) -> bool:
    """Whether the empty backup claim of an earlier object of this name is still being deleted."""
    claim = seen.backup_claim
    return claim is not None and claim.deleting and not claim.may_hold_data


def has_leftovers(seen: Observed) -> bool:
    """Whether something is left of the object that nobody needs any more, beside its claims."""
    jobs = (seen.check_job, seen.restore_job, seen.password_job)
    return any(jobs) or seen.has_credentials or seen.has_test_pod


def never_held_a_backup(seen: Observed, claim: Claim) -> bool:
    """Whether nothing can be in the backup claim: it was made for this object and never bound.

    NB: a bound claim may hold backups whatever the status says. The status can be lost, and the
    claim, its labels and annotations may come from a copy of the namespace.
    """
    is_of_this_object = claim.ours and claim.created >= seen.instance.created
    return is_of_this_object and not claim.may_hold_data


def back_off_seconds(failures: int) -> float:
    """Seconds to wait after so many failures in a row; 0 after none."""
    return min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** (failures - 1)) if failures else 0.0


def attempted(seen: Observed) -> str:
    """What a failure now would be a failure of: another spec is tried at once, without back-off."""
    if seen.instance.deleted is not None or not isinstance(seen.desired, Desired):
        return ""
    return f"{seen.desired.values_digest}-{seen.desired.chart_digest}"


def back_off_left(seen: Observed) -> float:
    """Seconds that are left of it."""
    status = seen.instance.status
    if not status.failures or not status.failed_at or status.failed_attempt != attempted(seen):
        return 0.0
    whole = back_off_seconds(status.failures)
    over = datetime.fromisoformat(status.failed_at) + timedelta(seconds=whole)
    return min(whole, max(0.0, (over - seen.now).total_seconds()))  # a clock may be set back


def back_off_is_over(seen: Observed) -> bool:
    """Whether another attempt may begin."""
    return back_off_left(seen) == 0.0


def is_current(seen: Observed, release: Release, desired: Desired) -> bool:
    """Whether the release is what is wanted: by its labels, which helm copies to what is made by
    hand (`helm upgrade`, `helm rollback`), and therefore by its revision too.
    """
    return not is_made_by_hand(seen, release) and (release.values_digest, release.chart_digest) == (
        desired.values_digest,
        desired.chart_digest,
    )


def rank_of_upgrade(seen: Observed, *, restore: bool) -> Rank:
    """Whether an upgrade may wait for hours, because its restore Job may load a backup."""
    claim = seen.backup_claim
    has_older_claim = claim is not None and claim.created < seen.instance.created
    asked = seen.instance.spec.restore
    is_refused = asked is not None and asked.policy is RestorePolicy.NEVER
    may_load = restore and needs_restore(seen) and has_older_claim and not is_refused
    return Rank.LONG if may_load else Rank.SHORT


def only_waits(seen: Observed) -> bool:
    """Whether the running helm command has nothing left to do but to wait for the Job of a hook.

    Where an earlier command left such a Job at work, this may be said a second early: harmless,
    since one more command then works at the same time.
    """
    has_hooks = seen.operation is not None and seen.operation.has_hooks
    return has_hooks and any(is_at_work(job) for job in _hook_jobs(seen))


def is_made_by_hand(seen: Observed, release: Release) -> bool:
    """Whether the newest revision is not the one that the operator made."""
    reported = seen.instance.status.release
    return reported is not None and reported.applied not in (None, release.revision)


def is_superseded(seen: Observed, operation: Operation) -> bool:
    """Whether the command installs what is not wanted any more, and no hook would be torn."""
    if operation.cancelling or not isinstance(seen.desired, Desired):
        return False
    if has_only_to_end(seen, operation):
        return False
    return operation.values_digest != seen.desired.values_digest and not _would_be_torn(seen)


def _would_be_torn(seen: Observed) -> bool:
    """Whether a Job is at work in the server. One that waits for a server to come up is not, nor
    does a restore Job load anything into a database that is complete.
    """
    if seen.server is None or not seen.server.started:
        return False
    hooks = [seen.password_job, *([seen.restore_job] if needs_restore(seen) else [])]
    return any(runs(job, since=seen.instance.created) for job in hooks)


def why_hopeless(seen: Observed, operation: Operation) -> Trouble | None:
    """Why the command waits for what does not come by itself; None where it may well come."""
    patience = CHECK_STUCK_AFTER if is_at_work(seen.check_job) else STUCK_AFTER
    if operation.cancelling or operation.running_seconds < patience.total_seconds():
        return None
    if seen.trouble is not None and seen.now - seen.trouble.since >= patience:
        return seen.trouble
    if not operation.has_hooks or operation.running_seconds < HOOK_GONE_AFTER.total_seconds():
        return None
    jobs = _hook_jobs(seen)
    if any(is_at_work(job) or seen.now - _end_of(job, seen) < HOOK_GONE_AFTER for job in jobs):
        return None
    return refusals.hook_gone(seen.now)


def _hook_jobs(seen: Observed) -> list[Job]:
    jobs = (seen.check_job, seen.restore_job, seen.password_job, seen.backup_job)
    return [job for job in jobs if job]


def _end_of(job: Job, seen: Observed) -> datetime:
    return job.ended or seen.now  # Kubernetes says so of a Job two seconds after its pod


def nobody_works_on(seen: Observed, release: Release) -> bool:
    """Whether a release in progress was left behind. A command of this process would be known."""
    if release.holder and release.status != "uninstalling":
        return True  # NB: helm uninstall makes no revision, so the holder says nothing about it
    jobs = _hook_jobs(seen)
    if any(is_at_work(job) for job in jobs):
        return False  # helm waits for it, silently, as long as the Job's own deadline allows
    last = max([release.modified, *(_end_of(job, seen) for job in jobs)])
    return seen.now - last >= FOREIGN_SILENCE


def runs(job: Job | None, *, since: datetime) -> bool:
    """Whether a Job that was made since then has a running pod."""
    return job is not None and job.state is JobState.RUNNING and job.created >= since


def is_at_work(job: Job | None) -> bool:
    """Whether a Job has not ended."""
    return job is not None and job.state in (JobState.PENDING, JobState.RUNNING)


def can_take_a_backup(seen: Observed) -> bool:
    """Whether its Job finds what it mounts."""
    there = seen.backup_claim is not None and not seen.backup_claim.deleting
    return there and seen.has_credentials


def may_back_up(seen: Observed, release: Release) -> bool:
    """Whether a backup may well succeed; after a failure only as the spec has it by now."""
    if not can_take_a_backup(seen):
        return False
    has_failed = seen.instance.status.failed_attempt == attempted(seen)
    if has_failed and isinstance(seen.desired, Desired):
        is_wanted = is_current(seen, release, seen.desired)
        if not is_wanted and refusing_check(seen) is None:
            return False
    return release.status == "deployed" or is_whole(seen)


def would_lose_its_data(seen: Observed, desired: Desired) -> bool:
    """Whether an upgrade may end the server, and with it the claim that waits for its end."""
    goes = seen.data_claim is not None and seen.data_claim.deleting
    if not goes or seen.server is None or seen.release is None:
        return False
    return not is_current(seen, seen.release, desired)


def loses_its_data(seen: Observed) -> bool:
    """Whether somebody has deleted the data claim of a database that was complete.

    It goes when the last pod that uses it ends, so nothing may be done that ends the server.
    """
    if needs_restore(seen):
        return False
    return seen.data_claim is None or seen.data_claim.deleting
