"""When the operator did what, from the times in its own log."""

from __future__ import annotations

import re
from datetime import datetime

from tests.support import installing

LINE = re.compile(r"^\[(?P<time>[-0-9]+ [:0-9]+,[0-9]{3})\] .*\] (?P<text>.*)$")


def when(namespace: str, pattern: str, *, since: float) -> float:
    """Time of the first line about that namespace that has the pattern.

    Raises:
        LookupError: the operator has not logged such a line.
    """
    for line in installing.log().splitlines():
        found = LINE.match(line)
        if found is None or f"{namespace}/" not in found["text"]:
            continue
        at = datetime.strptime(found["time"] + "+0000", "%Y-%m-%d %H:%M:%S,%f%z").timestamp()
        if at >= since and re.search(pattern, found["text"]):
            return at
    raise LookupError(f"the operator's log has no line like {pattern} about {namespace}")
