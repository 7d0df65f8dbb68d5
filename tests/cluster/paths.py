"""Where things are kept: what is built (cache) and what is running (state).

Both stand outside the checkout, so that `git clean` does not cost a quarter of an hour.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.console import ClusterError, say

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = Path(__file__).resolve().parent / "tools"
GIB = 1 << 30


def cache_home() -> Path:
    """Where finished builds are kept, per version, for every checkout of this user."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "mysql-operator"


def instance_name() -> str:
    """Several clusters can stand side by side: MYSQL_OPERATOR_CLUSTER names this one."""
    return os.environ.get("MYSQL_OPERATOR_CLUSTER") or "cluster"


def state_home() -> Path:
    """Where the running cluster of this name keeps its data, logs and kubeconfig."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "mysql-operator" / instance_name()


def holds_clusters(states: Path) -> bool:
    """Tell whether a cluster stands in this folder of states, whatever its name."""
    return any(path.is_dir() for path in states.iterdir())


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one run at a time do this; the kernel frees the lock of a run that was killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for another run of this tool ({path}) …")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def built_whole(target: Path) -> Iterator[Path]:
    """Give a temporary name to build at, and the real one only to what was completed.

    A run that is killed leaves its temporary name behind; the next one removes it first.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.partial")
    remove(temporary)
    try:
        yield temporary
        temporary.replace(target)
    finally:
        remove(temporary)


def remove(path: Path) -> None:
    """Remove a file or a folder, or nothing if there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def require_space(where: Path, needed: int, purpose: str) -> None:
    """Refuse to begin what cannot be completed: a build that fills the disk hurts others too."""
    there = next(path for path in (where, *where.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise ClusterError(
            f"{purpose} needs about {needed / GIB:.0f} GiB, and {there} has only "
            f"{free / GIB:.1f} GiB free. Free some space, or point XDG_CACHE_HOME and "
            "XDG_STATE_HOME at a larger disk, and run the same command again."
        )


def size_of(folder: Path) -> int:
    """Count the bytes of all files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
