"""Which of the Jobs of an instance, and of their pods, are whose. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lightkube.resources.batch_v1 import CronJob, Job
from lightkube.resources.core_v1 import Pod

from mysql_operator import names
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import reading


def of_hooks(
    key: Key, jobs: Iterable[Job], pods: Iterable[Pod]
) -> tuple[dict[str, Job], list[Pod]]:
    """Give helm's Jobs by name, and all pods but those of other Jobs, which decide nothing here."""
    by_name = {reading.meta(job).name or "": job for job in jobs}
    hooks = {name: by_name.pop(name) for name in names.hook_jobs(key.name) if name in by_name}
    others = {reading.meta(job).uid for job in by_name.values()}
    return hooks, [pod for pod in pods if not others & _owners(pod)]


def others(hooks: Mapping[str, Job], jobs: Iterable[Job]) -> list[Job]:
    """List the Jobs that are no hooks; one that a person named like a hook is not among them."""
    return [job for job in jobs if job not in hooks.values()]


def of_schedule(
    jobs: Iterable[Job], pods: Iterable[Pod], cron_jobs: Sequence[CronJob]
) -> reading.FoundSchedule:
    """Put the Jobs of one schedule and their pods together."""
    found = list(jobs)
    return reading.FoundSchedule(cron_jobs, found, _pods_of(found, pods))


def of_objects(jobs: Iterable[Job], pods: Iterable[Pod]) -> reading.FoundRuns:
    """Put the Jobs that one kind of objects asks for and their pods together."""
    found = list(jobs)
    return reading.FoundRuns(found, _pods_of(found, pods))


def _pods_of(jobs: Iterable[Job], pods: Iterable[Pod]) -> list[Pod]:
    uids = {reading.meta(job).uid for job in jobs}
    return [pod for pod in pods if uids & _owners(pod)]


def _owners(pod: Pod) -> set[str]:
    return {owner.uid for owner in reading.meta(pod).ownerReferences or []}
