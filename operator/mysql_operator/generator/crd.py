"""Makes a CustomResourceDefinition: what the API server itself knows about the objects of a kind.

Everything that can be refused here is refused here, with a message that names the field; there are
no webhooks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from mysql_operator import names
from mysql_operator.generator import chart_fields, schemas
from mysql_operator.generator.schemas import Schema


@dataclass(frozen=True)
class Column:
    """A column of `kubectl get`."""

    name: str
    type: str
    json_path: str
    description: str
    priority: int = 0
    """1 for one that only `-o wide` shows."""

    def as_document(self) -> dict[str, Any]:
        """Shape it as Kubernetes wants it."""
        priority = {"priority": self.priority} if self.priority else {}
        return {
            "name": self.name,
            "type": self.type,
            "jsonPath": self.json_path,
            "description": self.description,
            **priority,
        }


@dataclass(frozen=True)
class Definition:
    """What the definition of a kind is made from."""

    resource: names.Resource
    description: str
    spec: type[BaseModel]
    status: type[BaseModel]
    columns: Sequence[Column]
    rules: Schema = field(default_factory=dict)
    """Rules for an object as a whole."""
    scope: str = "Namespaced"
    """`Cluster` for objects that are in no namespace."""
    first_status: dict[str, Any] | None = None
    """Status of an object before anybody has written one."""


def spec_schema(spec: type[BaseModel]) -> Schema:
    """Schema of `spec`, in which each field's description tells the chart's default."""
    schema = schemas.resolved(spec)
    for python_name, declared in spec.model_fields.items():
        alias = declared.alias or python_name
        part = schema["properties"][alias]
        mark = chart_fields.in_chart(declared)
        if mark is not None and alias not in schema["required"]:
            is_block = isinstance(mark.default, BaseModel)
            part["default"] = None if is_block else mark.default
    return schemas.structural(schema)


def document(definition: Definition) -> dict[str, Any]:
    """Make the whole definition."""
    resource = definition.resource
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": resource.definition,
            # With the definition go all objects of the kind: no `helm uninstall` may do that.
            "annotations": {"helm.sh/resource-policy": "keep"},
        },
        "spec": {
            "group": names.GROUP,
            "scope": definition.scope,
            "names": {
                "kind": resource.kind,
                "listKind": f"{resource.kind}List",
                "plural": resource.plural,
                "singular": resource.singular,
                "shortNames": [resource.short_name],
            },
            "versions": [_version(definition)],
        },
    }


def _version(definition: Definition) -> dict[str, Any]:
    return {
        "name": names.VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [column.as_document() for column in definition.columns],
        "schema": {
            "openAPIV3Schema": {
                "type": "object",
                "description": definition.description,
                "required": ["spec"],
                **definition.rules,
                "properties": {
                    "apiVersion": {"type": "string"},
                    "kind": {"type": "string"},
                    "metadata": {"type": "object"},
                    "spec": spec_schema(definition.spec),
                    "status": _status_schema(definition),
                },
            }
        },
    }


def _status_schema(definition: Definition) -> Schema:
    schema = schemas.structural(schemas.resolved(definition.status))
    if definition.first_status is None:
        return schema
    return {**schema, "default": definition.first_status}
