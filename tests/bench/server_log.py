"""How long MySQL itself was at work, from the times in its own log and in that of the restore."""

from __future__ import annotations

import re
from datetime import datetime

from tests.support.teams import Team

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")


def seconds_at_work(team: Team, name: str) -> float:
    """Seconds of `mysqld --initialize`, of the start and of the restore after it, together."""
    initialized = _times(team.kubectl("logs", f"deploy/{name}", "-c", "initialize"))
    served = _times(team.kubectl("logs", f"deploy/{name}"))
    restored = _times(team.kubectl("logs", f"job/restore-{name}-job", "--timestamps"))
    return (initialized[-1] - initialized[0]) + (restored[-1] - served[0])


def _times(text: str) -> list[float]:
    return [datetime.fromisoformat(it).timestamp() for it in TIME.findall(text)]
