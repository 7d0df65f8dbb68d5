"""values.yaml, values.schema.json and the READMEs say the same, and say it of every key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from mysql_operator.generator import operator_values
from mysql_operator.settings import Settings
from tests.unit.charts import helm

CHARTS = pytest.mark.parametrize("chart", [helm.INSTANCE, helm.OPERATOR], ids=lambda at: at.name)


def values_of(chart: Path) -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load((chart / "values.yaml").read_text())
    return values


def schema_of(chart: Path) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((chart / "values.schema.json").read_text())
    return schema


@CHARTS
def test_the_schema_takes_the_values(chart: Path) -> None:
    jsonschema.Draft7Validator(schema_of(chart)).validate(values_of(chart))


@CHARTS
def test_the_schema_takes_the_example_with_everything(chart: Path) -> None:
    jsonschema.Draft7Validator(schema_of(chart)).validate(helm.everything(chart))


@CHARTS
def test_the_example_sets_every_value(chart: Path) -> None:
    schema, example = schema_of(chart), helm.everything(chart)

    missing = [
        f"{name}.{inner}".strip(".")
        for name, part in schema["properties"].items()
        for inner in (part.get("properties") or {"": None})
        if name not in example or (inner and inner not in example[name])
    ]

    assert missing == []


@CHARTS
def test_values_and_schema_know_the_same_keys(chart: Path) -> None:
    schema, values = schema_of(chart), values_of(chart)

    assert set(values) == set(schema["properties"])
    for name, part in schema["properties"].items():
        if isinstance(values[name], dict) and "properties" in part:
            assert set(values[name]) <= set(part["properties"])


@CHARTS
def test_every_object_of_the_schema_is_closed(chart: Path) -> None:
    def objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if "properties" in schema:
            yield schema
            for part in schema["properties"].values():
                yield from objects(part)
        if isinstance(schema.get("items"), dict):
            yield from objects(schema["items"])

    assert all(one["additionalProperties"] is False for one in objects(schema_of(chart)))


@CHARTS
def test_a_sentence_stands_above_every_key(chart: Path) -> None:
    lines = (chart / "values.yaml").read_text().splitlines()
    schema = schema_of(chart)

    for name, part in schema["properties"].items():
        at = lines.index(next(line for line in lines if re.match(f"{name}:", line)))
        comment = [line for line in lines[max(at - 5, 0) : at] if line.startswith("#")]
        assert any(line.startswith("# -- ") for line in comment), name
        assert part["description"].split()[0] in " ".join(comment), name


@CHARTS
def test_the_readme_has_a_row_for_every_value(chart: Path) -> None:
    readme = (chart / "README.md").read_text()

    for name, part in schema_of(chart)["properties"].items():
        inner = part.get("properties", {})
        assert f"| `{name}` |" in readme or all(f"| `{name}.{one}" in readme for one in inner)


@CHARTS
def test_a_slip_of_the_pen_is_refused_with_the_key_that_is_wrong(chart: Path) -> None:
    refused = helm.template(chart, {"imagePulPolicy": "Always"})

    assert refused.returncode != 0
    assert "imagePulPolicy" in refused.stderr


def test_the_operators_chart_has_the_operators_own_defaults() -> None:
    values = operator_values.OperatorValues()

    for name in ("helm_slots", "helm_waiting", "resync_seconds", "shutdown_seconds", "log_level"):
        assert getattr(values, name) == Settings.model_fields[name].default, name


def test_the_operators_pod_gets_only_settings_that_it_knows() -> None:
    pod = helm.one(helm.objects(helm.OPERATOR), "Deployment")["spec"]["template"]

    given = {variable["name"] for variable in pod["spec"]["containers"][0]["env"]}

    known = {f"MYSQL_OPERATOR_{name.upper()}" for name in Settings.model_fields}
    assert given <= known
    # The image knows where it has put the chart, and the pod where it has mounted the token.
    assert known - given == {"MYSQL_OPERATOR_CHART", "MYSQL_OPERATOR_SIGNING_TOKEN_DIR"}
