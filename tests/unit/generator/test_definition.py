"""The CustomResourceDefinition holds all that the API server can know by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from mysql_operator.generator import crd, definitions
from mysql_operator.model.spec import MySQLSpec
from mysql_operator.model.status import MySQLStatus
from tests.unit.charts import helm
from tests.unit.generator.repositories import ROOT

Schema = dict[str, Any]


@pytest.fixture(scope="module")
def version() -> dict[str, Any]:
    made: dict[str, Any] = crd.document(definitions.mysql(MySQLSpec, MySQLStatus))["spec"][
        "versions"
    ][0]
    return made


@pytest.fixture(scope="module")
def root(version: dict[str, Any]) -> Schema:
    schema: Schema = version["schema"]["openAPIV3Schema"]
    return schema


@pytest.fixture(scope="module")
def spec(root: Schema) -> Schema:
    schema: Schema = root["properties"]["spec"]
    return schema


def parts(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every schema inside a schema, by its path."""
    yield path, schema
    for name, part in schema.get("properties", {}).items():
        yield from parts(part, f"{path}.{name}")
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield from parts(schema[keyword], f"{path}[]")


def test_it_is_structural(root: Schema) -> None:
    refused = {"$ref", "$defs", "title", "default", "propertyNames", "const"}

    for path, part in parts(root):
        assert not refused & set(part) - ({"default"} if path == ".status" else set()), path
        assert "type" in part or part.get("x-kubernetes-int-or-string"), path


def test_every_field_is_described(spec: Schema, root: Schema) -> None:
    for schema in (spec, root["properties"]["status"]):
        for path, part in parts(schema):
            assert part.get("description") or path.endswith("[]"), path


def test_what_may_be_a_number_or_a_text_is_said_so(spec: Schema) -> None:
    setting = spec["properties"]["config"]["additionalProperties"]

    assert setting["x-kubernetes-int-or-string"] is True
    assert setting["anyOf"] == [{"type": "integer"}, {"type": "string"}]
    assert setting["maxLength"] == 1024


def test_an_object_without_a_spec_is_refused(root: Schema, spec: Schema) -> None:
    assert root["required"] == ["spec"]
    assert spec["required"] == ["image", "database", "storage_size"]


def test_descriptions_tell_the_defaults_of_the_chart(spec: Schema) -> None:
    fields = spec["properties"]

    assert fields["imagePullPolicy"]["description"].endswith("Default: IfNotPresent.")
    assert fields["deletionPolicy"]["description"].endswith("Default: Backup.")
    assert fields["restore"]["properties"]["from"]["description"].endswith("Default: latest.")
    assert fields["backup"]["properties"]["keep"]["description"].endswith("Default: 10.")
    assert "Default" not in fields["image"]["description"]
    assert "Default" not in fields["restore"]["description"]


def test_every_rule_names_the_field_that_it_is_about(root: Schema) -> None:
    for path, part in parts(root):
        for rule in part.get("x-kubernetes-validations", []):
            assert "spec." in rule["message"] or "metadata.name" in rule["message"], path


def test_kstatus_takes_an_object_that_nobody_has_looked_at_for_one_in_progress(
    root: Schema,
) -> None:
    assert root["properties"]["status"]["default"] == {"observedGeneration": -1}


def test_people_see_the_columns_that_they_know(version: dict[str, Any]) -> None:
    columns = [column for column in version["additionalPrinterColumns"] if "priority" not in column]

    assert [column["name"] for column in columns] == [
        "Phase",
        "Ready",
        "Reason",
        "Version",
        "Release",
        "Last backup",
        "Age",
    ]
    assert {
        "name": "Last backup",
        "type": "date",
        "jsonPath": ".status.lastBackup.time",
    }.items() <= (columns[5].items())


def test_conditions_are_kept_apart_by_their_type(root: Schema) -> None:
    conditions = root["properties"]["status"]["properties"]["conditions"]

    assert conditions["x-kubernetes-list-type"] == "map"
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]
    assert "type" in conditions["items"]["required"]


def test_the_operators_chart_installs_the_very_same_definitions() -> None:
    alone = [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "crd").glob("*.yaml"))]
    rendered = helm.objects(helm.OPERATOR)

    installed = [it for it in rendered if it["kind"] == "CustomResourceDefinition"]

    assert sorted(installed, key=lambda made: str(made["metadata"]["name"])) == alone
    for definition in installed:
        assert definition["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
