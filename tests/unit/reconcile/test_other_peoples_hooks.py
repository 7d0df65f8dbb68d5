"""Before helm runs hooks, the operator looks what helm would delete for them."""

from __future__ import annotations

from typing import Any, cast

import pytest
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.batch_v1 import Job

from mysql_operator import names
from mysql_operator.adapters.kube import Kube
from mysql_operator.names import Key
from mysql_operator.reconcile.facts.observations import ReleaseDefaults
from mysql_operator.reconcile.steps import Step
from mysql_operator.settings import SecretRefs
from tests.unit.reconcile import builders

KEY = Key("team", "db")
OURS = {names.INSTANCE: "db", names.PART_OF: names.OPERATOR}


class Namespace:
    """An API server with some Jobs in one namespace."""

    def __init__(self, *jobs: Job) -> None:
        self.jobs = {job.metadata.name: job for job in jobs if job.metadata}

    async def hook(self, key: Key, kind: str, name: str) -> Any:
        return self.jobs.get(name) if kind == "Job" else None


def a_job(name: str, **labels: str) -> Job:
    return Job(metadata=ObjectMeta(name=name, labels=labels))


async def taken(*jobs: Job, step: Step = Step.UPGRADE) -> tuple[str, ...]:
    observer = builders.observer(
        cast("Kube", Namespace(*jobs)), ReleaseDefaults("chart", SecretRefs.LABELLED, {})
    )
    return await observer.taken_hooks(KEY, step)


@pytest.mark.parametrize("name", names.hook_jobs("db"))
async def test_a_job_without_our_labels_is_somebody_elses(name: str) -> None:
    assert await taken(a_job(name)) == (f"job/{name}",)
    assert await taken(a_job(name, **{names.INSTANCE: "db"})) == (f"job/{name}",)


async def test_a_job_of_another_instance_is_somebody_elses() -> None:
    of_another = {**OURS, names.INSTANCE: "b-job"}

    assert await taken(a_job("restore-db-job", **of_another)) == ("job/restore-db-job",)


@pytest.mark.parametrize(
    ("step", "counts"),
    [
        (Step.UNINSTALL_WITH_BACKUP, {"backup"}),
        (Step.INSTALL, {"backup", "restore", "password-change"}),
        (Step.UPGRADE, {"backup", "restore", "password-change", "check"}),
    ],
)
async def test_only_the_hooks_of_a_step_count(step: Step, counts: set[str]) -> None:
    others = [a_job(name) for name in names.hook_jobs("db")]

    found = await taken(*others, step=step)

    assert set(found) == {f"job/{hook}-db-job" for hook in counts}


async def test_jobs_of_earlier_operations_are_ours_to_replace() -> None:
    assert await taken(*(a_job(name, **OURS) for name in names.hook_jobs("db"))) == ()
