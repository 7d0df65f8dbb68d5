"""What a release holds whose backups an object store takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.agent import settings
from mysql_operator.model.storage_spec import S3
from tests.support import age
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


RECIPIENT = age.pair().recipient
SECRET = {
    "secretName": "age-keys",
    "optional": True,
    "defaultMode": 0o440,
    "items": [{"key": "identity", "path": "identity"}],
}


def encrypted(name: str = "age-keys", *recipients: str) -> dict[str, Any]:
    encryption: dict[str, Any] = {"ageRecipients": list(recipients or [RECIPIENT])}
    if name:
        encryption["identitySecretRef"] = {"name": name}
    return S3_STORE | {"encryption": encryption}


def identities(found: list[helm.Object]) -> dict[str, dict[str, str]]:
    """Of each pod: which Secrets with identities its containers mount, and where."""
    seen: dict[str, dict[str, str]] = {}
    for name, template in helm.pods(found):
        spec = template["spec"]
        secrets = {
            volume["name"]: volume["secret"]["secretName"]
            for volume in spec.get("volumes", [])
            if "identity" in volume["name"]
        }
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            for mount in container.get("volumeMounts", []):
                if mount["name"] in secrets:
                    where = f"{name} {container['name']}"
                    seen.setdefault(where, {})[mount["mountPath"]] = secrets[mount["name"]]
    return seen


def test_the_identity_is_mounted_where_backups_are_read_and_nowhere_else() -> None:
    drill = {"schedule": "@weekly"}
    values = {"backup": {"storage": encrypted(), "schedule": "@daily", "drill": drill}}

    found = helm.objects(helm.INSTANCE, values)

    where = {names.IDENTITY_FOLDER: "age-keys"}
    assert identities(found) == {
        f"Job {names.restore_job(NAME)} restore": where,
        f"CronJob drill-{NAME} drill": where,
    }
    (volume,) = [it for it in pod(found, JOBS[1])["volumes"] if it["name"] == "identity"]
    assert volume["secret"] == SECRET


def test_without_an_identity_nothing_is_mounted() -> None:
    assert identities(objects(encrypted(""))) == {}


def test_a_source_has_an_identity_of_its_own() -> None:
    source = {"name": "production", "storage": encrypted("keys-of-production")}

    found = objects(encrypted(), restore={"source": source})

    (mounted,) = identities(found).values()
    assert mounted == {
        names.IDENTITY_FOLDER: "age-keys",
        names.SOURCE_IDENTITY_FOLDER: "keys-of-production",
    }
    (container,) = pod(found, JOBS[1])["containers"]
    given = {it["name"]: it.get("value", "").replace("$$", "$") for it in container["env"]}
    read = settings.read(given)
    assert str(read.storage_identity) == names.IDENTITY_FOLDER
    assert read.source is not None
    assert str(read.source.storage_identity) == names.SOURCE_IDENTITY_FOLDER


def test_a_source_in_the_same_store_has_the_same_identity() -> None:
    found = objects(encrypted(), restore={"source": {"name": "production"}})

    (container,) = pod(found, JOBS[1])["containers"]
    given = {it["name"]: it.get("value", "") for it in container["env"]}
    source = settings.read(given).source
    assert source is not None
    assert str(source.storage_identity) == names.IDENTITY_FOLDER


def test_helm_refuses_a_private_key_and_does_not_quote_it() -> None:
    private = age.pair().identity

    refused = helm.template(helm.INSTANCE, {"backup": {"storage": encrypted("", private)}})

    assert refused.returncode != 0
    assert "backup.storage.encryption.ageRecipients" in refused.stderr
    assert private not in refused.stderr
    assert private not in refused.stdout
