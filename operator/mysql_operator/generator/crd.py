"""Makes the CustomResourceDefinition: what the API server itself knows about a MySQL object.

Everything that can be refused here is refused here, with a message that names the field; there are
no webhooks.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from mysql_operator import names
from mysql_operator.generator import chart_fields, schemas
from mysql_operator.generator.schemas import Schema
from mysql_operator.model import owned_settings
from mysql_operator.model.annotations import Cel, cel, either, is_there


def _never_shrinks(field: str, size: str, old_size: str, live: str, note: str = "") -> Cel:
    """Refuse a smaller size than both the old one and the live claim's.

    A size that the storage class could not provide may be taken back: the claim never had it.
    """
    return Cel(
        f"!isQuantity({size}) || !isQuantity({old_size}) || "
        f"quantity({size}).compareTo(quantity({old_size})) >= 0 || "
        f"{is_there('self', live)} && quantity({size}).compareTo(quantity(self.{live})) >= 0",
        f"{field}{note} cannot shrink below what its claim has; write the old size or a larger one",
    )


def _backup_size(side: str) -> str:
    return either(f"{side}.spec", "backup.storageSize", f"{side}.spec.storage_size")


ROOT_RULES = cel(
    _never_shrinks(
        "spec.storage_size",
        "self.spec.storage_size",
        "oldSelf.spec.storage_size",
        "status.storage.data",
    ),
    _never_shrinks(
        "spec.backup.storageSize",
        _backup_size("self"),
        _backup_size("oldSelf"),
        "status.storage.backup",
        " (where not given, the size of the data volume)",
    ),
    Cel(
        f"self.metadata.name.size() <= {names.INSTANCE_NAME_LIMIT}",
        f"metadata.name must have at most {names.INSTANCE_NAME_LIMIT} characters: "
        "Jobs and claims are named after it",
    ),
    Cel(
        "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        "metadata.name must start with a letter and hold only lower-case letters, digits and -: "
        "a Service is named after it",
    ),
    *owned_settings.fixed_rules(),
)

NOT_LOOKED_AT = {"observedGeneration": -1}
"""Status of an object that no operator has looked at yet: kstatus then reads InProgress."""

COLUMNS = (
    ("Phase", "string", ".status.phase", "State of the database, in one word."),
    (
        "Ready",
        "string",
        '.status.conditions[?(@.type=="Ready")].status',
        "Whether the server accepts clients.",
    ),
    ("Reason", "string", ".status.reason", "Why it is in this phase, in one word."),
    ("Version", "string", ".status.version", "Version of the running server."),
    ("Release", "string", ".status.release.status", "State of the Helm release."),
    ("Last backup", "date", ".status.lastBackup.time", "Time of the newest backup."),
    ("Age", "date", ".metadata.creationTimestamp", "Time since the object was created."),
)
WIDE_COLUMNS = (("Message", "string", ".status.message", "Last event, in one sentence."),)


def spec_schema(spec: type[BaseModel]) -> Schema:
    """Schema of `spec`, in which each field's description tells the chart's default."""
    schema = schemas.resolved(spec)
    for python_name, field in spec.model_fields.items():
        alias = field.alias or python_name
        part = schema["properties"][alias]
        mark = chart_fields.in_chart(field)
        if mark is not None and alias not in schema["required"]:
            is_block = isinstance(mark.default, BaseModel)
            part["default"] = None if is_block else mark.default
    return schemas.structural(schema)


def document(spec: type[BaseModel], status: type[BaseModel]) -> dict[str, Any]:
    """Make the whole definition."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": names.CRD,
            # With the definition go all MySQL objects: no `helm uninstall` may do that.
            "annotations": {"helm.sh/resource-policy": "keep"},
        },
        "spec": {
            "group": names.GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": names.KIND,
                "listKind": f"{names.KIND}List",
                "plural": names.PLURAL,
                "singular": names.SINGULAR,
                "shortNames": [names.SHORT_NAME],
            },
            "versions": [_version(spec, status)],
        },
    }


def _version(spec: type[BaseModel], status: type[BaseModel]) -> dict[str, Any]:
    return {
        "name": names.VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [
            *(_column(*column) for column in COLUMNS),
            *({**_column(*column), "priority": 1} for column in WIDE_COLUMNS),
        ],
        "schema": {
            "openAPIV3Schema": {
                "type": "object",
                "description": "MySQL database: one server, one Helm release, and its backups.",
                "required": ["spec"],
                **ROOT_RULES,
                "properties": {
                    "apiVersion": {"type": "string"},
                    "kind": {"type": "string"},
                    "metadata": {"type": "object"},
                    "spec": spec_schema(spec),
                    "status": {
                        **schemas.structural(schemas.resolved(status)),
                        "default": NOT_LOOKED_AT,
                    },
                },
            }
        },
    }


def _column(name: str, kind: str, path: str, description: str) -> dict[str, Any]:
    return {"name": name, "type": kind, "jsonPath": path, "description": description}
