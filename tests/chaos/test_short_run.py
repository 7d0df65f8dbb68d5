"""A few faults of each family in every run of the tests; `make chaos` injects as many as wanted."""

from __future__ import annotations

import itertools
import sys

import pytest

from tests.chaos import campaigns, faults, rounds
from tests.support import nodes

SHORT = (
    ("operator SIGKILL at install", "create"),
    ("helm SIGKILL", "upgrade"),
    ("backup agent SIGKILL", "delete"),
    ("API server answers 429", "upgrade"),
    ("password agent SIGTERM", "password"),
    ("backup volume full", "delete"),
    ("API server slow", "upgrade"),
    ("restore agent SIGKILL", "create"),
    ("mysqld SIGKILL", "upgrade"),
    ("data volume full", "upgrade"),
)
"""All families but those that would disturb other tests, or take a Lease's duration."""


def test_faults_lose_no_row_and_leave_nothing_stuck(operator_alone: str) -> None:
    if not nodes.is_reachable():
        pytest.skip("faults can be injected only on the project's own cluster")
    kinds = {fault.kind: fault for fault in faults.all_of()}
    plan = (
        rounds.Planned(number, kinds[kind], operation, after=0.5)
        for number, (kind, operation) in enumerate(itertools.cycle(SHORT), start=1)
    )

    account = campaigns.Campaign(plan, faults=len(SHORT), say=_say).run(lanes=2)

    campaigns.count_stray_helms(account)
    told = "\n".join(account.lines())
    assert account.is_clean, told
    assert account.acknowledged, told
    assert account.injected == len(SHORT), told


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
