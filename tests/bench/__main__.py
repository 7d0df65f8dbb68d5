"""Measure and print: floor, births and deaths, rest."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from dataclasses import fields
from typing import Any

from tests.bench import floor, lives, resting
from tests.bench.printing import head, row, say
from tests.bench.watching import Watch
from tests.support import installing
from tests.support.teams import Team

SAYS = {
    "operator_before": "operator, until helm is started",
    "helm_before": "helm, until the Deployment is there",
    "kubernetes": "Kubernetes: volume, pods, and its rounds of a second",
    "mysql": "MySQL: initialize, start, restore",
    "operator_tells": "operator, until the object is Ready",
    "helm_after": "helm, until it has noticed (nobody waits for it)",
    "helm_and_backup": "helm, with the backup Job",
    "operator_after": "operator, after helm has ended",
}
LIMITS = {"operator_before": 0.5, "operator_tells": 0.5, "operator_after": 0.5}


def main() -> int:
    """Run all of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="births and deaths (5)")
    parser.add_argument("--objects", type=int, default=10, help="databases at rest (10)")
    options = parser.parse_args()
    version = installing.require_cluster()
    installing.install(installing.image())
    team = Team.founded("bench")
    try:
        _measure(team, version, options.runs, options.objects)
    finally:
        team.dissolve()
    return 0


def _measure(team: Team, version: str, runs: int, objects: int) -> None:
    say(f"Kubernetes {version}; medians of {runs} runs, in seconds")
    floors, fresh, restored, deaths = [], [], [], []
    with Watch(team.namespace) as watch:
        for run in range(runs):
            # Each time anew: a machine that others use is not always as fast.
            floors.append(floor.measured(team))
            for births in (fresh, restored):
                # Kubelet and scheduler go round once a second: begin at all points of that round.
                time.sleep(run / runs)
                births.append(lives.birth(team, watch, time.time()))
                time.sleep(run / runs)
                deaths.append(lives.death(team, watch, time.time()))
                # The next install would wait for this volume to be gone, and be charged for it.
                team.eventually_gone("pvc", f"{lives.NAME}-pvc")
            # In this order: a finished pod, too, keeps the claim that it names.
            team.kubectl("delete", "job", f"backup-{lives.NAME}-job")
            team.kubectl("delete", "pvc", f"backup-{lives.NAME}-pvc")
    initialize = statistics.median(one.initialize for one in floors)
    start = statistics.median(one.start for one in floors)
    head("The floor: MySQL alone, in a bare pod")
    row("mysqld --initialize", initialize)
    row("start, until it answers", start)
    _table("apply to Ready, without a backup", fresh, limit=2 * (initialize + start))
    # No limit: the floor loads nothing, and how long a backup takes depends on the backup.
    _table("apply to Ready, with a backup to load", restored)
    _table("delete to gone", deaths, limit=4.0)
    _rest(resting.measured(team, objects), objects)


def _table(what: str, measured: list[Any], *, limit: float | None = None) -> None:
    head(f"From {what}")
    for field in fields(measured[0]):
        value = statistics.median(getattr(one, field.name) for one in measured)
        row(SAYS[field.name], value, LIMITS.get(field.name))
    totals = [one.total for one in measured]
    row(
        f"the whole (least {min(totals):.2f}, most {max(totals):.2f})",
        statistics.median(totals),
        limit,
    )


def _rest(rest: resting.Rest, objects: int) -> None:
    head(f"At rest with {objects} objects, watched for {rest.seconds:.0f} s")
    row("operator, resident megabytes", rest.megabytes, 150)
    row("operator, resident megabytes at most ever", rest.peak_megabytes)
    row("requests for single objects", rest.looks, 0)
    if rest.helm_processes is None:
        say("  helm processes: cannot be seen on this cluster")
    else:
        row("helm processes", rest.helm_processes, 0)


if __name__ == "__main__":
    sys.exit(main())
