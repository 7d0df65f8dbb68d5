"""Which process the cluster is, and whether a recorded one is still that one."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.cluster.console import ClusterError

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_END_SECONDS = 30.0


@dataclass(frozen=True)
class Recorded:
    """A process as it was when it was started.

    A number alone says little, because it is given out again: the time of its start, in ticks
    since the machine's own, tells whether it is still the same process.
    """

    pid: int
    started: int
    boot: str
    port: int

    @classmethod
    def now(cls, pid: int, port: int) -> Recorded:
        """Record a running process."""
        started = start_of(pid)
        if started is None:
            raise ClusterError(f"Process {pid} ended at once; see the node's log.")
        return cls(pid, started, _BOOT_ID.read_text().strip(), port)

    @classmethod
    def read(cls, path: Path) -> Recorded | None:
        """Read a record; one that cannot be read counts as none."""
        try:
            return cls(**json.loads(path.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Keep the record, whole or not at all."""
        temporary = path.with_suffix(".partial")
        temporary.write_text(json.dumps(asdict(self)))
        temporary.replace(path)

    def is_alive(self) -> bool:
        """Tell whether this very process still runs."""
        same_boot = self.boot == _BOOT_ID.read_text().strip()
        return same_boot and start_of(self.pid) == self.started

    def child(self) -> int | None:
        """Find the first process inside: `unshare` has exactly one child, the node."""
        path = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        try:
            children = path.read_text().split()
        except OSError:
            return None
        return int(children[0]) if children else None

    def end(self) -> None:
        """End it, and with it everything in its namespaces, and wait until all of it is gone."""
        if not self.is_alive():
            return
        inside = self.child()
        watched = {pid: start_of(pid) for pid in (self.pid, inside) if pid is not None}
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        deadline = time.monotonic() + _END_SECONDS
        while any(start is not None and start_of(pid) == start for pid, start in watched.items()):
            if time.monotonic() > deadline:
                raise ClusterError(f"Process {self.pid} does not end; look at it with `ps`.")
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, os.WNOHANG)
            time.sleep(0.02)


def start_of(pid: int) -> int | None:
    """Read when a process was started; None for one that is gone or a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The program's name stands in brackets and may hold spaces and brackets itself.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])
