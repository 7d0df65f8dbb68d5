"""Makes the tables of the charts' READMEs, between markers in prose that people write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mysql_operator.generator.chart_fields import ChartField
from mysql_operator.generator.marks import COMMAND
from mysql_operator.generator.schemas import Schema
from mysql_operator.generator.wording import is_worth_telling, shown


class MarkerMissingError(Exception):
    """A README has no place for a table that belongs in it."""


def filled(readme: str, text: str, tables: dict[str, str]) -> str:
    """Text of a README with each table between its markers.

    Raises:
        MarkerMissingError: the README lacks the markers; the message says which.
    """
    for name, table in tables.items():
        begin = f"<!-- {name}: made by `{COMMAND}` -->"
        end = f"<!-- {name}: end -->"
        before, found_begin, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found_begin and found_end):
            raise MarkerMissingError(f"{readme} lacks the lines {begin} and {end}")
        text = f"{before}{begin}\n\n{table}\n{end}{after}"
    return text


def of_values(fields: Sequence[ChartField]) -> str:
    """Table of the values of a chart."""
    rows = [
        (f"`{path}`", _default(field), _cell(field.description)) for path, field in _leaves(fields)
    ]
    return _table(("Value", "Default", "What it does"), rows)


def _leaves(fields: Sequence[ChartField], prefix: str = "") -> Iterator[tuple[str, ChartField]]:
    for field in fields:
        path = f"{prefix}{field.name}"
        if field.children:
            yield from _leaves(field.children, f"{path}.")
        else:
            yield path, field


def _default(field: ChartField) -> str:
    return f"`{_cell(shown(field.default))}`" if is_worth_telling(field.default) else ""


def of_spec(schema: Schema) -> str:
    """Table of what users write in the spec, two levels deep, from the CRD's schema."""
    return _table(("Field", "Required", "What it does"), list(_spec_rows(schema, "")))


def _spec_rows(schema: Schema, prefix: str) -> Iterator[tuple[str, ...]]:
    for name, part in schema["properties"].items():
        required = "yes" if name in schema.get("required", []) else ""
        yield f"`{prefix}{name}`", required, _cell(part["description"])
        if "properties" in part and not prefix:
            yield from _spec_rows(part, f"{prefix}{name}.")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
