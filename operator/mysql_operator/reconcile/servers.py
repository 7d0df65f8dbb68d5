"""The server and the database in it: what it has, and what it lacks. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from mysql_operator.model import restore_objects
from mysql_operator.reconcile.facts.observations import Desired, JobState, Observed

STARTS_WITHIN = timedelta(minutes=5)
"""How long a server is looked at often after its release was deployed."""


def should_have_started(observed: Observed, unready_since: datetime) -> bool:
    """Whether a server that is not ready should be by now; while helm waits, it is loading."""
    release = observed.release
    if observed.operation is not None or release is None or release.status != "deployed":
        return False
    return observed.now - max(unready_since, release.modified) >= STARTS_WITHIN


def needs_restore(observed: Observed) -> bool:
    """Whether the restore of this incarnation has not succeeded yet, as far as is observed."""
    return observed.instance.status.restore is None


def needs_check(observed: Observed, desired: Desired) -> bool:
    """Whether a database is there that a new image or new settings could take down."""
    if observed.server is None or needs_restore(observed):
        return False
    return observed.server.digest != desired.server_digest


def needs_password_change(observed: Observed, desired: Desired) -> bool:
    """Whether the application user has a password in the spec that the server does not have."""
    applied = observed.instance.status.user_password
    wanted = desired.user_password_version
    return bool(wanted) and (applied is None or applied.applied_version != wanted)


def stays_unready(observed: Observed) -> bool:
    """Whether MySQL has long been up and not ready, and no restore Job has looked at it since.

    It then lacks the row that a restore leaves, as one whose schema somebody has dropped. What its
    probes say is for people; a restore Job that finds nothing to do changes nothing.
    """
    server, job = observed.server, observed.restore_job
    if server is None or server.ready or not server.started or server.unready_since is None:
        return False
    has_looked = job is not None and job.created >= server.unready_since
    return not has_looked and should_have_started(observed, server.unready_since)


def may_be_left_closed(observed: Observed) -> bool:
    """Whether a restore into the database has failed in a way that may have left it read-only, and
    no restore Job, which opens it again, has looked at it since.

    NB: a report is no proof that it was opened: the server may have been away just then. What is
    refused before it is closed, and no other attempt could change, is not counted.
    """
    looked = observed.restore_job
    return any(
        looked is None or looked.created < (job.ended or job.created)
        for job in observed.in_place_jobs
        if job.state is JobState.FAILED
        and job.receipt.get("reason") not in restore_objects.FINAL_REASONS
    )


def is_starting(observed: Observed) -> bool:
    """Whether a server that is not ready belongs to a new revision of the release."""
    return observed.release is not None and observed.now - observed.release.modified < STARTS_WITHIN
