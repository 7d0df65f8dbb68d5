"""The databases of tests/scripts, and pods of the agent beside them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.scripts import pods
from tests.scripts.conftest import (
    initialized,
    make_instance,
    network,
    root_file_system,
    shop,
    shop_of_module,
)
from tests.scripts.pods import Pod
from tests.scripts.sandbox import MYSQL_UID, Instance, Outcome
from tests.support.waiting import eventually

__all__ = [
    "initialized",
    "make_instance",
    "network",
    "root_file_system",
    "shop",
    "shop_of_module",
]

FAULTY = "tests.agent.faulty"


STILL_CLOSED = "SELECT ((SELECT CONCAT(fence.holder"
"""How the last question before a final backup gets its name begins."""


@dataclass
class HeldUp:
    """Pods whose agents stand still before they send some statement."""

    folder: Path
    started: list[Pod] = field(default_factory=list)

    def start(
        self, shop: Instance, job: str, *, before: str, scratch: str = "scratch", **env: str
    ) -> Pod:
        """Start a Job, and wait until it stands still."""
        given = {"HELD_BEFORE": before, "HELD_UP": str(self.folder)} | env
        pod = pods.start(shop, job, program=FAULTY, scratch=scratch, **given)
        self.started.append(pod)
        eventually(lambda: self._is_held_up(pod), every=0.02)
        return pod

    def _is_held_up(self, pod: Pod) -> bool:
        assert pod.agent.poll() is None, pod.output.read_text()
        return (self.folder / "held-up").exists()

    def let_go(self) -> None:
        """Let it go on."""
        (self.folder / "go").touch()


@pytest.fixture
def held_up(tmp_path: Path) -> Iterator[HeldUp]:
    """Starts Jobs that stand still; none is left behind."""
    folder = tmp_path / "signs"
    folder.mkdir(mode=0o777)
    shutil.chown(folder, MYSQL_UID)
    held = HeldUp(folder)
    yield held
    held.let_go()
    for pod in held.started:
        pod.agent.kill()
        pod.wait()


@pytest.fixture
def run_faulty(shop: Instance) -> Callable[..., Outcome]:
    """Runs a Job with one of the faults of tests/agent/faulty.py."""

    def run(job: str, **fault: str) -> Outcome:
        return pods.run(shop, job, program=FAULTY, **fault)

    return run
