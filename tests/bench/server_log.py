"""How long MySQL itself was at work, from the times in its own log and in that of the restore."""

from __future__ import annotations

import re
from datetime import datetime

from tests.support.teams import Team

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")
MICROSECONDS = len("2026-01-02T03:04:05.678901")
READY = "ready for connections"


def seconds_at_work(team: Team, name: str) -> float:
    """Seconds of `mysqld --initialize`, of the start and of the restore after it, together."""
    initialized = _times(team.kubectl("logs", f"deploy/{name}", "-c", "initialize"))
    log = team.kubectl("logs", f"deploy/{name}")
    started, serves = _times(log)[0], _times(log.partition(READY)[0])[-1]
    restored = _times(team.kubectl("logs", f"job/restore-{name}-job", "--timestamps"))[-1]
    return (initialized[-1] - initialized[0]) + (serves - started) + (restored - serves)


def _times(text: str) -> list[float]:
    found = (it[:MICROSECONDS] + "+00:00" for it in TIME.findall(text))
    return [datetime.fromisoformat(it).timestamp() for it in found]
