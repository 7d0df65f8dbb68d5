"""What the operator makes of a schedule: one upgrade, and news of each backup."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from mysql_operator import names
from tests.support.fake_api import Object
from tests.support.virtual_time import in_virtual_time, until
from tests.unit.reconcile.test_drills import PASSED, REFUSED
from tests.unit.reconcile.test_engine_stories import KEY, World, at_rest
from tests.unit.reconcile.test_schedules import FULL, SAID

INDEXED = names.indexed_backup(SAID["file"])
LONG_AGO = "2026-01-01T00:00:00Z"
OF_DRILLS = {names.INSTANCE: "db", names.PART_OF: names.OPERATOR, names.COMPONENT: names.DRILL}
LABELS = {names.INSTANCE: "db", names.PART_OF: names.OPERATOR, names.TRIGGER: "Scheduled"}


def a_run(
    world: World, number: int, said: dict[str, Any], labels: dict[str, str] = LABELS
) -> tuple[Object, Object]:
    """A Job of the CronJob that has ended, and its pod."""
    name, now = f"backup-db-{number}", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    has_failed = said.get("result") == "failed"
    end = {"type": "Failed" if has_failed else "Complete", "status": "True"}
    uid = (world.api.at("mysqls", "db") or {})["metadata"]["uid"]
    job = {
        "metadata": {
            "name": name,
            "uid": name,
            "labels": labels,
            "annotations": {names.OBJECT_UID: uid},
        },
        "status": {"conditions": [{**end, "lastTransitionTime": now}]},
    }
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": name}
    ended = {"exitCode": int(has_failed), "message": json.dumps(said)}
    container = {"name": "backup", "image": "x", "imageID": "", "ready": False, "restartCount": 0,
                 "state": {"terminated": ended}}  # fmt: skip
    pod = {
        "metadata": {"name": f"{name}-x", "labels": labels, "ownerReferences": [owner]},
        "status": {"phase": "Failed", "containerStatuses": [container]},
    }
    return job, pod


def store(world: World, number: int, said: dict[str, Any], labels: dict[str, str] = LABELS) -> None:
    job, pod = a_run(world, number, said, labels)
    world.api.put("pods", pod)
    world.api.put("jobs", job)


def a_cron_job(last: str) -> Object:
    """The whole object, as Kubernetes stores it, of which the operator keeps a part."""
    template = {"metadata": {"labels": LABELS}, "spec": {"template": {"spec": {"containers": []}}}}
    return {
        "metadata": {
            "name": "backup-db",
            "labels": LABELS,
            "annotations": {names.HELM_RELEASE: "db"},
        },
        "spec": {"schedule": "0 3 * * *", "suspend": False, "jobTemplate": template},
        "status": {"lastScheduleTime": last, "active": []},
    }


def condition(world: World, type_: str = "BackupsOnSchedule") -> tuple[str, str] | None:
    stated = world.status().get("conditions", [])
    found = (it for it in stated if it["type"] == type_)
    return next(((it["status"], it["reason"]) for it in found), None)


@in_virtual_time
async def test_a_schedule_is_one_upgrade_and_then_nothing() -> None:
    async with at_rest(World()) as world:
        assert condition(world) is None
        world.edit(backup={"schedule": "@daily"})
        await until(lambda: world.helm.commands == ["upgrade db"])
        await until(lambda: condition(world) == ("True", "Scheduled"))
        world.requests()

        for _ in range(5):
            world.engine.enqueue(KEY)
        assert world.requests() == []
        assert world.status()["backupSchedule"]["schedule"].endswith("* * *")


@in_virtual_time
async def test_a_backup_is_noticed_when_its_job_ends_and_helm_has_no_part_in_it() -> None:
    world = World()
    world.edit(backup={"schedule": "0 3 * * *"})
    async with at_rest(world):
        said = SAID | {"objectUid": (world.api.at("mysqls", "db") or {})["metadata"]["uid"]}

        store(world, 1, FULL)
        await until(lambda: condition(world) == ("False", "DiskFull"))
        assert world.is_ready()
        world.api.remove("jobs", "backup-db-1")
        store(world, 2, said)
        took = await until(lambda: condition(world) == ("True", "Scheduled"))

        world.api.put("cronjobs", a_cron_job("2026-11-23T02:00:00Z"))
        await until(lambda: "lastScheduled" in world.status()["backupSchedule"])
        assert took < 5
        assert world.status()["lastBackup"]["file"] == SAID["file"]
        assert world.helm.commands == []


@in_virtual_time
async def test_a_backup_whose_pod_cannot_start_is_told_and_is_no_trouble_of_the_database() -> None:
    world = World()
    world.edit(backup={"schedule": "0 3 * * *"})
    async with at_rest(world):
        job, pod = a_run(world, 1, {})
        job["status"] = {}
        waiting = {"reason": "ErrImagePull", "message": "no such image"}
        pod["status"]["phase"] = "Pending"
        pod["status"]["containerStatuses"][0]["state"] = {"waiting": waiting}
        for whole in (job, pod):
            whole["metadata"]["creationTimestamp"] = LONG_AGO
        world.api.put("pods", pod)
        world.api.put("jobs", job)

        await until(lambda: condition(world) == ("False", "AgentImageCannotBePulled"))

        assert world.is_ready()
        assert world.status()["reason"] == "Serving"


@in_virtual_time
async def test_a_schedule_that_cannot_be_followed_is_refused_and_the_database_serves_on() -> None:
    async with at_rest(World()) as world:
        world.edit(backup={"schedule": "0 0 31 2 *"})
        await until(lambda: world.status().get("reason") == "ScheduleInvalid")

        assert "never comes" in world.status()["message"]
        assert world.helm.commands == []
        world.edit(backup={"schedule": "0 0 28 2 *"})
        await until(lambda: world.helm.commands == ["upgrade db"])
        await until(world.is_ready)


@in_virtual_time
async def test_a_drill_is_noticed_when_its_job_ends_and_its_backup_says_when() -> None:
    world = World()
    world.edit(backup={"schedule": "0 3 * * *", "drill": {"schedule": "0 5 * * *"}})
    async with at_rest(world):
        uid = (world.api.at("mysqls", "db") or {})["metadata"]["uid"]
        store(world, 1, SAID | {"objectUid": uid})
        await until(lambda: world.api.at("mysqlbackups", INDEXED) is not None)
        assert condition(world, "BackupsProven") == ("Unknown", "DrillPending")

        store(world, 2, PASSED | {"file": SAID["file"]}, OF_DRILLS)
        took = await until(lambda: condition(world, "BackupsProven") == ("True", "DrillPassed"))
        await until(lambda: "drilledAt" in (world.api.at("mysqlbackups", INDEXED) or {})["status"])

        assert took < 5
        assert condition(world) == ("True", "Scheduled")
        assert world.helm.commands == []


@in_virtual_time
async def test_a_drill_that_fails_is_no_trouble_of_the_database_and_of_no_backup() -> None:
    world = World()
    world.edit(backup={"schedule": "0 3 * * *", "drill": {"schedule": "0 5 * * *"}})
    async with at_rest(world):
        store(world, 2, REFUSED, OF_DRILLS)
        await until(lambda: condition(world, "BackupsProven") == ("False", "ChecksumMismatch"))

        assert world.is_ready()
        assert condition(world) == ("True", "Scheduled")
        assert "lastFailed" not in world.status()["backupSchedule"]
