"""The node itself: what root sees there. Only the project's own local cluster lets the tests in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.commands import ROOT, Result, must, run

ON_THE_NODE = (sys.executable, "-m", "tests.cluster", "node", "--")


def is_reachable() -> bool:
    """Whether commands can be run on the node of this cluster."""
    return run(*ON_THE_NODE, "test", "-d", "/var/lib/kubelet").ok


def sh(script: str, *arguments: str) -> str:
    """Run a shell script on the node; it has to succeed."""
    return must(*ON_THE_NODE, "sh", "-ec", script, "sh", *arguments)


def try_sh(script: str, *arguments: str) -> Result:
    """Run a shell script on the node, however it ends."""
    return run(*ON_THE_NODE, "sh", "-ec", script, "sh", *arguments)


@contextmanager
def small_disk(path: str, megabytes: int) -> Iterator[str]:
    """A real file system on the node that is soon full."""
    sh('mkdir -p "$1" && mount -t tmpfs -o "size=$2,mode=1777" tmpfs "$1"', path, f"{megabytes}m")
    try:
        yield path
    finally:
        try_sh('umount -l "$1"; rmdir "$1"', path)


def resize(path: str, megabytes: int) -> None:
    """Give such a file system another size."""
    sh('mount -o "remount,size=$2" "$1"', path, f"{megabytes}m")


@contextmanager
def watching(script: str) -> Iterator[list[str]]:
    """Run a script on the node, over and over, while the block runs; the lines that it printed."""
    loop = f"while :; do {script}; sleep 0.05; done"
    watcher = subprocess.Popen(
        [*ON_THE_NODE, "sh", "-c", loop],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        cwd=ROOT,
        text=True,
        errors="replace",
    )
    seen: list[str] = []
    try:
        yield seen
    finally:
        assert watcher.poll() is None, "the watcher on the node ended by itself"
        os.killpg(watcher.pid, signal.SIGTERM)
        seen += watcher.communicate()[0].splitlines()
