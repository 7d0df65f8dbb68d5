"""Stories of MySQLBackup objects with `reclaimPolicy: Delete`, and of their deletion."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.model import conditions
from tests.support.fake_api import Object
from tests.support.virtual_time import in_virtual_time, until
from tests.unit.reconcile.test_backup_objects import find_backups, phase, status
from tests.unit.reconcile.test_engine_stories import World, a_mysql, at_rest, operated
from tests.unit.reconcile.test_restore_objects import a_restore, events_about, uid_of

OLD = "db-20261125T030000Z.tar.zst"
NEW = "db-20261126T030000Z.tar.zst"
OLD_ENTRY, NEW_ENTRY = ({"file": it, "time": "2026-11-25T03:00:00Z"} for it in (OLD, NEW))
DONE = {"result": "removed", "file": OLD, "store": "the volume backup-db-pvc"}


def put(world: World, name: str = "old", *, file: str = OLD, **changes: Any) -> None:
    """Store a complete backup as an object whose files go with it."""
    spec = {"mysqlName": "db", "reclaimPolicy": changes.pop("policy", "Delete")}
    reported = {"phase": "Complete", "file": file, "trigger": "OnDemand", **changes}
    metadata = {"name": name, "namespace": "team"}
    world.api.put("mysqlbackups", {"metadata": metadata, "spec": spec, "status": reported})


def at(world: World, name: str = "old") -> Object | None:
    return world.api.at("mysqlbackups", name)


def is_held(world: World, name: str = "old") -> bool:
    found = at(world, name)
    assert found is not None
    return names.FILES_FINALIZER in (found["metadata"].get("finalizers") or [])


def set_policy(world: World, policy: str, name: str = "old") -> None:
    found = at(world, name)
    assert found is not None
    world.api.put("mysqlbackups", {**found, "spec": {**found["spec"], "reclaimPolicy": policy}})


def removals(world: World) -> list[Object]:
    """The Jobs that remove backups."""
    return [
        whole
        for place, whole in world.api.objects.items()
        if place.plural == "jobs" and place.name.startswith("remove-")
    ]


def blocked(world: World, name: str = "old") -> tuple[str, str]:
    """Status and reason of the condition."""
    found = status(world, name).get("conditions") or []
    said = [it for it in found if it["type"] == conditions.DELETION_BLOCKED]
    return (said[0]["status"], said[0]["reason"]) if said else ("", "")


def end(
    world: World, receipt: Object, *, well: bool = True, left: list[Object] | None = None
) -> None:
    """Do what Kubernetes does when the pod of the Job ends, which has listed what is left."""
    (job,) = removals(world)
    listed = {"backups": left if left is not None else [NEW_ENTRY], "backupCount": 1}
    metadata = job["metadata"]
    metadata["annotations"] = {**metadata["annotations"], names.OBJECT_UID: uid_of(world)}
    owner = {"apiVersion": "batch/v1", "kind": "Job", "uid": metadata["uid"], "name": "j"}
    labels = {names.PART_OF: names.OPERATOR, names.INSTANCE: "db"}
    message = json.dumps({**receipt, **(listed if well else {})})
    ended = {"exitCode": 0 if well else 1, "message": message}
    container = {"name": "remove", "image": "agent", "imageID": "", "ready": False}
    container |= {"restartCount": 0, "state": {"terminated": ended}}
    pod = {
        "metadata": {
            "name": f"{metadata['name']}-1", "namespace": "team", "labels": labels,
            "ownerReferences": [owner],
        },
        "spec": {"containers": [{"name": "remove"}], "restartPolicy": "Never"},
        "status": {"phase": "Succeeded" if well else "Failed", "containerStatuses": [container]},
    }  # fmt: skip
    world.api.put("pods", pod)
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    condition = {
        "type": "Complete" if well else "Failed", "status": "True", "lastTransitionTime": at,
    }  # fmt: skip
    world.api.put("jobs", {**job, "metadata": metadata, "status": {"conditions": [condition]}})


def set_back(world: World, by: timedelta) -> None:
    """Let the Job have ended that long ago: the operator's clock does not jump with the loop's."""
    (job,) = removals(world)
    (condition,) = job["status"]["conditions"]
    ended = (datetime.now(UTC) - by).strftime("%Y-%m-%dT%H:%M:%SZ")
    world.api.put(
        "jobs", {**job, "status": {"conditions": [{**condition, "lastTransitionTime": ended}]}}
    )


def is_another(world: World, first: Object) -> bool:
    """Whether another Job has taken the place of the first."""
    uids = [job["metadata"]["uid"] for job in removals(world)]
    return bool(uids) and first["metadata"]["uid"] not in uids


@in_virtual_time
async def test_only_an_object_whose_files_go_with_it_is_held() -> None:
    async with at_rest(World()) as world:
        put(world)
        put(world, "kept", file=NEW, policy="Retain")
        await until(lambda: is_held(world))
        set_policy(world, "Retain")
        await until(lambda: not is_held(world))
        world.requests()
        await asyncio.sleep(600)
        requests = world.requests()

    assert not is_held(world, "kept")
    assert requests == []


@in_virtual_time
async def test_its_file_is_removed_by_a_job_of_the_release_before_it_goes() -> None:
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, OLD_ENTRY, count=2)
        put(world)
        await until(lambda: is_held(world))
        world.api.remove("mysqlbackups", "old")
        await until(lambda: removals(world))
        (job,) = removals(world)
        await until(lambda: blocked(world) == ("False", "Progressing"))
        end(world, DONE)
        await until(lambda: at(world) is None)
        await asyncio.sleep(600)

    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert (container["name"], container["command"][-1]) == ("remove", "remove")
    assert {"name": "REMOVE_FILE", "value": OLD} in container["env"]
    assert "ownerReferences" not in job["metadata"]
    labels = job["spec"]["template"]["metadata"]["labels"]
    assert labels[names.COMPONENT] == "remove"
    assert names.TRIGGER not in labels
    assert [it["file"] for it in world.status()["backups"]] == [NEW]
    assert at(world, "db-20261125t030000z") is None
    assert at(world, "db-20261126t030000z") is not None
    assert events_about(world, "MySQLBackup") == ["BackupRemoved"]
    assert "BackupRemoved" in events_about(world, "MySQL")
    assert world.helm.commands == []


@in_virtual_time
async def test_one_that_the_operator_made_may_be_removed_the_same_way() -> None:
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, OLD_ENTRY, count=2)
        await until(lambda: phase(world, "db-20261125t030000z") == "Complete")
        set_policy(world, "Delete", "db-20261125t030000z")
        await until(lambda: is_held(world, "db-20261125t030000z"))
        world.api.remove("mysqlbackups", "db-20261125t030000z")
        await until(lambda: removals(world))
        end(world, DONE)
        await until(lambda: at(world, "db-20261125t030000z") is None)
        await asyncio.sleep(60)

    assert at(world, "db-20261125t030000z") is None


@in_virtual_time
async def test_with_retain_the_object_goes_at_once_and_comes_back_with_its_file() -> None:
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, OLD_ENTRY, count=2)
        put(world, policy="Retain")
        await asyncio.sleep(5)
        world.api.remove("mysqlbackups", "old")
        await until(lambda: phase(world, "db-20261125t030000z") == "Complete")

    assert removals(world) == []


async def going(world: World, **changes: Any) -> None:
    """Delete an object that is held."""
    put(world, **changes)
    await until(lambda: is_held(world))
    world.api.remove("mysqlbackups", "old")


@in_virtual_time
async def test_the_newest_backup_stays_until_there_is_a_newer_one() -> None:
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, count=1)
        await going(world, file=NEW)
        await until(lambda: blocked(world) == ("True", "NewestBackup"))
        said = status(world, "old")["message"]
        await asyncio.sleep(900)
        waiting = removals(world)
        put(world, "newer", file="db-20261127T030000Z.tar.zst", policy="Retain")
        await until(lambda: removals(world))

    assert waiting == []
    assert "kubectl patch -n team msb old --type=merge -p" in said
    assert "Retain" in said
    assert events_about(world, "MySQLBackup").count("DeletionBlocked") == 1


@in_virtual_time
async def test_retain_lets_go_of_one_that_waits() -> None:
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, count=1)
        await going(world, file=NEW)
        await until(lambda: blocked(world) == ("True", "NewestBackup"))
        set_policy(world, "Retain")
        await until(lambda: at(world) is None)

    assert removals(world) == []


@in_virtual_time
async def test_what_a_restore_has_replaced_stays_for_a_day() -> None:
    now = datetime.now(UTC)
    at_23_hours = (now - timedelta(hours=23)).strftime("%Y-%m-%dT%H:%M:%SZ")
    at_25_hours = (now - timedelta(hours=25)).strftime("%Y-%m-%dT%H:%M:%SZ")
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, OLD_ENTRY, count=2)
        await going(world, trigger="Safety", completionTime=at_23_hours)
        await until(lambda: blocked(world) == ("True", "SafetyBackup"))
        found = at(world)
        assert found is not None
        found["status"]["completionTime"] = at_25_hours
        world.api.put("mysqlbackups", found)
        await until(lambda: removals(world))


@in_virtual_time
async def test_one_that_is_being_restored_stays_until_that_is_over() -> None:
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, OLD_ENTRY, count=2)
        put(world)
        await until(lambda: is_held(world))
        world.api.put("mysqlrestores", a_restore("back", backupName="old"))
        running = names.in_place_job("back")
        await until(lambda: world.api.at("jobs", running) is not None)
        world.api.remove("mysqlbackups", "old")
        await until(lambda: blocked(world) == ("True", "BackupInUse"))
        said = status(world, "old")["message"]
        world.api.remove("mysqlrestores", "back")
        world.api.remove("jobs", running)
        await until(lambda: removals(world))

    assert "MySQLRestore back" in said


@in_virtual_time
async def test_none_is_restored_that_is_being_removed() -> None:
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, OLD_ENTRY, count=2)
        await going(world)
        await until(lambda: removals(world))
        world.api.put("mysqlrestores", a_restore("late", backupName="old"))
        await asyncio.sleep(60)

    assert world.api.at("jobs", names.in_place_job("late")) is None


@in_virtual_time
async def test_one_whose_removal_waits_can_still_be_restored() -> None:
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, count=1)
        await going(world, file=NEW)
        await until(lambda: blocked(world) == ("True", "NewestBackup"))
        world.api.put("mysqlrestores", a_restore("back", backupName="old"))
        await until(lambda: world.api.at("jobs", names.in_place_job("back")) is not None)


@pytest.mark.parametrize("reader", ["a drill", "another database", "restore.from"])
@in_virtual_time
async def test_one_that_somebody_reads_or_names_stays(reader: str) -> None:
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, OLD_ENTRY, count=2)
        if reader == "a drill":
            labels = {names.PART_OF: names.OPERATOR, names.INSTANCE: "db", names.COMPONENT: "drill"}
            metadata = {"name": "drill-db-1", "namespace": "team", "labels": labels}
            world.api.put("jobs", {"metadata": metadata, "spec": {}})
        elif reader == "another database":
            copy = a_mysql("copy", restore={"source": {"name": "db"}}, image="")
            copy["metadata"]["finalizers"] = [names.FINALIZER]
            world.api.put("mysqls", copy)
        else:
            world.edit(restore={"from": OLD})
        await going(world)
        await until(lambda: blocked(world) == ("True", "BackupInUse"))


@in_virtual_time
async def test_a_removal_that_failed_says_why_and_is_tried_again_after_a_pause() -> None:
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, OLD_ENTRY, count=2)
        await going(world)
        await until(lambda: removals(world))
        (first,) = removals(world)
        failure = {"result": "failed", "reason": "StorageUnreachable", "message": "it is away"}
        end(world, failure, well=False)
        await until(lambda: blocked(world) == ("True", "StorageUnreachable"))
        said = status(world, "old")["message"]

        await asyncio.sleep(600)
        waiting = removals(world)
        set_back(world, timedelta(minutes=6))
        await until(lambda: is_another(world, first))
        end(world, DONE)
        await until(lambda: at(world) is None)

    assert "it is away" in said
    assert "Retain" in said
    assert [job["metadata"]["uid"] for job in waiting] == [first["metadata"]["uid"]]


@in_virtual_time
async def test_an_object_without_a_file_goes_and_its_job_before_it() -> None:
    async with at_rest(World()) as world:
        metadata = {"name": "old", "namespace": "team"}
        spec = {"mysqlName": "db", "reclaimPolicy": "Delete"}
        world.api.put("mysqlbackups", {"metadata": metadata, "spec": spec})
        taking = names.on_demand_job("old")
        await until(lambda: phase(world, "old") == "Running" and is_held(world))
        world.api.remove("mysqlbackups", "old")
        await until(lambda: at(world) is None)

    assert world.api.at("jobs", taking) is None
    assert removals(world) == []


@in_virtual_time
async def test_where_the_database_is_gone_it_waits_and_says_so() -> None:
    async with operated(World(names=())) as world:
        await going(world)
        await until(lambda: blocked(world) == ("True", "NoSuchDatabase"))
        set_policy(world, "Retain")
        await until(lambda: at(world) is None)


@in_virtual_time
async def test_the_end_of_its_namespace_is_not_held_up() -> None:
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, OLD_ENTRY, count=2)
        put(world)
        await until(lambda: is_held(world))
        world.api.ending.add("team")
        world.api.remove("mysqlbackups", "old")
        await until(lambda: at(world) is None)

    assert removals(world) == []


@in_virtual_time
async def test_an_end_of_the_namespace_that_comes_later_is_noticed() -> None:
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, count=1)
        await going(world, file=NEW)
        await until(lambda: blocked(world) == ("True", "NewestBackup"))
        world.api.ending.add("team")

        await until(lambda: at(world) is None, within=120)


@in_virtual_time
async def test_an_operator_that_died_before_it_reported_finds_its_job_again() -> None:
    world = World()
    async with at_rest(world):
        find_backups(world, NEW_ENTRY, OLD_ENTRY, count=2)
        put(world)
        await until(lambda: is_held(world))
        world.api.refused.add(("patch", "mysqlbackups"))
        world.api.remove("mysqlbackups", "old")
        await until(lambda: removals(world))
    world.api.refused.clear()
    end(world, DONE)
    async with operated(world):
        await until(lambda: at(world) is None)

    assert len(removals(world)) == 1


@in_virtual_time
async def test_a_deletion_waits_for_an_operator_that_is_away() -> None:
    world = World()
    async with at_rest(world):
        find_backups(world, NEW_ENTRY, OLD_ENTRY, count=2)
        put(world)
        await until(lambda: is_held(world))
    world.api.remove("mysqlbackups", "old")
    assert at(world) is not None
    async with operated(world):
        await until(lambda: removals(world))


@in_virtual_time
async def test_it_goes_only_once_the_database_lists_its_file_no_more() -> None:
    """Else the index would make an object of a file that is not there."""
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, OLD_ENTRY, count=2)
        await going(world)
        await until(lambda: removals(world))
        (first,) = removals(world)
        end(world, DONE, left=[NEW_ENTRY, OLD_ENTRY])
        await asyncio.sleep(120)
        waiting = at(world)
        set_back(world, timedelta(minutes=6))
        await until(lambda: is_another(world, first))
        end(world, {**DONE, "result": "absent"})
        await until(lambda: at(world) is None)

    assert waiting is not None


@in_virtual_time
async def test_the_operator_deletes_no_object_whose_files_would_go_with_it() -> None:
    """The newest list may be of another store, or older than the file."""
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, OLD_ENTRY, count=2)
        index = names.indexed_backup(OLD)
        await until(lambda: at(world, index) is not None)
        set_policy(world, "Delete", index)
        await until(lambda: is_held(world, index))
        find_backups(world, NEW_ENTRY, count=1)
        await asyncio.sleep(120)

        assert at(world, index) is not None
        assert at(world, names.indexed_backup(NEW)) is not None
        assert removals(world) == []


@pytest.mark.parametrize("policy", ["Retain", "Delete"])
@in_virtual_time
async def test_what_a_newer_operator_has_reported_keeps_no_object(policy: str) -> None:
    async with at_rest(World()) as world:
        find_backups(world, NEW_ENTRY, OLD_ENTRY, count=2)
        put(world, trigger="OfTheFuture", ofTheFuture={"a": 1})
        await until(lambda: is_held(world))
        world.api.remove("mysqlbackups", "old")
        if policy == "Retain":
            set_policy(world, policy)
        if policy == "Delete":
            await until(lambda: removals(world))
            end(world, DONE)
        await until(lambda: at(world) is None)
