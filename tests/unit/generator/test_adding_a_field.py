"""Adding a field to the model and generating is all that it takes."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from mysql_operator.generator import generating
from mysql_operator.generator.outputs import Outputs, outputs
from tests.unit.charts import helm
from tests.unit.generator.repositories import a_repository, sources_with_more_fields

INSTANCE = PurePosixPath("charts/mysql-instance")
OPERATOR = PurePosixPath("charts/mysql-operator")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return a_repository(tmp_path)


@pytest.fixture
def made(repository: Path) -> Outputs:
    return outputs(repository, sources_with_more_fields())


def spec_of(definition: str) -> dict[str, Any]:
    version = yaml.safe_load(definition)["spec"]["versions"][0]
    spec: dict[str, Any] = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    return spec


def test_the_definition_takes_it(made: Outputs) -> None:
    spec = spec_of(made[PurePosixPath("crd/mysqls.otus.homework.yaml")])

    assert spec["runtimeClassName"] == {"type": "string", "description": "Runtime of the pods."}
    assert spec["priority"]["minimum"] == 0
    assert spec["workingDir"]["description"].endswith("Default: /srv.")


def test_the_values_have_it_with_a_sentence_above(made: Outputs) -> None:
    values = made[INSTANCE / "values.yaml"]

    assert "# -- Runtime of the pods.\nruntimeClassName: ''\n" in values
    assert yaml.safe_load(values)["workingDir"] == "/srv"


def test_the_schema_of_the_values_takes_it(made: Outputs) -> None:
    schema = json.loads(made[INSTANCE / "values.schema.json"])

    assert schema["properties"]["priority"]["type"] == "integer"
    assert schema["properties"]["runtimeClassName"]["description"] == "Runtime of the pods."


def test_both_readmes_tell_of_it(made: Outputs) -> None:
    assert "| `runtimeClassName` |" in made[INSTANCE / "README.md"]
    assert "| `runtimeClassName` |" in made[OPERATOR / "README.md"]


def test_every_pod_gets_it(repository: Path, made: Outputs) -> None:
    generating.write(repository, made)
    values = {"runtimeClassName": "gvisor", "hooks": {"changeUserPassword": True}}

    release = helm.objects(repository / INSTANCE, values)

    runtimes = {name: pod["spec"].get("runtimeClassName") for name, pod in helm.pods(release)}
    assert len(runtimes) == 6
    assert set(runtimes.values()) == {"gvisor"}


def test_zero_is_given_and_nothing_is_not(repository: Path, made: Outputs) -> None:
    generating.write(repository, made)

    with_zero = helm.objects(repository / INSTANCE, {"priority": 0})
    without = helm.objects(repository / INSTANCE)

    assert all(pod["spec"]["priority"] == 0 for _, pod in helm.pods(with_zero))
    assert not any("priority" in pod["spec"] for _, pod in helm.pods(without))


def test_only_the_server_gets_what_is_meant_for_its_container(
    repository: Path, made: Outputs
) -> None:
    generating.write(repository, made)

    release = helm.objects(repository / INSTANCE)

    server = helm.one(release, "Deployment")["spec"]["template"]
    backup = helm.one(release, "Job", "backup-shop-job")["spec"]["template"]
    assert {one["workingDir"] for one in helm.containers(server)} == {"/srv"}
    assert "workingDir" not in helm.containers(backup)[0]
