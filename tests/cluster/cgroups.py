"""The cgroup that all pods of a cluster are in, in every hierarchy of the machine."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from tests.cluster.console import ClusterError

_MOUNT = Path("/sys/fs/cgroup")
_REMOVE_SECONDS = 10.0


def hierarchies(mount: Path = _MOUNT) -> list[Path]:
    """List the roots: the mount itself in version 2, one folder a controller in version 1."""
    if (mount / "cgroup.controllers").exists():
        return [mount]
    return [folder for folder in sorted(mount.iterdir()) if (folder / "cgroup.procs").exists()]


def create(name: str) -> None:
    """Make the cgroup; the kubelet wants it to be there."""
    for root in hierarchies():
        folder = root / name
        folder.mkdir(exist_ok=True)
        # An empty cpuset takes no process in: it begins with what its parent has.
        for setting in ("cpuset.cpus", "cpuset.mems"):
            if root != _MOUNT and (root / setting).exists():
                (folder / setting).write_text((root / setting).read_text())
        if root == _MOUNT:
            for controller in (root / "cgroup.controllers").read_text().split():
                with contextlib.suppress(OSError):  # some cannot be handed down; pods do without
                    (root / "cgroup.subtree_control").write_text(f"+{controller}")


def remove(name: str) -> None:
    """Remove the cgroup and all below it, once the kernel has let go of the last process."""
    deadline = time.monotonic() + _REMOVE_SECONDS
    while remaining := [root / name for root in hierarchies() if not _removed(root / name)]:
        if time.monotonic() > deadline:
            raise ClusterError(f"Processes are still in {', '.join(map(str, remaining))}.")
        time.sleep(0.05)


def _removed(folder: Path) -> bool:
    if not folder.is_dir():
        return True
    below = sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True)
    try:
        for path in (*below, folder):
            path.rmdir()
    except OSError:
        return False
    return True
