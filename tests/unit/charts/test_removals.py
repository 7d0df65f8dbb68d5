"""The Job that removes a backup, made from a release as helm has it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from mysql_operator import names
from mysql_operator.agent import settings
from mysql_operator.reconcile.runs import removal_jobs
from tests.unit.charts import helm

NAME = helm.RELEASE
FILE = f"{NAME}-20261125T030000Z.tar.zst"
KEYS = {"credentialsSecretRef": {"name": "bucket-keys"}}
STORES: dict[str, dict[str, Any]] = {
    "a claim": {},
    "a bucket": {"storage": {"s3": {"bucket": "backups", **KEYS}}},
    "a bucket by identity": {
        "storage": {"s3": {"bucket": "backups"}, "serviceAccountName": "backups"}
    },
}


def job_of(backup: dict[str, Any], name: str = "nightly") -> helm.Object:
    made = helm.objects(helm.INSTANCE, {"backup": backup, "objectUid": "uid-1"})
    hooks = [yaml.safe_dump(helm.one(made, "Job", names.backup_job(NAME)))]
    return removal_jobs.manifest(name, "0f3c9a52-1d1e-4b0e", FILE, (NAME, hooks))


@pytest.mark.parametrize("backup", STORES.values(), ids=STORES)
def test_it_has_the_place_of_the_backups_and_no_way_to_the_server(backup: dict[str, Any]) -> None:
    pod = job_of(backup)["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert "initContainers" not in pod
    volumes = {volume["name"] for volume in pod["volumes"]}
    assert volumes == {mount["name"] for mount in container["volumeMounts"]}
    assert not {"credentials", "scratch"} & volumes
    assert ("storage" in volumes, "backup" in volumes) == ("bucket-keys" in str(backup), not backup)
    assert pod.get("serviceAccountName") == (backup.get("storage") or {}).get("serviceAccountName")
    assert not any(mount.get("readOnly") for mount in container["volumeMounts"] if not backup)


@pytest.mark.parametrize("backup", STORES.values(), ids=STORES)
def test_the_agent_reads_what_it_is_to_remove(backup: dict[str, Any]) -> None:
    (container,) = job_of(backup)["spec"]["template"]["spec"]["containers"]
    given = {it["name"]: it.get("value", "").replace("$$", "$") for it in container["env"]}

    read = settings.read(given)

    assert container["command"] == [names.OPERATOR, "agent", removal_jobs.COMMAND]
    assert (read.remove_file, read.instance, read.namespace) == (FILE, NAME, helm.NAMESPACE)
    assert (read.storage is None) == (not backup)


def test_it_is_taken_for_no_backup_and_belongs_to_the_very_object() -> None:
    made = job_of({})

    for labelled in (made["metadata"], made["spec"]["template"]["metadata"]):
        assert names.TRIGGER not in labelled["labels"]
        assert labelled["labels"][names.COMPONENT] == names.REMOVAL
        assert labelled["labels"][names.INSTANCE] == NAME
    annotations = made["metadata"]["annotations"]
    assert annotations[names.BACKUP_UID] == "0f3c9a52-1d1e-4b0e"
    assert annotations[names.OBJECT_UID] == "uid-1"
    assert not any(name.startswith("helm.sh/") for name in annotations)


@pytest.mark.parametrize("name", ["nightly", "x" * 63, f"{'x' * 45}-{'y' * 200}"])
def test_its_name_fits_however_long_that_of_the_object_is(name: str) -> None:
    made, other = job_of({}, name), names.removal_job(name, "1e3c9a52-1d1e-4b0e")

    assert len(made["metadata"]["name"]) <= names.LABEL_LIMIT
    assert "--" not in made["metadata"]["name"]
    assert made["metadata"]["name"] != other
