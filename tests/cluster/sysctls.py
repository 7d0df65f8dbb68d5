"""Settings of the whole machine that a kubelet changes; they are put back after the last one."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cluster import paths

_NAMES = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops")
_KERNEL = Path("/proc/sys")


def keep(states: Path, kernel: Path = _KERNEL) -> None:
    """Note the settings, unless another cluster beside this one already has changed them."""
    kept = _file(states)
    if not kept.exists():
        kept.write_text(json.dumps({name: (kernel / name).read_text() for name in _NAMES}))


def put_back(states: Path, kernel: Path = _KERNEL) -> None:
    """Put the settings back when the state folder of the last cluster is gone."""
    kept = _file(states)
    if kept.exists() and not paths.holds_clusters(states):
        for name, value in json.loads(kept.read_text()).items():
            (kernel / name).write_text(value)
        kept.unlink()


def _file(states: Path) -> Path:
    return states / ".sysctls.json"
