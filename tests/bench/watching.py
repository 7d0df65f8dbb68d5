"""When what happened, seen from outside: every change of some kinds, with the time it was told."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Condition = Callable[["Change"], bool]


@dataclass(frozen=True)
class Change:
    """One line of a watch."""

    at: float
    type: str
    object: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.object["metadata"]["name"])

    @property
    def kind(self) -> str:
        return str(self.object["kind"])

    @property
    def status(self) -> dict[str, Any]:
        return dict(self.object.get("status") or {})


class Watch:
    """`kubectl get -w` of several kinds in one namespace, until the block ends."""

    KINDS = ("mysqls", "deployments")

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._changes: list[Change] = []
        self._processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Watch:
        for kind in self.KINDS:
            words = ("get", kind, "-w", "--output-watch-events", "-o", "json")
            process = subprocess.Popen(
                ["kubectl", "-n", self._namespace, *words], stdout=subprocess.PIPE, text=True
            )
            self._processes.append(process)
            threading.Thread(target=self._read, args=(process,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.terminate()
            process.wait()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            change = json.loads(line)
            self._changes.append(Change(time.time(), change["type"], change["object"]))

    def first(self, condition: Condition, *, since: float = 0.0, within: float = 300) -> float:
        """When a change that meets the condition was first told."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for change in list(self._changes):
                if change.at >= since and condition(change):
                    return change.at
            time.sleep(0.05)
        raise TimeoutError("what the benchmark waits for does not happen")
