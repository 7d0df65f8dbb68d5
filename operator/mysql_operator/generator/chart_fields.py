"""What the values of the instance chart are: read from the models, each with all that is known.

Values file, values schema, README table and pod templates are all made from these.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from mysql_operator.generator import schemas
from mysql_operator.generator.schemas import Schema
from mysql_operator.model.annotations import InChart, Placement
from mysql_operator.model.parts import Part

EMPTY: dict[str, Any] = {"object": {}, "array": [], "string": ""}
"""What stands for `not given` in values; null would make helm drop the key."""

ORDER = (Placement.VALUE, Placement.CONTAINER, Placement.POD)
"""Domain words first, pod plumbing last."""


class Block(Part):
    """Values that are documented one by one, also inside another block."""


@dataclass(frozen=True)
class ChartField:
    """One key of the values."""

    name: str
    description: str
    default: Any
    schema: Schema
    placement: Placement = Placement.VALUE
    required: bool = False
    children: tuple[ChartField, ...] = ()


def in_chart(field: FieldInfo) -> InChart | None:
    """Where a field of the spec goes in the chart; None where the chart never sees it."""
    for mark in field.metadata:
        if isinstance(mark, InChart) and mark.placement is not Placement.OPERATOR:
            return mark
    return None


def of_spec(spec: type[BaseModel]) -> list[ChartField]:
    """Read the values that users write in the spec, domain words first."""
    return sorted(_of_spec(spec), key=lambda field: ORDER.index(field.placement))


def _of_spec(spec: type[BaseModel]) -> Iterator[ChartField]:
    schema = schemas.resolved(spec)
    for python_name, field in spec.model_fields.items():
        mark = in_chart(field)
        if mark is not None:
            alias = field.alias or python_name
            part = _schema_in_chart(schema["properties"][alias], field, mark.default)
            part["description"] = f"{part['description']} {mark.values_note}".strip()
            yield replace(
                _field(to_camel(python_name), part, mark.default),
                placement=mark.placement,
                required=alias in schema.get("required", []),
            )


def _schema_in_chart(part: Schema, field: FieldInfo, default: Any) -> Schema:
    """Schema of a value: that of the spec, or of its default where the chart has another model."""
    if not isinstance(default, BaseModel) or type(default) in get_args(field.annotation):
        return dict(part)
    return schemas.resolved(type(default)) | {"description": part["description"]}


def of_model(model: type[BaseModel]) -> list[ChartField]:
    """Read values that are described by a model of their own."""
    schema = schemas.resolved(model)
    return [
        _field(field.alias or name, schema["properties"][field.alias or name], field.default)
        for name, field in model.model_fields.items()
    ]


def _field(name: str, part: Schema, default: Any) -> ChartField:
    """Read one value; a default that is a model makes it a block with values of its own."""
    part = {key: value for key, value in part.items() if key != "default"}
    children: tuple[ChartField, ...] = ()
    if isinstance(default, BaseModel):
        defaults = default.model_dump(mode="json", by_alias=True, exclude_none=True)
        defaults.update(_blocks(default))
        children = tuple(
            _field(key, inner, defaults.get(key)) for key, inner in part["properties"].items()
        )
        part["properties"] = {child.name: child.schema for child in children}
        default = {child.name: child.default for child in children}
    else:
        default = default.value if isinstance(default, enum.Enum) else default
        default = EMPTY.get(part.get("type", "")) if default is None else default
        part["default"] = default
    return ChartField(name, part["description"], default, part, children=children)


def _blocks(default: BaseModel) -> dict[str, Block]:
    """Find the blocks directly inside the default of another block."""
    fields = type(default).model_fields.items()
    found = ((field.alias or name, getattr(default, name)) for name, field in fields)
    return {name: value for name, value in found if isinstance(value, Block)}
