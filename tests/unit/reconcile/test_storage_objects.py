"""Stories of MySQLBackupStorage objects: the engine against an API server that keeps state."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from mysql_operator import names
from tests.support import age
from tests.support.fake_api import Object
from tests.support.virtual_time import in_virtual_time, until
from tests.unit.reconcile.test_engine_stories import World, operated

JOB = "check-storage-bucket"


def a_storage(**fields: Any) -> Object:
    place = {"bucket": "backups", "credentialsSecretRef": {"name": "keys"}, **fields}
    return {"metadata": {"name": "bucket", "namespace": "team"}, "spec": {"s3": place}}


def keys(word: str = "YQ==", *, label: str | None = "bucket", name: str = "keys") -> Object:
    labels = {} if label is None else {names.STORAGE_FOR: label}
    metadata = {"name": name, "namespace": "team", "labels": labels}
    return {"metadata": metadata, "type": "Opaque", "data": {"AWS_ACCESS_KEY_ID": word}}


def a_world(*objects: Object) -> World:
    world = World(names=())
    for whole in objects:
        world.api.put("secrets" if "data" in whole else "mysqlbackupstorages", whole)
    return world


def condition(world: World) -> tuple[str, str]:
    whole = world.api.at("mysqlbackupstorages", "bucket") or {}
    found = whole.get("status", {}).get("conditions") or [{"status": "", "reason": ""}]
    return found[0]["status"], found[0]["reason"]


def the_job(world: World) -> Object | None:
    return world.api.at("jobs", JOB)


def end_job(world: World, receipt: Object, *, well: bool = True) -> str:
    """Do what Kubernetes does when the pod of the Job ends; the Job's UID."""
    job = the_job(world)
    assert job is not None
    labels = job["spec"]["template"]["metadata"]["labels"]
    uid: str = job["metadata"]["uid"]
    owner = {"apiVersion": "batch/v1", "kind": "Job", "uid": uid, "name": JOB}
    ended = {"exitCode": 0 if well else 1, "message": json.dumps(receipt)}
    container = {"name": "check-storage", "image": "agent", "imageID": "", "ready": False}
    container |= {"restartCount": 0, "state": {"terminated": ended}}
    name = f"{JOB}-{uid}"
    metadata = {"name": name, "namespace": "team", "labels": labels, "ownerReferences": [owner]}
    pod = {
        "metadata": metadata,
        "spec": {"containers": [{"name": "check-storage"}], "restartPolicy": "Never"},
        "status": {"phase": "Succeeded" if well else "Failed", "containerStatuses": [container]},
    }
    world.api.put("pods", pod)
    conditions = [{"type": "Complete" if well else "Failed", "status": "True"}]
    world.api.put("jobs", {**job, "status": {"conditions": conditions}})
    return uid


@in_virtual_time
async def test_a_new_storage_is_checked_and_then_left_alone() -> None:
    async with operated(a_world(keys(), a_storage())) as world:
        await until(lambda: the_job(world) is not None)
        assert condition(world) == ("Unknown", "Checking")
        end_job(world, {"result": "reachable", "store": "s3://backups"})
        await until(lambda: condition(world) == ("True", "CheckSucceeded"))
        world.requests()
        await asyncio.sleep(600)
        requests = world.requests()

    assert requests == []


@in_virtual_time
async def test_the_keys_are_checked_again_once_somebody_has_changed_them() -> None:
    async with operated(a_world(keys(), a_storage())) as world:
        await until(lambda: the_job(world) is not None)
        refused = {"result": "failed", "reason": "StorageCredentialsRefused", "message": "no"}
        first = end_job(world, refused, well=False)
        await until(lambda: condition(world) == ("False", "StorageCredentialsRefused"))
        world.api.put("secrets", keys("Yg=="))
        await until(
            lambda: (the_job(world) or {"metadata": {"uid": first}})["metadata"]["uid"] != first
        )
        end_job(world, {"result": "reachable", "store": "s3://backups"})
        await until(lambda: condition(world) == ("True", "CheckSucceeded"))


@in_virtual_time
async def test_a_secret_without_the_label_is_not_mounted_until_it_has_it() -> None:
    async with operated(a_world(keys(label=None), a_storage())) as world:
        await until(lambda: condition(world) == ("False", "SecretNotShared"))
        assert the_job(world) is None
        world.api.put("secrets", keys())
        await until(lambda: the_job(world) is not None)


@in_virtual_time
async def test_a_storage_without_its_secret_waits_for_it() -> None:
    async with operated(a_world(a_storage())) as world:
        await until(lambda: condition(world) == ("False", "StorageSecretNotFound"))
        world.api.put("secrets", keys())
        await until(lambda: the_job(world) is not None)


