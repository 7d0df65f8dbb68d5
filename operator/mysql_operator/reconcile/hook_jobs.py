"""The hook Jobs of a release: which are at work, and which an ended helm command has left. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from mysql_operator import names
from mysql_operator.reconcile.facts.observations import Desired, Job, JobState, Observed
from mysql_operator.reconcile.steps import INSTALL, RUN_ALL_HOOKS, Step

ENDS_WITHIN = timedelta(minutes=2)
"""How long the pod of a Job that is being deleted may take to end before somebody is told."""


def is_running(job: Job | None, *, since: datetime) -> bool:
    """Whether a Job that was made since then has a running pod."""
    return job is not None and job.state is JobState.RUNNING and job.created >= since


def is_at_work(job: Job | None) -> bool:
    """Whether a Job has not ended."""
    return job is not None and job.state in (JobState.PENDING, JobState.RUNNING)


def all_of(observed: Observed) -> list[Job]:
    """List the hook Jobs that are there."""
    jobs = (observed.check_job, observed.restore_job, observed.password_job, observed.backup_job)
    return [job for job in jobs if job]


def end_of(job: Job, observed: Observed) -> datetime:
    """When it ended; now, where that is not known yet."""
    return job.ended or observed.now  # Kubernetes says so of a Job two seconds after its pod


def refusing_check(observed: Observed) -> Job | None:
    """The check Job that has refused just what the spec asks for."""
    job, desired = observed.check_job, observed.desired
    if job is None or job.state is not JobState.FAILED or not isinstance(desired, Desired):
        return None
    is_same = job.annotations.get(names.SERVER_DIGEST) == desired.server_digest
    return job if is_same else None


def left_at_work(observed: Observed) -> dict[str, Job]:
    """Name the Jobs that a final backup waits for, or whose end may lift its fence.

    A drill does neither, but holds the backup claim to its node.
    """
    name = observed.instance.key.name
    jobs = {
        names.restore_job(name): observed.restore_job,
        names.password_job(name): observed.password_job,
    }
    others = (*observed.scheduled_jobs, *observed.drill_jobs, *observed.in_place_jobs)
    jobs.update({job.name: job for job in others})
    return {job: there for job, there in jobs.items() if there is not None and is_at_work(there)}


def replaced_in(step: Step, name: str) -> list[tuple[str, str]]:
    """List kind and name of all that helm may replace in a step.

    That of the final backup too: no database begins that could not be deleted. An install runs no
    check.
    """
    jobs = [names.backup_job(name)]
    if step in RUN_ALL_HOOKS:
        jobs += [names.restore_job(name), names.password_job(name)]
    hooks = [("Job", job) for job in jobs]
    if step in RUN_ALL_HOOKS - INSTALL:
        hooks += [("Job", names.check_job(name)), ("ConfigMap", names.check_files(name))]
    return hooks
