"""The life of many databases in phases: births, rest, edit, restart, neighbours, deaths."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

from tests.bench.scale import crowds, meters
from tests.bench.scale.counting import Counter
from tests.bench.scale.crowds import Crowd
from tests.bench.scale.meters import Cost, Look
from tests.bench.scale.scenes import Scene
from tests.support import installing
from tests.support.commands import must
from tests.support.waiting import eventually

REST_SECONDS = 60.0
CALM_SECONDS = 10.0
"""Between the last birth and the rest: helm's last seconds, and what the operator writes then."""

STUCK = 50
NEIGHBOURS = 3
"""Births beside objects that never start, and as many before: one alone is chance."""

SPARE = STUCK + 2 * NEIGHBOURS
"""Objects of which a scene needs volumes, beside the crowd itself."""

NOWHERE = {"nodeSelector": {"no-node": "has-this-label"}}


@dataclass(frozen=True)
class Figures:
    """All that one run has measured."""

    births: Cost
    rest: Cost
    edit: Cost
    restart: Cost
    deaths: Cost
    half_gone: float
    """Seconds until half of the deleted objects were gone: do they go one after the other?"""

    alone: float
    beside: float
    before_restart: Look
    at_end: Look


@dataclass(frozen=True)
class Play:
    """One scene with its crowd, and what counts."""

    scene: Scene
    counter: Counter
    names: list[str]

    def run(self) -> Figures:
        """Play all phases in turn."""
        births = self._cost_of_applying()
        meters.resting(CALM_SECONDS)
        rest = meters.cost_of(self.counter, lambda: meters.resting(REST_SECONDS))
        edit = self._cost_of_applying(config={"max_connections": 150})
        before_restart = Look.now()
        restart = meters.cost_of(self.counter, self._restart, is_restart=True)
        alone, beside = self._live_beside_others()
        gone: list[float] = []
        deaths = meters.cost_of(self.counter, lambda: self._die(gone))
        return Figures(
            births=births,
            rest=rest,
            edit=edit,
            restart=restart,
            deaths=deaths,
            half_gone=statistics.median(gone),
            alone=alone,
            beside=beside,
            before_restart=before_restart,
            at_end=Look.now(),
        )

    def _cost_of_applying(self, **spec: object) -> Cost:
        """Apply the crowd; counted until the last release is deployed and the last one Ready."""

        def applied() -> float:
            with Crowd(self.scene.mark) as crowd:
                began = time.time()
                self.scene.apply(self.names, **spec)
                return crowd.when_all(self.names, crowds.is_settled) - began

        return meters.cost_of(self.counter, applied)

    def _restart(self) -> float:
        """Replace the operator's pod; counted until its successor has looked at every object."""
        began = time.time()
        installing.replace()
        eventually(lambda: meters.passes_so_far() >= len(self.names), "all are looked at")
        return time.time() - began

    def _live_beside_others(self) -> tuple[float, float]:
        """Seconds from apply to Ready, alone and beside objects whose pods never start."""
        stuck = [f"stuck-{number}" for number in range(STUCK)]
        alone = self._one_by_one("alone")
        self.scene.apply(stuck, **NOWHERE)
        waiting = {f"job.batch/restore-{name}-job" for name in stuck}
        restores = ("get", "jobs", "-A", "-l", "app.kubernetes.io/component=restore", "-o", "name")
        eventually(lambda: waiting <= set(must("kubectl", *restores).split()), "helm waits for all")
        beside = self._one_by_one("beside")
        with Crowd(self.scene.mark) as crowd:
            passing = [*stuck, *_neighbours("alone"), *_neighbours("beside")]
            self.scene.delete(passing)
            crowd.when_gone(passing)
        return alone, beside

    def _one_by_one(self, kind: str) -> float:
        """Median of a few births, one after the other."""
        seconds = []
        with Crowd(self.scene.mark) as crowd:
            for name in _neighbours(kind):
                began = time.time()
                self.scene.apply([name])
                seconds.append(crowd.when_all([name], crowds.is_ready) - began)
        return statistics.median(seconds)

    def _die(self, gone: list[float]) -> float:
        """Delete the crowd; the seconds after which each object was gone go into the list."""
        with Crowd(self.scene.mark) as crowd:
            began = time.time()
            self.scene.delete(self.names)
            ended = crowd.when_gone(self.names)
            gone += [crowd.gone[name] - began for name in self.names]
        return ended - began


def _neighbours(kind: str) -> list[str]:
    return [f"{kind}-{number}" for number in range(NEIGHBOURS)]
