"""Measure and print what many databases cost the operator, on nodes that kwok plays."""

from __future__ import annotations

import argparse
import math
import signal
import sys

from tests.bench.printing import head, row, say
from tests.bench.scale import counting, phases, scenes
from tests.bench.scale.meters import Cost
from tests.bench.scale.phases import Figures
from tests.support import installing
from tests.support.teams import Team

HUNDRED, THOUSAND = 100, 1000
TEAM_SIZE = 10
"""Databases in a namespace. A helm that waits for a hook watches all Jobs of the namespace, so with
a hundred databases in one of them each helm costs twice as much."""


def main() -> int:
    """Run all of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    parser.add_argument("--objects", type=int, default=HUNDRED, help="databases (100)")
    objects: int = parser.parse_args().objects
    # Asked to end, it still removes its nodes and volumes, and ends kwok.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    version = installing.require_cluster()
    installing.install(installing.image())
    installing.replace()  # its peak of memory is then that of this run
    say(f"Kubernetes {version}; {objects} databases on fake nodes; times in seconds")
    teams = [Team.founded("scale") for _ in range(math.ceil(objects / TEAM_SIZE))]
    with (
        scenes.ready_for(teams, objects + phases.SPARE) as scene,
        counting.requests(scene.mark) as counter,
    ):
        names = [f"db-{number}" for number in range(objects)]
        figures = phases.Play(scene, counter, names).run()
    _print_limits(figures, objects)
    _print_costs(figures)
    return 0


def _print_limits(figures: Figures, objects: int) -> None:
    """Print the figures that have limits; those of other crowds have none."""
    hundred, thousand = objects == HUNDRED, objects == THOUSAND
    births, rest = figures.births, figures.rest
    head("What it must reach")
    row("applied, until all are deployed and Ready", births.seconds, 35 if hundred else None)
    row("  processor, helm included", births.cpu, 30 if hundred else None)
    row("  requests for each, those of helm included", births.all_requests / objects, 60)
    row("at rest for 60 s: processor", rest.cpu, 0.5 if hundred else 1.5 if thousand else None)
    row("  requests", rest.all_requests, 60 if hundred else None)
    peak = max(figures.before_restart.operator_peak, figures.at_end.operator_peak)
    row("peak memory of the operator, MiB", peak, 120 if hundred else 250 if thousand else None)
    row(
        "deleted with a backup, until all are gone", figures.deaths.seconds, 25 if hundred else None
    )
    row("  until half of them are gone", figures.half_gone)
    later = figures.beside - figures.alone
    row(f"Ready later beside {phases.STUCK} that never start, than alone", later, 2)
    row("  alone", figures.alone)
    row("restarted, until it has looked at all", figures.restart.seconds, 60)
    peak = max(figures.before_restart.container_peak, figures.at_end.container_peak)
    row("peak memory of the container with helm and caches, MiB", peak)


def _print_costs(figures: Figures) -> None:
    """Print what each phase has cost, and whom."""
    costs: dict[str, Cost] = {
        "births": figures.births,
        "rest": figures.rest,
        "edit": figures.edit,
        "restart": figures.restart,
        "deaths": figures.deaths,
    }
    head(f"{'What each phase costs':<24}" + "".join(f"{name:>10}" for name in costs))
    _line("seconds", [cost.seconds for cost in costs.values()])
    _line("processor, operator", [cost.operator_cpu for cost in costs.values()])
    _line("processor, helm", [cost.helm_cpu for cost in costs.values()])
    _line("passes", [cost.passes for cost in costs.values()])
    _line("requests", [cost.all_requests for cost in costs.values()])
    for verb in figures.births.requests:
        _line(f"  {verb}", [cost.requests[verb] for cost in costs.values()])


def _line(what: str, values: list[float] | list[int]) -> None:
    shown = (f"{it:10.2f}" if isinstance(it, float) else f"{it:10d}" for it in values)
    say(f"  {what:<22}" + "".join(shown))


if __name__ == "__main__":
    sys.exit(main())
