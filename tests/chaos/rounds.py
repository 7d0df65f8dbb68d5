"""One round: an operation begins, a fault hits it, and everything has to come right by itself."""

from __future__ import annotations

import contextlib
import itertools
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.chaos import agents, faults
from tests.chaos.faults import Fault
from tests.chaos.scenes import Scene
from tests.support import nodes
from tests.support.waiting import eventually

LASTS_SECONDS = {"create": 10.0, "upgrade": 0.5, "password": 4.0, "delete": 4.0, "churn": 3.0}
"""About how long each takes; any moment of it may be hit."""

HOOKS_BEGIN_SECONDS = 1.5
"""After so long helm has marked its release as in progress, and waits for a hook's Job."""

WITHIN = 480.0
"""For each wait of a round: the operator's back-off after the fifth failure fits in."""

CLOCK = timedelta(seconds=2)


class UnprovenDeletionError(AssertionError):
    """A database went away, and what came back did not come from a backup of just then."""


class LostRowsError(AssertionError):
    """Rows that the server had acknowledged are not there."""

    def __init__(self, lost: set[int]) -> None:
        super().__init__(f"{len(lost)} acknowledged rows are lost, such as {min(lost)}")
        self.rows = len(lost)


@dataclass(frozen=True)
class Planned:
    """A fault, the operation that it hits, and how many seconds after that one began."""

    number: int
    fault: Fault
    operation: str
    after: float

    def __str__(self) -> str:
        return f"{self.number:4} {self.fault.kind}, {self.after:.1f} s into {self.operation}"


def plan(seed: int, kinds: list[Fault]) -> Iterator[Planned]:
    """What a seed stands for, without end: every hundred faults hold each kind at its share."""
    chance = random.Random(seed)  # noqa: S311
    numbers = itertools.count(1)
    while True:
        hundred = [fault for fault in kinds for _ in range(fault.in_a_hundred)]
        chance.shuffle(hundred)
        for fault in hundred:
            operation = chance.choice(list(fault.operations))
            longest = min(fault.latest, LASTS_SECONDS[operation.removeprefix("interrupted ")])
            yield Planned(next(numbers), fault, operation, chance.uniform(0, longest))


class Stage:
    """Plays rounds on one scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._edits = itertools.count(1)
        self._password = ""
        self._deleted = datetime.min.replace(tzinfo=UTC)
        self._rows_then = 0

    def play(self, planned: Planned, struck: contextlib.AbstractContextManager[object]) -> float:
        """Seconds from the hit to recovery; negative where there was nothing to hit.

        `struck` is left as soon as the fault is over.

        Raises:
            AssertionError: it did not come right; the kind of error tells what is wrong.
        """
        with struck:
            self._prepare(planned.operation)
            with planned.fault.armed(self._scene) as strike:
                self._begin(planned.operation)
                hit = strike(planned.after)
                began = time.monotonic()
        self._come_right(planned.operation)
        seconds = time.monotonic() - began
        self._check()
        return seconds if hit else -1.0

    # The operations.

    def _prepare(self, operation: str) -> None:
        """All that comes before the moment that the operation is about."""
        if operation.endswith(("create", "churn")):
            self._delete()
            self._is_gone()
            self._scene.begin_life()
        if operation == "churn":
            self._scene.apply()
            secrets = ("secrets", "-l", "owner=helm,name=db")
            eventually(lambda: self._scene.team.names(*secrets), "a release begins", every=0.2)

    def _begin(self, operation: str) -> None:
        if operation.startswith("interrupted "):
            with _helm_killed(self._scene.namespace):
                self._begin(operation.removeprefix("interrupted "))
        elif operation == "delete":
            self._delete()
        elif operation == "churn":
            self._ask_for_deletion()
        elif operation == "create":
            self._scene.apply()
        elif operation == "password":
            self._password = f"of edit {next(self._edits)}"
            self._scene.apply(user_password=self._password)
        else:
            self._scene.apply(config={"max_connections": 100 + next(self._edits)})

    def _come_right(self, operation: str) -> None:
        if operation.endswith(("delete", "churn")):
            self._is_gone()
            self._scene.begin_life()
            self._scene.apply()
        self._scene.database.eventually_ready(within=WITHIN)

    def _delete(self) -> None:
        """Delete a complete database: what comes back must hold all that it holds now."""
        self._rows_then = len(self._scene.writer.acknowledged)
        self._deleted = datetime.now(UTC) - CLOCK
        self._ask_for_deletion()

    def _ask_for_deletion(self) -> None:
        self._scene.team.kubectl("delete", "ms", "db", "--wait=false", "--ignore-not-found")

    def _is_gone(self) -> None:
        """The object is gone, and nothing of it but its backups is left."""
        team = self._scene.team
        eventually(lambda: self._asked("ms", "db") is None, "the object is gone", within=WITHIN)
        eventually(lambda: team.find("pvc", "db-pvc") is None, "its data claim is gone")

    def _asked(self, kind: str, name: str) -> object:
        self._scene.team.try_kubectl("wait", "--for=delete", f"{kind}/{name}", "--timeout=20s")
        return self._scene.team.find(kind, name)

    # What has to be true after each round.

    def _check(self) -> None:
        self._is_proven()
        lost = eventually(lambda: (self._scene.writer.missing(),), "the rows are read")[0]
        if lost:
            raise LostRowsError(lost)
        eventually(self._is_deployed, "the release is deployed")
        if self._password:
            eventually(lambda: self._scene.database.lets_in("ali", self._password), "ali logs in")

    def _is_deployed(self) -> bool:
        return [release["status"] for release in self._scene.team.releases()] == ["deployed"]

    def _is_proven(self) -> None:
        """This life began with the backup of the last one's end, if there was one."""
        if not self._rows_then:
            return
        receipt = self._scene.database.status["restore"]
        taken = datetime.fromisoformat(receipt.get("backupTime") or "1970-01-01T00:00:00Z")
        is_whole = receipt["result"] == "restored" and receipt["rows"] >= self._rows_then
        if not (is_whole and taken >= self._deleted):
            raise UnprovenDeletionError(
                f"deleted at {self._deleted} with {self._rows_then} rows, then {receipt}"
            )
        if not self._scene.holds_receipt(receipt["file"]):
            raise UnprovenDeletionError(f"no receipt beside {receipt['file']}")


@contextlib.contextmanager
def _helm_killed(namespace: str) -> Iterator[None]:
    """Kill the helm command that the block begins: its release is left in progress."""
    helm = rf"^[^ ]*helm .*{namespace}"
    arguments = (agents.pod_logs(), faults.OPERATOR_PODS, helm, "KILL", "25")
    with agents.sent(agents.HUNT, *arguments) as agent:
        yield
        agent.tell(HOOKS_BEGIN_SECONDS)
        agent.hear("hit", within=30)


def stray_helms() -> int:
    """How many helm processes the node holds."""
    return int(nodes.sh("grep -alE '(^|/)[h]elm' /proc/[0-9]*/cmdline 2>/dev/null | wc -l"))
