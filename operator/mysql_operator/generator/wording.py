"""How a value is told in a sentence or in a cell of a table."""

from __future__ import annotations

import json
from typing import Any


def is_worth_telling(default: Any) -> bool:
    """Whether a default says more than `nothing`."""
    return default is not None and default not in ("", [], {})


def shown(value: Any) -> str:
    """Write a value on one line, as one would type it into YAML."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