def an_encrypted_storage() -> Object:
    storage = a_storage()
    reference = {"identitySecretRef": {"name": "age-keys"}}
    encryption = {"ageRecipients": [age.pair().recipient], **reference}
    return {**storage, "spec": {**storage["spec"], "encryption": encryption}}


@in_virtual_time
async def test_the_secret_that_decrypts_is_asked_for_and_has_to_say_what_it_is_for() -> None:
    async with operated(a_world(keys(), an_encrypted_storage())) as world:
        await until(lambda: condition(world) == ("False", "StorageSecretNotFound"))
        world.api.put("secrets", keys(name="age-keys", label=None))
        await until(lambda: condition(world) == ("False", "SecretNotShared"))
        assert the_job(world) is None
        world.api.put("secrets", keys(name="age-keys"))
        await until(lambda: the_job(world) is not None)


@in_virtual_time
async def test_another_identity_is_checked_anew() -> None:
    world = a_world(keys(), keys(name="age-keys"), an_encrypted_storage())
    async with operated(world):
        await until(lambda: the_job(world) is not None)
        wrong = {"result": "failed", "reason": "DecryptionKeyWrong", "message": "no"}
        first = end_job(world, wrong, well=False)
        await until(lambda: condition(world) == ("False", "DecryptionKeyWrong"))
        world.api.put("secrets", keys("Yg==", name="age-keys"))
        await until(
            lambda: (the_job(world) or {"metadata": {"uid": first}})["metadata"]["uid"] != first
        )
        end_job(world, {"result": "reachable", "store": "s3://backups"})
        await until(lambda: condition(world) == ("True", "CheckSucceeded"))


@in_virtual_time
async def test_another_spec_ends_the_check_of_the_old_one() -> None:
    async with operated(a_world(keys(), a_storage())) as world:
        await until(lambda: the_job(world) is not None)
        old = the_job(world)
        world.api.put("mysqlbackupstorages", a_storage(bucket="other"))
        await until(lambda: the_job(world) not in (None, old))
        job = the_job(world)

    assert job is not None
    (container,) = job["spec"]["template"]["spec"]["containers"]
    given = {variable["name"]: variable["value"] for variable in container["env"]}
    assert json.loads(given["BACKUP_STORAGE"])["s3"]["bucket"] == "other"


@in_virtual_time
async def test_an_operator_that_comes_later_finds_the_result() -> None:
    world = a_world(keys(), a_storage())
    async with operated(world):
        await until(lambda: the_job(world) is not None)
    end_job(world, {"result": "reachable", "store": "s3://backups"})
    async with operated(world):
        await until(lambda: condition(world) == ("True", "CheckSucceeded"))


@in_virtual_time
async def test_a_database_of_the_name_of_a_storage_is_another_matter() -> None:
    world = World(names=("bucket",))
    world.api.put("secrets", keys())
    world.api.put("mysqlbackupstorages", a_storage())
    async with operated(world):
        await until(lambda: world.is_ready("bucket"))
        await until(lambda: the_job(world) is not None)
        end_job(world, {"result": "reachable", "store": "s3://backups"})
        await until(lambda: condition(world) == ("True", "CheckSucceeded"))


@in_virtual_time
async def test_somebody_elses_job_of_that_name_is_neither_read_nor_deleted() -> None:
    world = a_world(keys(), a_storage())
    labels = {names.PART_OF: names.OPERATOR, names.STORAGE: "bucket"}
    metadata = {"name": JOB, "namespace": "team", "labels": labels}
    conditions = [{"type": "Complete", "status": "True"}]
    theirs = world.api.put("jobs", {"metadata": metadata, "status": {"conditions": conditions}})
    async with operated(world):
        await asyncio.sleep(60)

    assert the_job(world) == theirs
    assert condition(world) == ("Unknown", "JobNameTaken")


@in_virtual_time
async def test_a_storage_that_goes_is_forgotten() -> None:
    async with operated(a_world(keys(), a_storage())) as world:
        await until(lambda: the_job(world) is not None)
        world.api.remove("mysqlbackupstorages", "bucket")
        await asyncio.sleep(60)
        world.requests()
        world.api.put("secrets", keys("Yg=="))
        await asyncio.sleep(60)

        assert world.requests() == []


@in_virtual_time
async def test_a_check_that_the_api_server_refuses_is_reported_and_made_once_it_may_be() -> None:
    world = a_world(keys(), a_storage())
    world.api.refused.add(("create", "jobs"))
    async with operated(world):
        await until(lambda: condition(world) == ("Unknown", "Forbidden"))
        world.requests()
        await asyncio.sleep(300)
        writes = [it for it in world.requests() if "update" in str(it) or "patch" in str(it)]
        world.api.refused.clear()
        await until(lambda: the_job(world) is not None)
        end_job(world, {"result": "reachable", "store": "s3://backups"})
        await until(lambda: condition(world) == ("True", "CheckSucceeded"))

    assert writes == []
