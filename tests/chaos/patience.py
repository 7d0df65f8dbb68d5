"""What a person does while the API server is away: asks again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from tests.support.teams import Team

Value = TypeVar("Value")

WITHIN = 240.0


def patiently(ask: Callable[[], Value]) -> Value:
    """The first answer; what cannot be had in minutes is told as the error that it is."""
    deadline = time.monotonic() + WITHIN
    while True:
        try:
            return ask()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        time.sleep(1)


class PatientTeam(Team):
    """A team whose commands are all fit to be run again."""

    def kubectl(self, *words: str, stdin: str = "") -> str:
        return patiently(lambda: super(PatientTeam, self).kubectl(*words, stdin=stdin))

    def helm(self, *words: str) -> str:
        return patiently(lambda: super(PatientTeam, self).helm(*words))
