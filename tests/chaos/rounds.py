"""One round: an operation begins, a fault hits it, and everything has to come right by itself."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.chaos.faults import FAULTS, Fault
from tests.chaos.writers import Writer
from tests.support import installing
from tests.support.databases import Database
from tests.support.teams import Team
from tests.support.waiting import eventually

LASTS_SECONDS = {"create": 6.0, "upgrade": 0.2, "delete": 3.0}
"""About how long helm is at work on each; any moment of it may be hit."""

LATEST_HIT_SECONDS = 8.0
"""A process that has not come by then does not come any more."""


@dataclass(frozen=True)
class Round:
    """What happened in it."""

    fault: str
    operation: str
    recovery_seconds: float
    """From the fault until the object was as its spec wants it; after a deletion, born again."""


def plan(seed: int, faults: int) -> list[tuple[Fault, str, float]]:
    """The rounds that a seed stands for: fault, operation, and seconds from one to the other."""
    chance = random.Random(seed)  # noqa: S311
    kinds = [FAULTS[number % len(FAULTS)] for number in range(faults)]
    chance.shuffle(kinds)
    operations = [_operation(kind, chance) for kind in kinds]
    moments = [chance.uniform(0, LASTS_SECONDS[operation]) for operation in operations]
    return list(zip(kinds, operations, moments, strict=True))


def _operation(fault: Fault, chance: random.Random) -> str:
    """What the fault can hit: a hook's pod runs only while an object is made or deleted."""
    only = {"backup": "delete", "restore": "create"}
    return only.get(fault.component) or chance.choice(["upgrade", "delete", "create"])


class Arena:
    """The database that all of it happens to."""

    def __init__(self, team: Team, database: Database, writer: Writer) -> None:
        self._team = team
        self._database = database
        self._writer = writer
        self._edits = 0

    def play(self, fault: Fault, operation: str, after: float) -> Round | None:
        """One round; None if the fault found nothing to hit while the operation ran.

        Raises:
            AssertionError: it did not come right, or an acknowledged row is lost.
        """
        begin: dict[str, Callable[[], None]] = {
            "upgrade": self._upgrade,
            "delete": self._delete,
            "create": self._create,
        }
        begin[operation]()
        time.sleep(after)  # which moment is hit is what the seed decides
        hit = self._inject(fault)
        began = time.monotonic()
        if operation == "delete":
            self._team.eventually_gone("ms", "db", within=600)
            assert self._is_going("db-pvc"), "the object is gone and its data claim stays"
            self._apply()
        self._database.eventually_ready(within=600)
        seconds = time.monotonic() - began
        self._check()
        if hit and not fault.component:
            installing.replace()  # kubelet waits longer after each end of the same container
        return Round(fault.kind, operation, seconds) if hit else None

    def _inject(self, fault: Fault) -> bool:
        deadline = time.monotonic() + LATEST_HIT_SECONDS
        while not fault.inject(self._team.namespace):
            if time.monotonic() > deadline:
                return False
        return True

    def _apply(self) -> None:
        Database.applied(self._team, config={"max_connections": 100 + self._edits % 2})

    def _upgrade(self) -> None:
        self._edits += 1
        self._apply()

    def _delete(self) -> None:
        self._team.kubectl("delete", "ms", "db", "--wait=false")

    def _create(self) -> None:
        self._delete()
        self._team.eventually_gone("ms", "db", within=600)
        self._apply()

    def _is_going(self, claim: str) -> bool:
        found = self._team.find("pvc", claim)
        return found is None or "deletionTimestamp" in found["metadata"]

    def _check(self) -> None:
        lost = self._writer.missing()
        assert not lost, f"{len(lost)} acknowledged rows are lost, such as {min(lost)}"
        eventually(
            lambda: [release["status"] for release in self._team.releases()] == ["deployed"],
            "the release is deployed",
        )
