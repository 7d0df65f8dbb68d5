"""The Job of a MySQLRestore reads backups, so it can decrypt them where the release's cannot."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from mysql_operator import names
from mysql_operator.agent import settings
from mysql_operator.model.age_keys import IDENTITY_KEY
from mysql_operator.reconcile.runs import restore_jobs
from tests.support import age

FILE = "db-20261126T030000Z.tar.zst.age"
STORE = {"s3": {"bucket": "backups", "caBundle": "$(A) $B"}}
ENCRYPTION = {"ageRecipients": [age.pair().recipient]}
WITH_IDENTITY = ENCRYPTION | {"identitySecretRef": {"name": "age-keys"}}


def the_hook(storage: dict[str, Any] | None) -> str:
    """The Job of a final backup, as helm has it."""
    env = [{"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]
    if storage is not None:
        text = json.dumps(storage).replace("$", "$$")
        env.append({"name": "BACKUP_STORAGE", "value": text})
    container = {"name": "backup", "command": ["mysql-operator", "agent", "back-up"], "env": env}
    container |= {"volumeMounts": [{"name": "storage", "mountPath": "/keys"}]}
    pod = {"containers": [container], "volumes": [{"name": "storage"}]}
    labels = {names.COMPONENT: "backup"}
    template = {"metadata": {"labels": dict(labels)}, "spec": pod}
    metadata = {"name": names.backup_job("db"), "labels": labels}
    return yaml.safe_dump({"kind": "Job", "metadata": metadata, "spec": {"template": template}})


def pod_for(storage: dict[str, Any] | None) -> dict[str, Any]:
    job = restore_jobs.manifest("back", "uid-1", FILE, ("db", [the_hook(storage)]))
    pod: dict[str, Any] = job["spec"]["template"]["spec"]
    return pod


def test_it_mounts_the_identity_that_the_backup_does_without() -> None:
    pod = pod_for(STORE | {"encryption": WITH_IDENTITY})
    (container,) = pod["containers"]

    secrets = {it["name"]: it["secret"] for it in pod["volumes"] if "secret" in it}
    assert secrets["identity"]["secretName"] == "age-keys"
    assert secrets["identity"]["optional"] is True
    assert [it["key"] for it in secrets["identity"]["items"]] == [IDENTITY_KEY]
    mounts = {it["name"]: it["mountPath"] for it in container["volumeMounts"]}
    assert mounts == {"storage": "/keys", "identity": str(settings.storage_identity({}))}


@pytest.mark.parametrize("storage", [None, STORE, STORE | {"encryption": ENCRYPTION}])
def test_where_none_is_named_none_is_mounted(storage: dict[str, Any] | None) -> None:
    pod = pod_for(storage)

    assert [volume["name"] for volume in pod["volumes"]] == ["storage"]
    assert [mount["name"] for mount in pod["containers"][0]["volumeMounts"]] == ["storage"]
