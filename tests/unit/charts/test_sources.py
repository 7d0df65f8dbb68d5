"""What the restore Job of a release holds that is filled from another database's backup."""

from __future__ import annotations

from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.agent import settings
from mysql_operator.agent.settings import Source
from tests.unit.charts import helm

STORE = {"s3": {"bucket": "own", "credentialsSecretRef": {"name": "own-keys"}}}
OTHER_STORE = {"s3": {"bucket": "other", "credentialsSecretRef": {"name": "other-keys"}}}


def pod(source: dict[str, Any], **backup: Any) -> dict[str, Any]:
    values = {"restore": {"source": source}, "backup": backup}
    found = helm.objects(helm.INSTANCE, values)
    made: dict[str, Any] = helm.one(found, "Job", names.restore_job(helm.RELEASE))
    spec: dict[str, Any] = made["spec"]["template"]["spec"]
    return spec


def volumes(spec: dict[str, Any]) -> dict[str, Any]:
    """Volumes of the agent, by the folder at which it finds them."""
    (agent,) = spec["containers"]
    by_name = {
        volume["name"]: {kind: it for kind, it in volume.items() if kind != "name"}
        for volume in spec["volumes"]
    }
    return {mount["mountPath"]: by_name[mount["name"]] for mount in agent["volumeMounts"]}


def source_of(spec: dict[str, Any]) -> Source:
    (agent,) = spec["containers"]
    given = {it["name"]: it.get("value", "").replace("$$", "$") for it in agent["env"]}
    source = settings.read(given).source
    assert source is not None
    return source


def test_its_claim_is_mounted_for_reading() -> None:
    spec = pod({"name": "production"})
    source = source_of(spec)

    assert (source.name, source.namespace, source.storage) == (
        "production", helm.NAMESPACE, None,
    )  # fmt: skip
    claim = {"claimName": names.backup_claim("production"), "readOnly": True}
    assert volumes(spec)[str(source.backups)] == {"persistentVolumeClaim": claim}


def test_in_the_store_of_the_release_it_needs_no_volume_of_its_own() -> None:
    spec = pod({"name": "production", "namespace": "shop"}, storage=STORE)
    source = source_of(spec)

    assert source.storage is not None
    assert (source.namespace, source.storage.title) == ("shop", "s3://own")
    assert volumes(spec)[str(source.storage_credentials)]["secret"]["secretName"] == "own-keys"
    assert "/source" not in volumes(spec)


@pytest.mark.parametrize("own", [{}, {"storage": STORE}], ids=["a claim", "another store"])
def test_in_a_store_of_its_own_it_has_its_own_keys(own: dict[str, Any]) -> None:
    spec = pod({"name": "production", "storage": OTHER_STORE}, **own)
    source = source_of(spec)

    assert source.storage is not None
    assert source.storage.title == "s3://other"
    secret = volumes(spec)[str(source.storage_credentials)]["secret"]
    assert secret == {"secretName": "other-keys", "defaultMode": 0o440}


def test_no_other_job_sees_it() -> None:
    values = {"restore": {"source": {"name": "production", "storage": OTHER_STORE}}}
    found = helm.objects(helm.INSTANCE, values)

    for name, template in helm.pods(found):
        has_it = "other-keys" in str(template)
        assert has_it == (name == f"Job {names.restore_job(helm.RELEASE)}"), name


def test_a_claim_of_another_namespace_is_refused() -> None:
    refused = helm.template(
        helm.INSTANCE, {"restore": {"source": {"name": "production", "namespace": "shop"}}}
    )

    assert refused.returncode != 0
    assert "restore.source.namespace" in refused.stderr
