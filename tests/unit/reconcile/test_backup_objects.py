"""Stories of MySQLBackup objects: the engine against an API server and a helm that keep state."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from mysql_operator import names
from tests.support.fake_api import Object
from tests.support.virtual_time import in_virtual_time, until
from tests.unit.reconcile.test_engine_stories import World, a_mysql, at_rest, operated

RECEIPT = {
    "file": "db-20261126T030000Z.tar.zst",
    "size": 1500,
    "sha256": "ab" * 32,
    "method": "Clone",
    "schemas": 1,
    "tables": 2,
    "rows": 7,
    "serverVersion": "9.7.4",
    "time": "2026-11-26T03:00:00Z",
    "verified": True,
    "trigger": "OnDemand",
}
ENTRY = {"file": RECEIPT["file"], "time": RECEIPT["time"], "rows": 7, "size": 1500}


def a_backup(name: str, **spec: Any) -> Object:
    metadata = {"name": name, "namespace": "team"}
    return {"metadata": metadata, "spec": {"mysqlName": "db", **spec}}


def phase(world: World, name: str) -> str | None:
    return status(world, name).get("phase")


def status(world: World, name: str) -> Object:
    found = world.api.at("mysqlbackups", name) or {}
    reported: Object = found.get("status") or {}
    return reported


def reason(world: World, name: str) -> str:
    (condition,) = status(world, name).get("conditions") or [{"reason": ""}]
    return str(condition["reason"])


def end_job(world: World, backup: str, receipt: Object, *, well: bool = True) -> None:
    """Do what Kubernetes does when the pod of a Job ends."""
    job = world.api.at("jobs", names.on_demand_job(backup))
    assert job is not None
    labels = {names.PART_OF: names.OPERATOR, names.INSTANCE: "db"}
    owner = {"apiVersion": "batch/v1", "kind": "Job", "uid": job["metadata"]["uid"], "name": "j"}
    metadata = {"name": f"{backup}-1", "namespace": "team", "labels": labels}
    ended = {"exitCode": 0 if well else 1, "message": json.dumps(receipt)}
    container = {"name": "backup", "image": "agent", "imageID": "", "ready": False}
    container |= {"restartCount": 0, "state": {"terminated": ended}}
    pod = {
        "metadata": {**metadata, "ownerReferences": [owner]},
        "spec": {"containers": [{"name": "backup"}], "restartPolicy": "Never"},
        "status": {"phase": "Succeeded", "containerStatuses": [container]},
    }
    world.api.put("pods", pod)
    condition = {"type": "Complete" if well else "Failed", "status": "True"}
    world.api.put("jobs", {**job, "status": {"conditions": [condition]}})


@in_virtual_time
async def test_a_backup_on_demand_runs_the_releases_own_job() -> None:
    async with at_rest(World()) as world:
        world.api.put("mysqlbackups", a_backup("before-migration"))
        await until(lambda: phase(world, "before-migration") == "Running")
        job = world.api.at("jobs", "on-demand-before-migration-job")
        end_job(world, "before-migration", RECEIPT)
        await until(lambda: phase(world, "before-migration") == "Complete")

    assert job is not None
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert {"name": "BACKUP_TRIGGER", "value": "OnDemand"} in container["env"]
    assert job["metadata"]["annotations"] == {"note": "kept"}
    done = status(world, "before-migration")
    assert (done["file"], done["bytes"], done["trigger"]) == (RECEIPT["file"], 1500, "OnDemand")
    assert reason(world, "before-migration") == "Succeeded"
    assert world.helm.commands == []
    assert world.status().get("lastBackup", {}) == {}  # it is no proof for a deletion


@in_virtual_time
async def test_a_backup_that_failed_says_why_and_is_not_tried_again() -> None:
    async with at_rest(World()) as world:
        world.api.put("mysqlbackups", a_backup("now"))
        await until(lambda: phase(world, "now") == "Running")
        failure = {"result": "failed", "reason": "DiskFull", "message": "the volume is full"}
        end_job(world, "now", failure, well=False)
        await until(lambda: phase(world, "now") == "Failed")
        world.requests()
        await asyncio.sleep(600)
        requests = world.requests()

    assert reason(world, "now") == "DiskFull"
    assert not [it for it in requests if it.startswith(("create", "patch"))]


@in_virtual_time
async def test_backups_of_one_database_wait_for_each_other() -> None:
    async with at_rest(World()) as world:
        for name in ("first", "second"):
            world.api.put("mysqlbackups", a_backup(name))
            await asyncio.sleep(2)
        await until(lambda: phase(world, "second") == "Pending")
        waited_for = reason(world, "second")
        end_job(world, "first", RECEIPT)
        await until(lambda: phase(world, "second") == "Running")

    assert waited_for == "BackupAhead"


@in_virtual_time
async def test_a_backup_waits_for_a_database_that_is_not_there() -> None:
    async with operated(World(names=())) as world:
        world.api.put("mysqlbackups", a_backup("early"))
        await until(lambda: reason(world, "early") == "NoSuchDatabase")
        world.api.put("mysqls", a_mysql())
        await until(lambda: phase(world, "early") == "Running")

    assert world.api.at("jobs", "on-demand-early-job") is not None


@in_virtual_time
async def test_an_operator_that_died_before_it_reported_finds_its_job_again() -> None:
    world = World()
    async with at_rest(world):
        world.api.refused.add(("patch", "mysqlbackups"))
        world.api.put("mysqlbackups", a_backup("now"))
        await until(lambda: world.api.at("jobs", "on-demand-now-job") is not None)
    world.api.refused.clear()
    end_job(world, "now", RECEIPT)
    async with operated(world):
        await until(lambda: phase(world, "now") == "Complete")

    assert status(world, "now")["file"] == RECEIPT["file"]


@in_virtual_time
async def test_a_job_that_somebody_deleted_is_reported() -> None:
    async with at_rest(World()) as world:
        world.api.put("mysqlbackups", a_backup("now"))
        await until(lambda: phase(world, "now") == "Running")
        world.api.remove("jobs", "on-demand-now-job")
        await until(lambda: phase(world, "now") == "Failed")

    assert reason(world, "now") == "JobLost"


@in_virtual_time
async def test_somebody_elses_job_of_that_name_is_left_alone() -> None:
    async with at_rest(World()) as world:
        theirs = {"metadata": {"name": "on-demand-now-job", "namespace": "team"}, "spec": {}}
        world.api.put("jobs", theirs)
        world.api.put("mysqlbackups", a_backup("now"))
        await until(lambda: reason(world, "now") == "JobNameTaken")
        world.api.remove("jobs", "on-demand-now-job")
        await until(lambda: phase(world, "now") == "Running")


def find_backups(world: World, *entries: Object, count: int) -> None:
    """Let the status list backups, as a Job of the database would."""
    whole = world.api.at("mysqls", "db")
    assert whole is not None
    listed = {"backups": list(entries), "backupCount": count}
    world.api.put("mysqls", {**whole, "status": {**whole["status"], **listed}})


@in_virtual_time
async def test_each_backup_on_the_claim_has_an_object() -> None:
    async with at_rest(World()) as world:
        find_backups(world, ENTRY, count=1)
        await until(lambda: phase(world, "db-20261126t030000z") == "Complete")
        found = world.api.at("mysqlbackups", "db-20261126t030000z")
        world.requests()
        await asyncio.sleep(600)
        requests = world.requests()

    assert found is not None
    assert found["spec"] == {"mysqlName": "db", "file": RECEIPT["file"]}
    assert status(world, "db-20261126t030000z")["bytes"] == 1500
    assert requests == []


@in_virtual_time
async def test_the_name_for_a_file_may_be_taken() -> None:
    async with at_rest(World()) as world:
        theirs = {**a_backup("db-20261126t030000z"), "spec": {"mysqlName": "another"}}
        world.api.put("mysqlbackups", theirs)
        find_backups(world, ENTRY, count=1)
        await asyncio.sleep(600)
        requests = world.requests()

    assert "create mysqlbackups" not in requests
    assert phase(world, "db-20261126t030000z") == "Pending"


@in_virtual_time
async def test_the_object_of_a_file_goes_with_it_and_what_a_person_made_stays() -> None:
    older = {**ENTRY, "file": "db-20261125T030000Z.tar.zst"}
    newer = {**ENTRY, "file": "db-20261127T030000Z.tar.zst"}
    async with at_rest(World()) as world:
        find_backups(world, ENTRY, older, count=2)
        world.api.put("mysqlbackups", a_backup("mine", file="db-20261124T030000Z.tar.zst"))
        await until(lambda: phase(world, "db-20261125t030000z") == "Complete")
        find_backups(world, newer, ENTRY, count=3)
        await until(lambda: phase(world, "db-20261127t030000z") == "Complete")
        with_a_list_that_is_cut = world.api.at("mysqlbackups", "db-20261125t030000z")
        find_backups(world, newer, ENTRY, count=2)
        await until(lambda: world.api.at("mysqlbackups", "db-20261125t030000z") is None)

    assert with_a_list_that_is_cut is not None
    assert world.api.at("mysqlbackups", "mine") is not None
    assert reason(world, "mine") == "BackupNotFound"


@in_virtual_time
async def test_an_object_that_nobody_can_read_holds_up_no_other() -> None:
    async with at_rest(World()) as world:
        world.api.put("mysqlbackups", a_backup("broken", file=17))
        world.api.put("mysqlbackups", a_backup("now"))
        await until(lambda: phase(world, "now") == "Running")


@in_virtual_time
async def test_a_job_of_a_backup_does_not_trouble_its_database() -> None:
    async with at_rest(World()) as world:
        world.api.put("mysqlbackups", a_backup("now"))
        await until(lambda: phase(world, "now") == "Running")
        end_job(world, "now", {"result": "failed", "reason": "X", "message": "m"}, well=False)
        await asyncio.sleep(120)

    assert world.is_ready()
    assert world.helm.commands == []
