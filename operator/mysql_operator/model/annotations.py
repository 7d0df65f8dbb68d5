"""What a field of the spec carries beside its type, for the generator to read.

A field's description, limits and CEL rules are pydantic's own; `InChart` says where the field goes
in the bundled chart. Adding a field to the spec with these is all that it takes to have it in the
CRD, the chart's values, its schema, its templates and both READMEs.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any


class Placement(enum.Enum):
    """Who reads a field of the spec once the operator has it."""

    OPERATOR = "operator"
    """The operator alone; the chart never sees it."""

    VALUE = "value"
    """A template of the chart names it."""

    POD = "pod"
    """Copied as it stands into the spec of every pod: the server's and the Jobs'."""

    CONTAINER = "container"
    """Copied as it stands into the server's container."""


@dataclass(frozen=True)
class InChart:
    """Where a field goes in the chart, and what the chart takes where nobody says anything."""

    placement: Placement
    default: Any = None
    values_note: str = ""


@dataclass(frozen=True)
class Cel:
    """One validation rule that the API server itself checks (Common Expression Language)."""

    rule: str
    message: str
    field_path: str = ""
    """Field below the rule's own that the refusal names."""
    message_expression: str = ""
    """Expression for a message that names what is wrong; `message` stands in where it fails."""
    pattern: str = ""
    """The same rule as a regular expression, for the schema of the chart's values."""

    def as_schema(self) -> dict[str, str]:
        """Shape it as Kubernetes wants it in `x-kubernetes-validations`."""
        made = {"rule": self.rule, "message": self.message}
        if self.field_path:
            made["fieldPath"] = self.field_path
        if self.message_expression:
            made["messageExpression"] = self.message_expression
        return made


CHART_PATTERN = "x-chart-pattern"
"""Keyword for a text's pattern, which goes into the schema of the chart's values alone."""


def cel(*rules: Cel) -> dict[str, Any]:
    """Extra JSON schema that holds the given rules."""
    made: dict[str, Any] = {"x-kubernetes-validations": [rule.as_schema() for rule in rules]}
    for rule in rules:
        if rule.pattern:
            made[CHART_PATTERN] = rule.pattern
    return made


def matches(pattern: str, message: str) -> Cel:
    """Refuse a text that does not match, in words: a `pattern` is reported as the expression."""
    return Cel(f"self.matches(r'{pattern}')", message, pattern=pattern)


def immutable(field: str, way_out: str) -> Cel:
    """Refuse every change of a field that is set."""
    return Cel("self == oldSelf", f"{field} cannot be changed; {way_out}")


def unchanged(path: str) -> str:
    """Expression for the parent of an optional field: it is neither changed, added nor removed.

    A transition rule on the field itself would not run when the field comes or goes.
    """
    return f"{either('self', path, QUOTED_NOTHING)} == {either('oldSelf', path, QUOTED_NOTHING)}"


QUOTED_NOTHING = "''"


def either(side: str, path: str, otherwise: str) -> str:
    """Expression for the field at the path where it is there, and for something else where not.

    NB: not `side.?path.orValue(…)`, which is shorter: the API server cannot see how long its value
    may be, and refuses the whole CRD because the rule might be too dear.
    """
    return f"({is_there(side, path)} ? {side}.{path} : {otherwise})"


def is_there(side: str, path: str) -> str:
    """Expression that tells whether the field at the path is given, and all above it."""
    parts = path.split(".")
    return " && ".join(f"has({side}.{'.'.join(parts[: end + 1])})" for end in range(len(parts)))
