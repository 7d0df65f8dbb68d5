"""What a phase costs: seconds, processor time of the operator and of helm, requests, memory."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.bench.scale.counting import Counter
from tests.support import installing

TICKS = os.sysconf("SC_CLK_TCK")
MEBI = 1 << 20
PASSES = "mysql_operator_pass_duration_seconds_count"
_LOOK = """
cat /proc/1/stat /proc/1/status
cat /sys/fs/cgroup/memory.peak /sys/fs/cgroup/memory/memory.max_usage_in_bytes 2>/dev/null
true
"""


@dataclass(frozen=True)
class Look:
    """What the kernel says of the operator's container; its first process is the operator."""

    operator_cpu: float
    helm_cpu: float
    """Of those children that have ended: the operator starts nothing but helm. What runs `kubectl
    exec` for this very look is no child of it, so it costs nothing here."""

    operator_peak: float
    container_peak: float

    @classmethod
    def now(cls) -> Look:
        text = installing.kubectl("exec", installing.DEPLOYMENT, "--", "sh", "-c", _LOOK)
        stat, rest = text.split("\n", 1)
        # The program's name stands in brackets and may hold spaces and brackets itself.
        fields = [int(it) for it in stat.rpartition(")")[2].split()[1:]]
        own, children = sum(fields[10:12]), sum(fields[12:14])
        (peak,) = re.findall(r"^VmHWM:\s+(\d+) kB", rest, re.M)
        of_container = re.findall(r"^\d+$", rest, re.M)
        return cls(
            operator_cpu=own / TICKS,
            helm_cpu=children / TICKS,
            operator_peak=int(peak) / 1024,
            container_peak=int(of_container[0]) / MEBI,
        )


NOTHING = Look(0.0, 0.0, 0.0, 0.0)
"""What a process begins with."""


@dataclass(frozen=True)
class Cost:
    """What a phase has cost."""

    seconds: float
    operator_cpu: float
    helm_cpu: float
    passes: int
    requests: Mapping[str, int]

    @property
    def cpu(self) -> float:
        return self.operator_cpu + self.helm_cpu

    @property
    def all_requests(self) -> int:
        return sum(self.requests.values())


def cost_of(counter: Counter, phase: Callable[[], float], *, is_restart: bool = False) -> Cost:
    """Measure a phase that returns the seconds it took. A restart begins at no processor time."""
    # Outside of what is measured: to be scraped costs the operator something.
    passes, asked, before = passes_so_far(), counter.so_far(), Look.now()
    seconds = phase()
    after, asked_by_then, passes_by_then = Look.now(), counter.so_far(), passes_so_far()
    start, passes = (NOTHING, 0) if is_restart else (before, passes)
    return Cost(
        seconds,
        operator_cpu=after.operator_cpu - start.operator_cpu,
        helm_cpu=after.helm_cpu - start.helm_cpu,
        passes=passes_by_then - passes,
        requests={verb: number - asked[verb] for verb, number in asked_by_then.items()},
    )


def passes_so_far() -> int:
    """Count the operator's looks at objects, by its own metrics."""
    return int(installing.measured(PASSES))


def resting(seconds: float) -> float:
    """Let nothing happen for so long."""
    time.sleep(seconds)
    return seconds
