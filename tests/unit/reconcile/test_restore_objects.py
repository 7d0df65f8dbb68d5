"""Stories of MySQLRestore objects: the engine against an API server and a helm that keep state."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from mysql_operator import names
from tests.support.fake_api import Object
from tests.support.virtual_time import in_virtual_time, until
from tests.unit.reconcile.test_engine_stories import World, a_mysql, at_rest, operated

FILE = "db-20261126T030000Z.tar.zst"
RECEIPT = {
    "result": "restored",
    "file": FILE,
    "backupTime": "2026-11-26T03:00:00Z",
    "tables": 2,
    "rows": 7,
    "time": "2099-11-27T12:00:00Z",
    "missing": ["view a.b: ERROR 1146"],
    "safetyBackup": "db-20261127T115900Z.tar.zst",
}


def a_restore(name: str, **spec: Any) -> Object:
    metadata = {"name": name, "namespace": "team"}
    return {"metadata": metadata, "spec": {"mysqlName": "db", "backupName": "nightly", **spec}}


def put_backup(world: World, name: str = "nightly", *, of: str = "db", **status: Any) -> None:
    metadata = {"name": name, "namespace": "team"}
    reported = {"phase": "Complete", "file": FILE, **status}
    spec = {"mysqlName": of}
    world.api.put("mysqlbackups", {"metadata": metadata, "spec": spec, "status": reported})


def status(world: World, name: str) -> Object:
    found = world.api.at("mysqlrestores", name) or {}
    reported: Object = found.get("status") or {}
    return reported


def phase(world: World, name: str) -> str | None:
    return status(world, name).get("phase")


def reason(world: World, name: str) -> str:
    (condition,) = status(world, name).get("conditions") or [{"reason": ""}]
    return str(condition["reason"])


def job_of(world: World, name: str) -> Object:
    job = world.api.at("jobs", names.in_place_job(name))
    assert job is not None
    return job


def end_job(world: World, restore: str, receipt: Object, *, well: bool = True) -> None:
    """Do what Kubernetes does when the pod of a Job ends."""
    job = job_of(world, restore)
    annotations = {names.OBJECT_UID: uid_of(world)}
    metadata = {**job["metadata"], "annotations": annotations}
    owner = {"apiVersion": "batch/v1", "kind": "Job", "uid": metadata["uid"], "name": "j"}
    labels = {names.PART_OF: names.OPERATOR, names.INSTANCE: "db"}
    ended = {"exitCode": 0 if well else 3, "message": json.dumps(receipt)}
    container = {"name": "restore", "image": "agent", "imageID": "", "ready": False}
    container |= {"restartCount": 0, "state": {"terminated": ended}}
    pod = {
        "metadata": {
            "name": f"{restore}-1", "namespace": "team", "labels": labels,
            "ownerReferences": [owner],
        },
        "spec": {"containers": [{"name": "restore"}], "restartPolicy": "Never"},
        "status": {"phase": "Succeeded", "containerStatuses": [container]},
    }  # fmt: skip
    world.api.put("pods", pod)
    condition = {"type": "Complete" if well else "Failed", "status": "True"}
    world.api.put("jobs", {**job, "metadata": metadata, "status": {"conditions": [condition]}})


def uid_of(world: World) -> str:
    whole = world.api.at("mysqls", "db")
    assert whole is not None
    return str(whole["metadata"]["uid"])


def events_about(world: World, kind: str) -> list[str]:
    found = (whole for place, whole in world.api.objects.items() if place.plural == "events")
    return [it["reason"] for it in found if it["involvedObject"]["kind"] == kind]


@in_virtual_time
async def test_a_restore_runs_the_agent_beside_the_backups_and_says_how_it_ended() -> None:
    async with at_rest(World()) as world:
        put_backup(world)
        world.api.put("mysqlrestores", a_restore("back"))
        await until(lambda: phase(world, "back") == "Running")
        job = job_of(world, "back")
        end_job(world, "back", RECEIPT)
        await until(lambda: phase(world, "back") == "Complete")
        await until(lambda: (world.status().get("restore") or {}).get("file") == FILE)

    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert (container["name"], container["command"][-1]) == ("restore", "restore-into")
    variables = {it["name"]: it.get("value") for it in container["env"]}
    owner = world.api.at("mysqlrestores", "back") or {}
    assert variables["RESTORE_FROM"] == FILE
    assert variables["RESTORE_REQUEST"] == owner["metadata"]["uid"]
    assert job["metadata"]["ownerReferences"][0]["kind"] == "MySQLRestore"
    assert job["spec"]["template"]["metadata"]["labels"][names.COMPONENT] == "restore"
    done = status(world, "back")
    assert (done["file"], done["safetyBackup"], done["rows"], done["missing"]) == (
        FILE, RECEIPT["safetyBackup"], 7, RECEIPT["missing"],
    )  # fmt: skip
    assert world.helm.commands == []
    assert events_about(world, "MySQLRestore") == ["Running", "Succeeded"]
    assert "Restored" in events_about(world, "MySQL")


@in_virtual_time
async def test_an_attempt_that_cannot_end_otherwise_is_the_last_one() -> None:
    async with at_rest(World()) as world:
        put_backup(world)
        world.api.put("mysqlrestores", a_restore("back"))
        await until(lambda: phase(world, "back") == "Running")

    spec = job_of(world, "back")["spec"]
    codes = {"containerName": "restore", "operator": "In", "values": [3]}
    assert spec["backoffLimit"] == 3
    assert {"action": "FailJob", "onExitCodes": codes} in spec["podFailurePolicy"]["rules"]


@in_virtual_time
async def test_a_restore_that_failed_says_why_at_both_objects_and_is_not_tried_again() -> None:
    async with at_rest(World()) as world:
        put_backup(world)
        world.api.put("mysqlrestores", a_restore("back"))
        await until(lambda: phase(world, "back") == "Running")
        failure = {"result": "failed", "reason": "ChecksumMismatch", "message": "it is damaged"}
        end_job(world, "back", failure, well=False)
        await until(lambda: phase(world, "back") == "Failed")
        world.requests()
        await asyncio.sleep(600)
        requests = world.requests()

    assert reason(world, "back") == "ChecksumMismatch"
    assert "Create another MySQLRestore" in status(world, "back")["message"]
    assert not [it for it in requests if it.startswith(("create", "patch"))]
    assert events_about(world, "MySQL").count("InPlaceRestoreFailed") == 1
    assert events_about(world, "MySQLRestore") == ["Running", "ChecksumMismatch"]
    assert world.is_ready()
    assert "restored" not in str(world.status().get("restore"))


@in_virtual_time
async def test_restores_of_one_database_are_carried_out_one_after_the_other() -> None:
    async with at_rest(World()) as world:
        put_backup(world)
        for name in ("first", "second"):
            world.api.put("mysqlrestores", a_restore(name))
            await asyncio.sleep(2)
        await until(lambda: phase(world, "second") == "Pending")
        waited_for = reason(world, "second")
        end_job(world, "first", RECEIPT)
        await until(lambda: phase(world, "second") == "Running")

    assert waited_for == "RestoreAhead"


@in_virtual_time
async def test_one_that_cannot_begin_holds_up_no_other() -> None:
    async with at_rest(World()) as world:
        put_backup(world)
        world.api.put("mysqlrestores", a_restore("wrong", backupName="no-such-backup"))
        await asyncio.sleep(2)
        world.api.put("mysqlrestores", a_restore("right"))
        await until(lambda: phase(world, "right") == "Running")

    assert reason(world, "wrong") == "BackupNotFound"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"of": "another"}, "BackupNotFound"),
        ({"phase": "Running", "file": None}, "BackupNotComplete"),
        ({"phase": "Failed"}, "BackupNotComplete"),
    ],
    ids=["of another database", "still running", "failed"],
)
@in_virtual_time
async def test_a_backup_that_cannot_be_restored_is_refused_by_the_name_of_the_field(
    given: dict[str, Any], expected: str
) -> None:
    async with at_rest(World()) as world:
        put_backup(world, **given)
        world.api.put("mysqlrestores", a_restore("back"))
        await until(lambda: reason(world, "back") == expected)
        said = status(world, "back")["message"]
        put_backup(world)
        await until(lambda: phase(world, "back") == "Running")

    assert "spec.backupName" in said


@in_virtual_time
async def test_a_restore_waits_for_a_database_that_is_not_there() -> None:
    async with operated(World(names=())) as world:
        put_backup(world)
        world.api.put("mysqlrestores", a_restore("early"))
        await until(lambda: reason(world, "early") == "NoSuchDatabase")
        world.api.put("mysqls", a_mysql())
        await until(lambda: phase(world, "early") == "Running")


@in_virtual_time
async def test_nothing_is_restored_into_a_database_that_is_being_deleted() -> None:
    async with at_rest(World()) as world:
        put_backup(world)
        world.helm.fails = True
        world.api.remove("mysqls", "db")
        world.api.put("mysqlrestores", a_restore("late"))
        await until(lambda: reason(world, "late") in ("DatabaseDeleted", "NoSuchDatabase"))
        await asyncio.sleep(60)

    assert world.api.at("jobs", names.in_place_job("late")) is None


@in_virtual_time
async def test_a_deletion_ends_a_restore_that_is_at_work() -> None:
    async with at_rest(World()) as world:
        put_backup(world)
        world.api.put("mysqlrestores", a_restore("back"))
        await until(lambda: phase(world, "back") == "Running")
        world.api.remove("mysqls", "db")
        await until(lambda: world.api.at("jobs", names.in_place_job("back")) is None)
        await until(lambda: world.api.at("mysqls", "db") is None)

    assert reason(world, "back") in ("JobLost", "NoSuchDatabase", "DatabaseDeleted")


@in_virtual_time
async def test_an_operator_that_died_before_it_reported_finds_its_job_again() -> None:
    world = World()
    async with at_rest(world):
        put_backup(world)
        world.api.refused.add(("patch", "mysqlrestores"))
        world.api.put("mysqlrestores", a_restore("back"))
        await until(lambda: world.api.at("jobs", names.in_place_job("back")) is not None)
    world.api.refused.clear()
    end_job(world, "back", RECEIPT)
    async with operated(world):
        await until(lambda: phase(world, "back") == "Complete")


@in_virtual_time
async def test_somebody_elses_job_of_that_name_is_left_alone() -> None:
    async with at_rest(World()) as world:
        put_backup(world)
        name = names.in_place_job("back")
        theirs = {"metadata": {"name": name, "namespace": "team"}, "spec": {}}
        world.api.put("jobs", theirs)
        world.api.put("mysqlrestores", a_restore("back"))
        await until(lambda: reason(world, "back") == "JobNameTaken")
        world.api.remove("jobs", name)
        await until(lambda: phase(world, "back") == "Running")


@in_virtual_time
async def test_a_restore_that_is_over_costs_nothing_more() -> None:
    async with at_rest(World()) as world:
        put_backup(world)
        world.api.put("mysqlrestores", a_restore("back"))
        await until(lambda: phase(world, "back") == "Running")
        end_job(world, "back", RECEIPT)
        await until(lambda: phase(world, "back") == "Complete")
        await asyncio.sleep(60)
        world.requests()
        await asyncio.sleep(600)
        requests = world.requests()

    assert requests == []


def condition(world: World, type_: str) -> tuple[str, str]:
    """Status and reason of a condition of the database."""
    (found,) = [it for it in world.status()["conditions"] if it["type"] == type_]
    return found["status"], found["reason"]


@in_virtual_time
async def test_the_database_says_that_a_restore_into_it_is_at_work() -> None:
    async with at_rest(World()) as world:
        put_backup(world)
        world.api.put("mysqlrestores", a_restore("back"))
        await until(lambda: world.status()["phase"] == "Restoring")
        said, reason_meanwhile = world.status()["message"], world.status()["reason"]
        meanwhile = [condition(world, it) for it in ("Ready", "Reconciling", "Stalled")]
        (ready,) = [it for it in world.status()["conditions"] if it["type"] == "Ready"]
        end_job(world, "back", RECEIPT)
        await until(world.is_ready)
        await asyncio.sleep(60)

    assert said.startswith("MySQLRestore back: ")
    assert "read-only" in said
    assert reason_meanwhile == "Restoring"
    assert meanwhile == [("True", "Serving"), ("True", "Progressing"), ("False", "Progressing")]
    assert "read-only while MySQLRestore back is at work" in ready["message"]
    assert condition(world, "Reconciling") == ("False", "Settled")
    assert world.status()["reason"] == "Serving"
    assert world.helm.commands == []


@in_virtual_time
async def test_one_that_waits_or_failed_leaves_the_database_ready() -> None:
    async with at_rest(World()) as world:
        world.api.put("mysqlrestores", a_restore("early", backupName="no-such-backup"))
        await until(lambda: reason(world, "early") == "BackupNotFound")
        await asyncio.sleep(10)
        while_it_waits = world.is_ready()
        put_backup(world, "no-such-backup")
        await until(lambda: world.status()["phase"] == "Restoring")
        failure = {"result": "failed", "reason": "ChecksumMismatch", "message": "it is damaged"}
        end_job(world, "early", failure, well=False)
        await until(world.is_ready)

    assert while_it_waits


@in_virtual_time
async def test_one_that_is_deleted_leaves_the_database_ready() -> None:
    async with at_rest(World()) as world:
        put_backup(world)
        world.api.put("mysqlrestores", a_restore("back"))
        await until(lambda: world.status()["phase"] == "Restoring")
        world.api.remove("mysqlrestores", "back")
        await until(world.is_ready)


@in_virtual_time
async def test_a_pass_while_a_restore_is_at_work_sends_no_request() -> None:
    async with at_rest(World()) as world:
        put_backup(world)
        world.api.put("mysqlrestores", a_restore("back"))
        await until(lambda: world.status()["phase"] == "Restoring")
        await asyncio.sleep(60)
        world.requests()
        await asyncio.sleep(600)

        assert world.requests() == []


@in_virtual_time
async def test_backup_objects_that_a_quota_forbids_hold_up_no_restore() -> None:
    safety = {"file": RECEIPT["safetyBackup"], "time": "2026-11-27T11:59:00Z"}
    listed = {"backups": [safety, {"file": FILE, "time": "2026-11-26T03:00:00Z"}], "backupCount": 2}
    async with at_rest(World()) as world:
        put_backup(world)
        world.api.refused.add(("create", "mysqlbackups"))
        world.api.put("mysqlrestores", a_restore("back"))
        await until(lambda: phase(world, "back") == "Running")
        end_job(world, "back", RECEIPT | listed)
        await until(lambda: phase(world, "back") == "Complete")
        await until(lambda: len(world.status().get("backups") or []) == 2)
        world.api.put("mysqlrestores", a_restore("again"))
        await until(lambda: phase(world, "again") == "Running")


@in_virtual_time
async def test_a_job_that_the_api_server_refuses_is_reported_and_created_once_it_may_be() -> None:
    async with at_rest(World()) as world:
        put_backup(world)
        world.api.refused.add(("create", "jobs"))
        world.api.put("mysqlrestores", a_restore("back"))
        await until(lambda: reason(world, "back") == "Forbidden")
        waiting = phase(world, "back")
        world.api.refused.clear()
        await until(lambda: phase(world, "back") == "Running")

    assert waiting == "Pending"
