"""What a release holds whose backups an object store takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.agent import settings
from mysql_operator.model.storage_spec import S3
from tests.unit.charts import helm

NAME = helm.RELEASE
CERTIFICATE = "-----BEGIN CERTIFICATE-----\n$(HOSTNAME) $$\n-----END CERTIFICATE-----\n"
S3_STORE = {
    "s3": {
        "bucket": "backups",
        "credentialsSecretRef": {"name": "bucket-keys"},
        "caBundle": CERTIFICATE,
    }
}
JOBS = (names.backup_job(NAME), names.restore_job(NAME))


def objects(storage: dict[str, Any], **values: Any) -> list[helm.Object]:
    return helm.objects(helm.INSTANCE, {"backup": {"storage": storage}, **values})


def pod(found: list[helm.Object], job: str) -> dict[str, Any]:
    made: dict[str, Any] = helm.one(found, "Job", job)["spec"]["template"]["spec"]
    return made


@pytest.fixture(scope="module")
def in_s3() -> list[helm.Object]:
    return objects(S3_STORE, storageSize="20Gi", objectUid="uid-1")


def test_no_claim_is_made_for_the_backups(in_s3: list[helm.Object]) -> None:
    assert helm.named(in_s3, "PersistentVolumeClaim") == {names.data_claim(NAME)}
    for job in JOBS:
        kinds = {kind for volume in pod(in_s3, job)["volumes"] for kind in volume}
        assert "persistentVolumeClaim" not in kinds


@pytest.mark.parametrize("job", JOBS)
def test_only_the_agent_sees_the_keys(in_s3: list[helm.Object], job: str) -> None:
    spec = pod(in_s3, job)
    (volume,) = [one for one in spec["volumes"] if one["name"] == "storage"]
    (agent,), (scratch,) = spec["containers"], spec["initContainers"]

    assert volume["secret"] == {"secretName": "bucket-keys", "defaultMode": 0o440}
    assert "storage" in {mount["name"] for mount in agent["volumeMounts"]}
    assert "storage" not in {mount["name"] for mount in scratch["volumeMounts"]}


@pytest.mark.parametrize("job", JOBS)
def test_the_agent_reads_the_storage_as_it_was_written(in_s3: list[helm.Object], job: str) -> None:
    (container,) = pod(in_s3, job)["containers"]
    given = {it["name"]: it.get("value", "").replace("$$", "$") for it in container["env"]}

    read = settings.read(given)

    assert read.storage is not None
    assert isinstance(read.storage.place, S3)
    assert read.storage.place.bucket == "backups"
    assert read.storage.place.ca_bundle == CERTIFICATE
    assert read.data_bytes == 20 << 30
    assert read.object_uid == "uid-1"
    mounts = {it["name"]: it["mountPath"] for it in container["volumeMounts"]}
    assert mounts["storage"] == str(read.storage_credentials)


def test_nothing_else_is_given_the_storage(in_s3: list[helm.Object]) -> None:
    for name, template in helm.pods(in_s3):
        has_it = "bucket-keys" in json.dumps(template)
        assert has_it == (name in {f"Job {job}" for job in JOBS}), name


def test_jobs_with_an_identity_mount_no_keys() -> None:
    store = {"gcs": {"bucket": "backups"}, "serviceAccountName": "backups"}

    spec = pod(objects(store), names.backup_job(NAME))

    assert spec["serviceAccountName"] == "backups"
    assert spec["automountServiceAccountToken"] is False
    assert "storage" not in {volume["name"] for volume in spec["volumes"]}


@pytest.mark.parametrize(
    "storage",
    [{"s3": {"bucket": "a"}, "gcs": {"bucket": "b"}}, {"serviceAccountName": "backups"}],
    ids=["two", "none"],
)
def test_exactly_one_store_is_required(storage: dict[str, Any]) -> None:
    refused = helm.template(helm.INSTANCE, {"backup": {"storage": storage}})

    assert refused.returncode != 0
    assert "exactly one of s3, gcs and azure is required" in refused.stderr
