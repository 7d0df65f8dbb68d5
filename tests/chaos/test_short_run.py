"""A few faults in every run of the tests; `make chaos` injects as many as wanted."""

from __future__ import annotations

import pytest

from tests.chaos import faults, rounds, writers
from tests.support import nodes
from tests.support.databases import Database
from tests.support.teams import Team

SEED = 7


def test_faults_lose_no_row_and_leave_nothing_stuck(team: Team, operator_alone: str) -> None:
    if not nodes.is_reachable():
        pytest.skip("faults can be injected only on the project's own cluster")
    database = Database.applied(team).eventually_ready()

    with writers.Writer(database) as writer:
        arena = rounds.Arena(team, database, writer)
        played = [arena.play(*one) for one in rounds.plan(SEED, len(faults.FAULTS))]

    assert any(played), "no fault found anything to hit"
    assert writer.acknowledged
    assert not writer.missing()
    assert faults.stray_helms() == 0
