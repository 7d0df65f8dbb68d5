"""Turns pydantic's JSON schema into the two dialects that are needed.

`resolved` is what both start from; `structural` is what a CRD takes; `closed` is what helm checks
values with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from mysql_operator.generator import wording
from mysql_operator.model.annotations import CHART_PATTERN

Schema = dict[str, Any]

INT_OR_STRING = "x-kubernetes-int-or-string"
STRING_LIMITS = ("pattern", "minLength", "maxLength")
FIRST = ("type", "description", "required")
"""Where people look first; the rest keeps its order."""


def resolved(model: type[BaseModel]) -> Schema:
    """JSON schema of a model with `$ref`s inlined, titles dropped and `null` left out.

    `null` and absent are the same thing to Kubernetes, so an optional field is one that is not
    required.
    """
    schema = model.model_json_schema(by_alias=True)
    definitions = schema.pop("$defs", {})
    return _resolve(schema, definitions)


def _resolve(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    schema = dict(schema)
    schema.pop("title", None)
    if "$ref" in schema:
        target = definitions[schema.pop("$ref").removeprefix("#/$defs/")]
        return {**_resolve(target, definitions), **schema}
    if "anyOf" in schema:
        kinds = [_resolve(kind, definitions) for kind in schema.pop("anyOf")]
        return {**_united([kind for kind in kinds if kind.get("type") != "null"]), **schema}
    return each_part(schema, lambda part: _resolve(part, definitions))


def _united(kinds: list[Schema]) -> Schema:
    """One schema for what may be any of these."""
    if len(kinds) == 1:
        return kinds[0]
    if sorted(kind["type"] for kind in kinds) == ["integer", "string"]:
        text = next(kind for kind in kinds if kind["type"] == "string")
        limits = {limit: text[limit] for limit in STRING_LIMITS if limit in text}
        return {"anyOf": [{"type": "integer"}, {"type": "string"}], INT_OR_STRING: True, **limits}
    raise ValueError(f"a CRD cannot say this union: {kinds}")


def each_part(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """Copy of a schema with every schema directly inside it changed."""
    changed = dict(schema)
    for keyword in ("properties", "patternProperties"):
        if keyword in schema:
            changed[keyword] = {name: change(part) for name, part in schema[keyword].items()}
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            changed[keyword] = change(schema[keyword])
    return changed


def structural(schema: Schema) -> Schema:
    """Schema as a CRD takes it: no defaults (the description tells them), no closed objects.

    The API server itself refuses unknown fields of a structural schema.
    """
    made = each_part(schema, structural)
    made.pop(CHART_PATTERN, None)
    for part in made.pop("patternProperties", {}).values():
        # A CRD checks names by a rule; see MySQLSpec.config. Nullable, because the API server
        # silently drops a null that is not: this way the rule can refuse it.
        made["additionalProperties"] = part | {"nullable": True}
    if isinstance(made.get("additionalProperties"), bool):
        del made["additionalProperties"]
    default = made.pop("default", None)
    if wording.is_worth_telling(default):
        made["description"] = f"{made['description']} Default: {wording.shown(default)}."
    return {key: made[key] for key in (*(key for key in FIRST if key in made), *made)}


def closed(schema: Schema) -> Schema:
    """Schema as helm takes it: plain JSON schema in which every object is closed."""
    made = each_part(schema, closed)
    made = {name: value for name, value in made.items() if not name.startswith("x-kubernetes-")}
    if CHART_PATTERN in made:
        made["pattern"] = made.pop(CHART_PATTERN)
    if made.get("default", "") is None:
        del made["default"]
    if "properties" in made or "patternProperties" in made:
        made["additionalProperties"] = False
    return _with_empty(made) if made.get("default") == "" else made


def _with_empty(schema: Schema) -> Schema:
    """Let a string be empty, which is how values say that something is not given."""
    schema.pop("minLength", None)
    if "pattern" in schema:
        schema["pattern"] = f"^$|{schema['pattern']}"
    if "enum" in schema:
        schema["enum"] = ["", *schema["enum"]]
    return schema
