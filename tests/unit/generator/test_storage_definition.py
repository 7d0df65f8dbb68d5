"""The API server refuses a MySQLBackupStorage that does not say where the backups go."""

from __future__ import annotations

import json
from typing import Any

import celpy
import pytest

from mysql_operator.generator import crd, definitions
from mysql_operator.model.storage_spec import StorageSpec

STORES = {
    "s3": {"bucket": "b"},
    "gcs": {"bucket": "b"},
    "azure": {"account": "account", "container": "b"},
}


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    (version,) = crd.document(definitions.mysql_backup_storage())["spec"]["versions"]
    found: dict[str, Any] = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return found


def passes(rule: dict[str, Any], value: Any) -> bool:
    environment = celpy.Environment()
    program = environment.program(environment.compile(rule["rule"]))
    return bool(program.evaluate({"self": celpy.json_to_cel(json.loads(json.dumps(value)))}))


@pytest.mark.parametrize(
    ("given", "taken"),
    [(["s3"], True), (["gcs"], True), (["azure"], True), ([], False), (["s3", "gcs"], False)],
)
def test_exactly_one_store_is_required(spec: dict[str, Any], given: list[str], taken: bool) -> None:
    (rule,) = spec["x-kubernetes-validations"]

    assert passes(rule, {name: STORES[name] for name in given}) is taken


@pytest.mark.parametrize("store", ["s3", "gcs", "azure"])
@pytest.mark.parametrize(
    ("endpoint", "taken"),
    [
        ("https://minio.storage:9000", True),
        ("http://10.0.0.1:9000", True),
        ("https://store", True),
        ("minio:9000", False),
        ("https://store/a/path", False),
        ("https://key:secret@store", False),
        ("s3://bucket", False),
    ],
)
def test_an_endpoint_is_a_scheme_and_a_host(
    spec: dict[str, Any], store: str, endpoint: str, taken: bool
) -> None:
    (rule,) = spec["properties"][store]["properties"]["endpoint"]["x-kubernetes-validations"]

    assert passes(rule, endpoint) is taken


@pytest.mark.parametrize(("store", "taken"), [("s3", False), ("gcs", False), ("azure", True)])
def test_an_account_of_azure_may_stand_in_the_path(
    spec: dict[str, Any], store: str, taken: bool
) -> None:
    (rule,) = spec["properties"][store]["properties"]["endpoint"]["x-kubernetes-validations"]

    assert passes(rule, "http://10.0.0.1:10000/account") is taken


@pytest.mark.parametrize(
    ("prefix", "taken"),
    [
        ("backups", True),
        ("a/b-1/c_d", True),
        ("/a", False),
        ("a/", False),
        ("a//b", False),
        ("a/../b", False),
    ],
)
def test_a_prefix_is_a_path(spec: dict[str, Any], prefix: str, taken: bool) -> None:
    (rule,) = spec["properties"]["s3"]["properties"]["prefix"]["x-kubernetes-validations"]

    assert passes(rule, prefix) is taken


def test_every_store_can_be_given(spec: dict[str, Any]) -> None:
    assert set(STORES) | {"serviceAccountName"} == set(spec["properties"])
    for name, place in STORES.items():
        assert set(spec["properties"][name]["required"]) == set(place)
        assert StorageSpec.model_validate({name: place}).title.endswith("b")
