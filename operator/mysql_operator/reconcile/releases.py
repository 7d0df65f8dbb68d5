"""The newest revision of a release: whose it is, who works on it, and what it lacks. Pure."""

from __future__ import annotations

from datetime import timedelta

from mysql_operator import names
from mysql_operator.reconcile import hook_jobs, servers
from mysql_operator.reconcile.facts.observations import Desired, Job, JobState, Observed, Release

FOREIGN_SILENCE = timedelta(minutes=15)
"""How long nothing may happen in a release that somebody's own helm command works on."""


def is_foreign(release: Release | None) -> bool:
    """Whether the release of that name was made from another chart."""
    return release is not None and release.chart not in ("", names.INSTANCE_CHART)


def is_in_progress(release: Release) -> bool:
    """Whether helm began something with the release and has not ended it."""
    return release.status.startswith("pending-") or release.status == "uninstalling"


def is_new(observed: Observed) -> bool:
    """Whether no helm command for this object has ever ended well."""
    reported = observed.instance.status.release
    return reported is None or reported.applied is None


def has_not_begun(observed: Observed, release: Release) -> bool:
    """Whether helm has applied nothing of a failed revision of ours: its check has not passed.

    Where what the server is made from changes, helm goes on from the check Job alone, and only when
    that has succeeded. Numbers of revisions come again, so it is known by what it looked at too.
    """
    if release.status != "failed" or not release.holder or servers.needs_restore(observed):
        return False
    if observed.server is None or release.server_digest in ("", observed.server.digest):
        return False
    return not _has_passed(observed.check_job, release)


def _has_passed(job: Job | None, release: Release) -> bool:
    looked_at = {
        names.RELEASE_REVISION: str(release.revision),
        names.SERVER_DIGEST: release.server_digest,
    }
    is_of_release = job is not None and looked_at.items() <= job.annotations.items()
    return job is not None and is_of_release and job.state is JobState.SUCCEEDED


def is_current(observed: Observed, release: Release, desired: Desired) -> bool:
    """Whether the release is what is wanted: by its labels, which helm copies to what is made by
    hand (`helm upgrade`, `helm rollback`), and therefore by its revision too.
    """
    return not is_made_by_hand(observed, release) and (
        release.values_digest,
        release.chart_digest,
    ) == (
        desired.values_digest,
        desired.chart_digest,
    )


def is_made_by_hand(observed: Observed, release: Release) -> bool:
    """Whether the newest revision is not the one that the operator made."""
    reported = observed.instance.status.release
    return reported is not None and reported.applied not in (None, release.revision)


def nobody_works_on(observed: Observed, release: Release) -> bool:
    """Whether a release in progress was left behind. A command of this process would be known."""
    if release.holder and release.status != "uninstalling":
        return True  # NB: helm uninstall makes no revision, so the holder says nothing about it
    jobs = hook_jobs.all_of(observed)
    if any(hook_jobs.is_at_work(job) for job in jobs):
        return False  # helm waits for it, silently, as long as the Job's own deadline allows
    last = max([release.modified, *(hook_jobs.end_of(job, observed) for job in jobs)])
    return observed.now - last >= FOREIGN_SILENCE
