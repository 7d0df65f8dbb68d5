"""Fake databases beside the real ones: `make bench-scale` in small, for what has to come out."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.bench.scale import counting, crowds, scenes
from tests.bench.scale.counting import Counter
from tests.bench.scale.crowds import Crowd
from tests.bench.scale.scenes import Scene
from tests.support.teams import Team
from tests.support.waiting import eventually

EIGHT = [f"db-{number}" for number in range(8)]
QUIET_SECONDS = 20.0
MOST_REQUESTS_AT_REST = 2
"""For all eight together: one of them may have its turn of the slow resync."""


@pytest.fixture
def scene(team: Team) -> Iterator[Scene]:
    with scenes.ready_for([team], len(EIGHT)) as scene:
        yield scene


@pytest.fixture
def counter(team: Team) -> Iterator[Counter]:
    with counting.requests(team.namespace, team.namespace) as counter:
        yield counter


class Quiet:
    """Whether next to nothing was asked for of late. Helm sends many requests whenever it runs."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._since, self._asked = time.monotonic(), counter.total()

    def __call__(self) -> bool:
        asked = self._counter.total()
        if asked - self._asked > MOST_REQUESTS_AT_REST:
            self._since, self._asked = time.monotonic(), asked
        return time.monotonic() - self._since >= QUIET_SECONDS


def revisions(team: Team) -> dict[str, tuple[str, str]]:
    return {one["name"]: (one["status"], one["revision"]) for one in team.releases()}


def test_eight_databases_come_rest_change_and_go(scene: Scene, counter: Counter) -> None:
    (team,) = scene.teams
    with Crowd(scene.mark) as crowd:
        scene.apply(EIGHT)
        crowd.when_all(EIGHT, crowds.is_settled, within=300)
        assert revisions(team) == dict.fromkeys(EIGHT, ("deployed", "1"))

        assert counter.total() > len(EIGHT), "the requests are not counted"
        eventually(Quiet(counter), "nothing is asked for at rest", every=3)
        assert revisions(team) == dict.fromkeys(EIGHT, ("deployed", "1"))

        scene.apply(EIGHT, config={"max_connections": 150})
        crowd.when_all(EIGHT, crowds.is_settled, within=300)
        assert revisions(team) == dict.fromkeys(EIGHT, ("deployed", "2"))

        scene.delete(EIGHT)
        crowd.when_gone(EIGHT, within=300)

    assert team.releases() == []
    backups = [f"backup-{name}-pvc" for name in EIGHT]
    eventually(lambda: team.names("pvc") == backups, "only the backups are left")
