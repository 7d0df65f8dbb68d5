"""Many rounds on several databases side by side, and the account of all of them."""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.chaos import rounds, scenes
from tests.chaos.patience import patiently
from tests.chaos.rounds import LostRowsError, Planned, Stage, UnprovenDeletionError
from tests.chaos.scenes import Scene
from tests.support import pictures
from tests.support.waiting import eventually

LOOK_AHEAD = 12
"""How far a lane looks for a fault that it may inject while another one has everybody's."""

FAILURES = (AssertionError, subprocess.TimeoutExpired)
AROUND = "none: before the first or after the last"
"""What fails there counts as a fault without recovery, so that a run always comes to its end."""


@dataclass
class Account:
    """What happened in all lanes."""

    recoveries: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    misses: list[Planned] = field(default_factory=list)
    failures: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    acknowledged: int = 0
    lost: int = 0
    unproven: int = 0
    stuck: int = 0
    orphans: int = 0

    @property
    def injected(self) -> int:
        failed = sum(len(told) for told in self.failures.values())
        return failed + sum(len(seconds) for seconds in self.recoveries.values())

    @property
    def is_clean(self) -> bool:
        return not (self.failures or self.lost or self.unproven or self.stuck or self.orphans)

    def lines(self) -> Iterator[str]:
        """The table that people read."""
        yield f"{'fault':44}{'injected':>10}{'recovered':>10}{'p50 s':>8}{'p95 s':>8}"
        for kind in sorted({*self.recoveries, *self.failures}):
            seconds = self.recoveries.get(kind, [])
            injected = len(seconds) + len(self.failures.get(kind, []))
            yield f"{kind:44}{injected:10}{len(seconds):10}{_percentiles(seconds)}"
        every = [second for seconds in self.recoveries.values() for second in seconds]
        yield f"{'all':44}{self.injected:10}{len(every):10}{_percentiles(every)}"
        yield f"planned, but nothing was there to hit: {len(self.misses)}"
        yield f"rows acknowledged {self.acknowledged}, lost: {self.lost}"
        yield f"databases removed without a proven backup: {self.unproven}"
        yield f"helm releases left stuck: {self.stuck}"
        yield f"orphan processes and hook pods: {self.orphans}"


def _percentiles(seconds: list[float]) -> str:
    if not seconds:
        return f"{'-':>8}{'-':>8}"
    p95 = statistics.quantiles([*seconds, seconds[-1]], n=20, method="inclusive")[-1]
    return f"{statistics.median(seconds):8.1f}{p95:8.1f}"


class Campaign:
    """Plays a plan in several lanes until so many faults have hit."""

    def __init__(self, plan: Iterator[Planned], *, faults: int, say: Callable[[str], None]) -> None:
        self.account = Account()
        self._plan = plan
        self._faults = faults
        self._say = say
        self._ahead: list[Planned] = []
        self._playing = 0
        self._everybodys = False
        self._changed = threading.Condition()

    def run(self, lanes: int) -> Account:
        with ThreadPoolExecutor(max_workers=lanes) as pool:
            running = [pool.submit(self._lane, f"chaos {number}") for number in range(lanes)]
        for lane in running:
            lane.result()
        return self.account

    def _lane(self, name: str) -> None:
        """Play on one database; where that does not come right, on a fresh one."""
        while not self._is_over():
            try:
                with scenes.opened(name) as scene:
                    self._play_on(scene)
                    self._settle(scene)
            except FAILURES as failed:
                self._say(f"a database did not come or go: {failed}")
                with self._changed:
                    self.account.failures[AROUND].append(str(failed))
                    self._changed.notify_all()

    def _play_on(self, scene: Scene) -> None:
        stage = Stage(scene)
        while planned := self._take():
            try:
                seconds = stage.play(planned, self._freeing(planned))
            except FAILURES as failed:
                self._failed(planned, failed, pictures.of(scene.team))
                return
            self._ended(planned, seconds)

    # One lane after the other.

    def _take(self) -> Planned | None:
        """The next fault that may be injected now; None when there were enough."""
        with self._changed:
            while not self._is_over():
                chosen = self._choose() if self._injected_soon() < self._faults else None
                if chosen is not None:
                    self._playing += 1
                    self._everybodys |= chosen.fault.is_everybodys
                    return chosen
                self._changed.wait()
        return None

    def _choose(self) -> Planned | None:
        while len(self._ahead) < LOOK_AHEAD:
            self._ahead.append(next(self._plan))
        free = (one for one in self._ahead if not (one.fault.is_everybodys and self._everybodys))
        chosen = next(free, None)
        if chosen is not None:
            self._ahead.remove(chosen)
        return chosen

    @contextlib.contextmanager
    def _freeing(self, planned: Planned) -> Iterator[None]:
        try:
            yield
        finally:
            with self._changed:
                self._everybodys &= not planned.fault.is_everybodys
                self._changed.notify_all()

    def _injected_soon(self) -> int:
        return self.account.injected + self._playing

    def _is_over(self) -> bool:
        return self.account.injected >= self._faults

    def _ended(self, planned: Planned, seconds: float) -> None:
        with self._changed:
            self._playing -= 1
            if seconds < 0:
                self.account.misses.append(planned)
            else:
                self.account.recoveries[planned.fault.kind].append(seconds)
            self._changed.notify_all()
        self._say(f"{planned}: {f'{seconds:.1f} s' if seconds >= 0 else 'nothing to hit'}")

    def _failed(self, planned: Planned, failed: Exception, picture: str) -> None:
        with self._changed:
            self._playing -= 1
            self.account.failures[planned.fault.kind].append(str(failed))
            self.account.unproven += isinstance(failed, UnprovenDeletionError)
            self.account.lost += failed.rows if isinstance(failed, LostRowsError) else 0
            self._changed.notify_all()
        self._say(f"{planned}: NOT RECOVERED\n{failed}\n{picture}")

    # What is counted when a lane ends.

    def _settle(self, scene: Scene) -> None:
        stuck, orphans = _stuck(scene), _abandoned_hook_pods(scene)
        with self._changed:
            self.account.acknowledged += len(scene.writer.acknowledged)
            self.account.stuck += stuck
            self.account.orphans += orphans


def _stuck(scene: Scene) -> int:
    """Releases whose newest revision is neither deployed nor on its way there."""
    try:
        eventually(lambda: not _unfinished(scene), within=60)
    except AssertionError:
        return len(_unfinished(scene))
    return 0


def _unfinished(scene: Scene) -> list[str]:
    labels = [
        item["metadata"]["labels"] for item in scene.team.items("secrets", "-l", "owner=helm")
    ]
    newest = max(labels, key=lambda label: int(label["version"]), default={"status": "deployed"})
    return [] if newest["status"] == "deployed" else [newest["status"]]


def _abandoned_hook_pods(scene: Scene) -> int:
    """Pods of hooks that run on when all is done: no helm waits for them any more."""
    try:
        eventually(lambda: not _running_hook_pods(scene), within=60)
    except AssertionError:
        return len(_running_hook_pods(scene))
    return 0


def _running_hook_pods(scene: Scene) -> list[str]:
    hooks = "app.kubernetes.io/component in (backup,restore,password-change)"
    pods = scene.team.items("pods", "-l", hooks)
    running = (pod for pod in pods if pod["status"]["phase"] in ("Pending", "Running"))
    return [pod["metadata"]["name"] for pod in running]


def count_stray_helms(account: Account) -> None:
    """helm commands that run when nobody works any more."""
    try:
        eventually(lambda: rounds.stray_helms() == 0, within=60)
    except AssertionError:
        account.orphans += patiently(rounds.stray_helms)
