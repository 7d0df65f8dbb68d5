"""How a value is told in a sentence or in a cell of a table."""

from __future__ import annotations

import json
from typing import Any


def is_worth_telling(default: Any) -> bool:
    """Whether a default says more than `nothing`."""
    return _without_nothing(default) not in (None, "", [], {})


def shown(value: Any) -> str:
    """Write a value on one line, as one would type it into YAML."""
    if isinstance(value, str):
        return value
    return json.dumps(_without_nothing(value), ensure_ascii=False)


def _without_nothing(value: Any) -> Any:
    """Leave out what nobody would type."""
    if not isinstance(value, dict):
        return value
    return {name: part for name, part in value.items() if part is not None}
