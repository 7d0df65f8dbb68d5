"""Sorts the Jobs of an instance by what they are for, and the pods with them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lightkube.resources.batch_v1 import CronJob, Job
from lightkube.resources.core_v1 import Pod

from mysql_operator import names
from mysql_operator.names import Key
from mysql_operator.reconcile import reading
from mysql_operator.reconcile.reading import FoundSchedule


def hooks_of(
    key: Key, jobs: Iterable[Job], pods: Iterable[Pod]
) -> tuple[dict[str, Job], list[Pod]]:
    """Helm's Jobs by name, and all pods but those of other Jobs, whose ends decide nothing here."""
    by_name = {reading.meta(job).name or "": job for job in jobs}
    hooks = {name: by_name.pop(name) for name in names.hook_jobs(key.name) if name in by_name}
    others = {reading.meta(job).uid for job in by_name.values()}
    return hooks, [pod for pod in pods if not others & _owners(pod)]


def schedules_of(
    hooks: Mapping[str, Job],
    jobs: Iterable[Job],
    pods: Sequence[Pod],
    cron_jobs: Sequence[CronJob],
) -> tuple[FoundSchedule, FoundSchedule]:
    """What takes the backups on a schedule, and what holds the drills.

    A Job that a person gave the name of a hook is none of either.
    """
    others = [job for job in jobs if job not in hooks.values()]
    backups = [job for job in others if reading.is_scheduled(job)]
    drills = [job for job in others if reading.is_drill(job)]
    return (
        FoundSchedule(cron_jobs, backups, _pods_of(backups, pods)),
        FoundSchedule(cron_jobs, drills, _pods_of(drills, pods)),
    )


def _pods_of(jobs: Iterable[Job], pods: Iterable[Pod]) -> list[Pod]:
    uids = {reading.meta(job).uid for job in jobs}
    return [pod for pod in pods if uids & _owners(pod)]


def _owners(pod: Pod) -> set[str]:
    return {owner.uid for owner in reading.meta(pod).ownerReferences or []}
