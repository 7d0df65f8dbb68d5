"""Which server settings the chart refuses, asked of helm itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.unit.charts import helm

AT_ONCE = 100
"""As many settings as the schema of the values takes."""

TWICE = "set twice"
"""What two of the names that are asked for together get if they are one setting."""


def refused(names: Iterable[str], value: str = "x") -> dict[str, str]:
    """Reason for each of these settings that the chart refuses; accepted ones are not in it."""
    reasons: dict[str, str] = {}
    all_names = list(names)
    for start in range(0, len(all_names), AT_ONCE):
        some = all_names[start : start + AT_ONCE]
        ended = helm.template(helm.INSTANCE, {"config": dict.fromkeys(some, value)})
        found = re.findall(r"^  - config\.(\S+): (.*)$", ended.stderr, re.MULTILINE)
        assert found or ended.returncode == 0, ended.stderr
        reasons |= {name: reason for name, reason in found if not reason.startswith(TWICE)}
    return reasons
