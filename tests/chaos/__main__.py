"""Inject faults for as long as it takes, and print what they cost."""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import defaultdict

from tests.chaos import faults, rounds, writers
from tests.support import installing, nodes
from tests.support.databases import Database
from tests.support.teams import Team


def main() -> int:
    """Run all of it; the exit code tells whether everything came right."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=200, help="how many (200)")
    parser.add_argument("--seed", type=int, default=1, help="another one hits other moments (1)")
    options = parser.parse_args()
    installing.require_cluster()
    if not nodes.is_reachable():
        raise SystemExit("faults can be injected only on the project's own local cluster")
    installing.install(installing.image())
    team = Team.founded("chaos")
    try:
        _run(team, options.seed, options.faults)
    finally:
        team.dissolve()
    return 0


def _run(team: Team, seed: int, count: int) -> None:
    database = Database.applied(team).eventually_ready()
    played: list[rounds.Round] = []
    with writers.Writer(database) as writer:
        arena = rounds.Arena(team, database, writer)
        for number, (fault, operation, after) in enumerate(rounds.plan(seed, count), start=1):
            label = f"{number:4} {fault.kind} {after:.1f} s into {operation}"
            outcome = arena.play(fault, operation, after)
            _say(f"{label}: {outcome.recovery_seconds:.1f} s" if outcome else f"{label}: no hit")
            played += [outcome] if outcome else []
    _table(played)
    _say(f"rows acknowledged {len(writer.acknowledged)}, lost {len(writer.missing())}")
    _say(f"helm processes left {faults.stray_helms()}")


def _table(played: list[rounds.Round]) -> None:
    by_kind: dict[str, list[float]] = defaultdict(list)
    for one in played:
        by_kind[f"{one.fault}, {one.operation}"].append(one.recovery_seconds)
    _say(f"\n{'fault, operation':34}{'hits':>6}{'p50 s':>8}{'p95 s':>8}")
    for kind, seconds in sorted(by_kind.items()):
        p95 = statistics.quantiles([*seconds, seconds[-1]], n=20, method="inclusive")[-1]
        _say(f"{kind:34}{len(seconds):6}{statistics.median(seconds):8.1f}{p95:8.1f}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
