"""Fields that pods have too are the API server's own: none is missing, none is made up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.commands import must
from tests.support.teams import Team

Schema = dict[str, Any]
POD_SCHEMAS = "io.k8s.api.core.v1."


@pytest.fixture(scope="module")
def of_pods(undisturbed: Team) -> dict[str, Schema]:
    """Schemas of the core API, by their names."""
    document = json.loads(must("kubectl", "get", "--raw", "/openapi/v3/api/v1"))
    schemas: dict[str, Schema] = document["components"]["schemas"]
    return schemas


@pytest.fixture(scope="module")
def ours(undisturbed: Team) -> Schema:
    """Schema of our spec."""
    crd = json.loads(must("kubectl", "get", "crd", "mysqls.otus.homework", "-o", "json"))
    schema: Schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return dict(schema["properties"]["spec"]["properties"])


def tree(schema: Schema, schemas: dict[str, Schema]) -> Any:
    """Names of all fields, level by level."""
    for reference in (*schema.get("allOf", ()), schema):
        if "$ref" in reference:
            return tree(schemas[reference["$ref"].rpartition("/")[2]], schemas)
    if "items" in schema:
        return [tree(schema["items"], schemas)]
    return {name: tree(part, schemas) for name, part in schema.get("properties", {}).items()}


def test_affinity_has_the_fields_of_pods(of_pods: dict[str, Schema], ours: Schema) -> None:
    theirs = tree(of_pods[f"{POD_SCHEMAS}Affinity"], of_pods)

    assert tree(ours["affinity"], {}) == theirs


def test_tolerations_have_the_fields_of_pods(of_pods: dict[str, Schema], ours: Schema) -> None:
    theirs = tree(of_pods[f"{POD_SCHEMAS}Toleration"], of_pods)

    assert tree(ours["tolerations"]["items"], {}) == theirs
