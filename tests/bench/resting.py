"""What the operator costs while nothing happens to ten databases."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tests.support import installing, nodes
from tests.support.commands import must
from tests.support.databases import Database
from tests.support.teams import Team

REST_SECONDS = 75.0
LEAN = {"performance_schema": "OFF", "innodb_buffer_pool_size": "16M"}
MEMORY = "import re,glob\nfor f in glob.glob('/proc/[0-9]*/status'): print(open(f).read())"
HELM_RUNS = "grep -alE '(^|/)[h]elm' /proc/[0-9]*/cmdline 2>/dev/null"


@dataclass(frozen=True)
class Rest:
    """What was seen at rest."""

    megabytes: float
    peak_megabytes: float
    seconds: float
    looks: int
    helm_processes: int | None


def measured(team: Team, objects: int) -> Rest:
    """Make so many databases, let them be, and watch what the operator does."""
    databases = [Database.applied(team, f"rest-{n}", config=LEAN) for n in range(objects)]
    for database in databases:
        database.eventually_ready(within=600)
    before = _looks()
    helm: int | None = None
    if nodes.is_reachable():
        with nodes.watching(HELM_RUNS) as seen:
            time.sleep(REST_SECONDS)
        helm = len(set(seen))
    else:
        time.sleep(REST_SECONDS)
    resident, peak = _memory()
    return Rest(resident, peak, REST_SECONDS, _looks() - before, helm)


def _memory() -> tuple[float, float]:
    """Resident megabytes of all the operator's processes now, and at most ever."""
    said = installing.kubectl("exec", installing.DEPLOYMENT, "--", "python3", "-c", MEMORY)
    own = said.split("Name:\t")[1:]
    of_operator = [
        text for text in own if text.startswith("mysql-operator") or "\nPid:\t1\n" in text
    ]
    return (
        sum(_kilobytes(text, "VmRSS") for text in of_operator) / 1024,
        sum(_kilobytes(text, "VmHWM") for text in of_operator) / 1024,
    )


def _kilobytes(status: str, field: str) -> int:
    lines = [line for line in status.splitlines() if line.startswith(f"{field}:")]
    return int(lines[0].split()[1]) if lines else 0


def _looks() -> int:
    lines = must("kubectl", "get", "--raw", "/metrics").splitlines()
    asked = [line for line in lines if line.startswith("apiserver_request_total{")]
    of_objects = [line for line in asked if 'resource="mysqls"' in line and 'verb="GET"' in line]
    return sum(int(float(line.split()[-1])) for line in of_objects)
