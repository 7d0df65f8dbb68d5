"""Makes values.yaml, with a sentence above every key, and values.schema.json."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from mysql_operator.generator import factories, schemas
from mysql_operator.generator.chart_fields import ChartField
from mysql_operator.generator.marks import mark

WIDTH = 100
STEP = 2
DIALECT = "http://json-schema.org/draft-07/schema#"


def values(fields: Sequence[ChartField], source: str) -> str:
    """Text of values.yaml."""
    document = _commented(fields, depth=0)
    return f"# {mark(source)}\n\n{factories.yaml_text(document)}"


def _commented(fields: Sequence[ChartField], depth: int) -> CommentedMap:
    document = CommentedMap()
    for position, field in enumerate(fields):
        inner = _commented(field.children, depth + 1) if field.children else _flow(field.default)
        document[field.name] = inner
        gap = "\n" if position and not depth else ""
        document.yaml_set_comment_before_after_key(
            field.name, before=gap + _sentence(field, depth), indent=STEP * depth
        )
    return document


def _sentence(field: ChartField, depth: int) -> str:
    lines = textwrap.wrap(field.description, WIDTH - len("# -- ") - STEP * depth)
    return "\n".join(
        f"-- {line}" if not number else f"   {line}" for number, line in enumerate(lines)
    )


def _flow(default: object) -> object:
    """Empty lists and maps are written as `[]` and `{}`."""
    if default == {}:
        made = CommentedMap()
        made.fa.set_flow_style()
        return made
    if default == []:
        items = CommentedSeq()
        items.fa.set_flow_style()
        return items
    return default


def schema(fields: Sequence[ChartField], source: str) -> str:
    """Text of values.schema.json; closed, so that a slip of the pen is refused."""
    document = {
        "$schema": DIALECT,
        "$comment": mark(source),
        "type": "object",
        "required": [field.name for field in fields if field.required],
        **schemas.closed(
            {"properties": {field.name: field.schema for field in fields}},
        ),
    }
    return factories.json_text(document)
