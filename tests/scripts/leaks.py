"""Watches what any process on this machine could read about any other."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType


class Watch:
    """Looks for secrets in the arguments and environment of every process, all the time."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = [secret.encode() for secret in secrets]
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.found: list[str] = []
        self.looked_at = 0

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()
        assert self.looked_at > 100

    def read(self, output: str) -> None:
        """Look at what a container has printed."""
        self._search("output", output.encode())

    def _look(self) -> None:
        while not self._done.wait(0.02):
            for process in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    with contextlib.suppress(OSError):
                        self._search(f"{process}/{name}", (process / name).read_bytes())
                        self.looked_at += 1

    def _search(self, where: str, what: bytes) -> None:
        self.found += [where for secret in self._secrets if secret in what]
