"""Ends writers at random moments, and looks at what that leaves in their store.

`make upload-kills KILLS=200 SEED=1`, or `python -m tests.agent.stores.kills --kills 200 --seed 1`,
does it to each store in turn and prints what it has seen.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import buckets
from tests.support.buckets import Bucket
from tests.support.commands import ROOT
from tests.support.waiting import GRACE_SECONDS

LONGEST = 1.5
"""Seconds that a writer has: one to three backups."""

SIGNALS = (signal.SIGKILL, signal.SIGTERM)


@dataclass
class Target:
    """The folder of one object in a bucket, whose writers are ended."""

    bucket: Bucket
    namespace: str
    ended_after: Counter[str] = field(default_factory=Counter)
    """Last steps of the writers that were ended."""
    unfinished: int = 0
    """Uploads that ended writers have left, before the next one began."""
    _intact: set[str] = field(default_factory=set)

    @property
    def _own(self) -> str:
        return f"{self.namespace}/shop/uid-1/"

    def names(self) -> list[str]:
        """Names of all files of the object."""
        found = self.bucket.keys()
        return sorted(key.removeprefix(self._own) for key in found if key.startswith(self._own))

    def uploads(self) -> list[str]:
        """Keys of unfinished uploads of the object."""
        below = self.bucket.below_prefix(self._own)
        return [key for key in self.bucket.uploads() if key.startswith(below)]

    def broken_pairs(self) -> list[str]:
        """Receipts whose file is not what they say, as the store itself gives both."""
        names = self.names()
        return [
            name for name in names if name.endswith(".json") and not self._is_intact(name, names)
        ]

    def _is_intact(self, name: str, names: list[str]) -> bool:
        receipt = json.loads(self.bucket.read(self._own + name))
        if receipt["file"] not in names:
            return False
        if name not in self._intact:  # of a file that nobody changes once is enough
            key = self.bucket.below_prefix(self._own + receipt["file"])
            if self.bucket.ask("sha256", key) != receipt["sha256"]:
                return False
            self._intact.add(name)
        return True

    def start(self) -> subprocess.Popen[str]:
        """Start a writer, and wait until it is about to write."""
        given = {
            "INSTANCE": "shop",
            "NAMESPACE": self.namespace,
            "OBJECT_UID": "uid-1",
            "MYSQL_DATABASE": "app",
            "MYSQL_HOST": "nowhere",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.agent.stores.writer"],
            cwd=ROOT,
            env=os.environ | given | self.bucket.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        return process

    def end_one(self, number: signal.Signals, seconds: float) -> None:
        """Start a writer, see that it has cleaned up, and end it after a while.

        Raises:
            AssertionError: something incomplete counts as a backup, or is left.
        """
        process = self.start()
        leftovers = self.leftovers()
        timer = threading.Timer(seconds, process.send_signal, [number])
        timer.start()
        steps, _ = process.communicate("begin\n", timeout=seconds + GRACE_SECONDS)
        timer.join()
        assert leftovers == [], leftovers
        self.ended_after[steps.split("\n")[-2] if steps else "begun"] += 1
        self.unfinished += len(self.uploads())
        assert self.broken_pairs() == []

    def leftovers(self) -> list[str]:
        """What a writer that has just begun should have removed."""
        parts = [name.partition(".") for name in self.names()]
        receipts = {stem for stem, _, end in parts if end == "json"}
        files = {stem for stem, _, end in parts if end != "json"}
        return sorted(receipts ^ files) + self.uploads()

    def finish(self) -> int:
        """Let one more writer clean up; returns the number of backups that are there.

        Raises:
            AssertionError: something is left.
        """
        process = self.start()
        leftovers = self.leftovers()
        process.kill()
        process.communicate()
        assert leftovers == [], leftovers
        return len(self.names()) // 2


def main(arguments: list[str]) -> int:
    """End writers by store in turn, and print what was seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.agent.stores.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    chance = random.Random(options.seed)  # noqa: S311
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        targets = [
            Target(stack.enter_context(buckets.served(server, home / server)), "team")
            for server in buckets.SERVERS
        ]
        for number in range(options.kills):
            target = targets[number % len(targets)]
            target.end_one(chance.choice(SIGNALS), chance.uniform(0, LONGEST))
            if (number + 1) % 20 == 0:
                print(f"{number + 1} of {options.kills} writers ended", file=sys.stderr, flush=True)
        for target in targets:
            there = target.finish()
            ended = ", ".join(f"{step} {count}" for step, count in target.ended_after.most_common())
            name, number = target.bucket.server, target.ended_after.total()
            print(f"{name}: {number} ended, after: {ended}.")
            print(f"  {target.unfinished} uploads left, and aborted. {there} backups, all intact.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
