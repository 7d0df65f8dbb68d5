"""The MySQL objects of a scene, followed by one watch: how each is by now, and when all are so."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from tests.bench.scale import fakes

Condition = Callable[[dict[str, Any]], bool]

EVERY_SECONDS = 0.1
WITHIN_SECONDS = 3600.0


def is_deployed(whole: dict[str, Any]) -> bool:
    """Whether the object says that its release is deployed."""
    return bool((_status(whole).get("release") or {}).get("status") == "deployed")


def is_ready(whole: dict[str, Any]) -> bool:
    """Whether clients are served."""
    return bool(_status(whole).get("phase") == "Ready")


def is_settled(whole: dict[str, Any]) -> bool:
    """Whether the last spec is in force, helm has ended, and clients are served."""
    is_seen = _status(whole).get("observedGeneration") == whole["metadata"]["generation"]
    return is_seen and is_deployed(whole) and is_ready(whole)


def _status(whole: dict[str, Any]) -> dict[str, Any]:
    return whole.get("status") or {}


class Crowd:
    """`kubectl get -w` of all MySQL objects of a scene, until the block ends."""

    def __init__(self, mark: str) -> None:
        watch = ("-w", "--output-watch-events", "-o", "json")
        self._command = ("kubectl", "get", "mysqls", "-A", "-l", f"{fakes.MARK}={mark}", *watch)
        self._alive: dict[str, dict[str, Any]] = {}
        self.gone: dict[str, float] = {}
        """When each object that was deleted went, by time.time()."""

    def __enter__(self) -> Crowd:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            self._follow(lines)

    def _follow(self, lines: Iterable[str]) -> None:
        for line in lines:
            change = json.loads(line)
            name = change["object"]["metadata"]["name"]
            if change["type"] == "DELETED":
                self._alive.pop(name, None)
                self.gone[name] = time.time()
            else:
                self._alive[name] = change["object"]

    def when_all(
        self, names: Iterable[str], condition: Condition, within: float = WITHIN_SECONDS
    ) -> float:
        """Wait until all of these meet a condition; when they did, by time.time()."""

        def missing() -> list[str]:
            alive = dict(self._alive)
            return [name for name in names if name not in alive or not condition(alive[name])]

        return self._when_none(missing, within)

    def when_gone(self, names: Iterable[str], within: float = WITHIN_SECONDS) -> float:
        """Wait until all of these are gone; when they were."""
        return self._when_none(lambda: [name for name in names if name not in self.gone], within)

    def _when_none(self, missing: Callable[[], list[str]], within: float) -> float:
        deadline = time.monotonic() + within
        while waited_for := missing():
            assert self._process.poll() is None, "kubectl does not watch any more"
            if time.monotonic() > deadline:
                raise AssertionError(self._story(waited_for, within))
            time.sleep(EVERY_SECONDS)
        return time.time()

    def _story(self, names: list[str], within: float) -> str:
        first = self._alive.get(names[0], {})
        told = json.dumps(_status(first))[:2000]
        return f"not within {within:.0f} s: {len(names)} objects, of which {names[0]} says {told}"
