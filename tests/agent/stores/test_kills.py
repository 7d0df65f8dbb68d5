"""Whoever ends a writer, and whenever: complete pairs or nothing, and no unfinished upload."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading

import pytest

from tests.agent.stores.conftest import of_bucket
from tests.agent.stores.test_buckets import uploads
from tests.support import age
from tests.support.buckets import Bucket
from tests.support.commands import ROOT

ROUNDS = int(os.environ.get("KILLS", "8"))
LONGEST = 1.5
"""Seconds that a writer has: two or three backups."""

GRACE_SECONDS = 30  # what Kubernetes gives to a pod


ENCRYPTION = [None, age.pair()]


def start(bucket: Bucket, namespace: str, key: age.Pair | None) -> subprocess.Popen[str]:
    """Start a writer, which may encrypt, and wait until it is about to write."""
    store = bucket.environment()
    given = {
        "INSTANCE": "shop",
        "NAMESPACE": namespace,
        "OBJECT_UID": "uid-1",
        "MYSQL_DATABASE": "app",
        "MYSQL_HOST": "nowhere",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.agent.stores.writer"],
        cwd=ROOT,
        env=os.environ | given | (age.encrypted(store, [key]) if key is not None else store),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def kill(process: subprocess.Popen[str], number: signal.Signals, seconds: float) -> None:
    """End a writer after a while: where in its work that is, is what the test draws."""
    timer = threading.Timer(seconds, process.send_signal, [number])
    timer.start()
    process.communicate(timeout=seconds + GRACE_SECONDS)
    timer.join()


def broken_pairs(bucket: Bucket, namespace: str) -> list[str]:
    """Receipts whose file is not what they say, as the store itself gives both."""
    own = f"{namespace}/shop/uid-1/"
    found = []
    for key in bucket.keys():
        if key.startswith(own) and key.endswith(".json"):
            receipt = json.loads(bucket.read(key))
            if (
                bucket.ask("sha256", bucket.below_prefix(own + receipt["file"]))
                != receipt["sha256"]
            ):
                found.append(key)
    return found


@pytest.mark.parametrize("key", ENCRYPTION, ids=["plain", "encrypted"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda it: it.name)
def test_a_writer_that_is_ended_at_any_moment_leaves_pairs_or_nothing(
    bucket: Bucket, namespace: str, number: signal.Signals, key: age.Pair | None
) -> None:
    kept, chance = of_bucket(bucket, namespace), random.Random(number)  # noqa: S311

    for _ in range(ROUNDS):
        kill(start(bucket, namespace, key), number, chance.uniform(0, LONGEST))
        if number is signal.SIGTERM:
            assert uploads(bucket, namespace) == []
        assert broken_pairs(bucket, namespace) == []

    store = kept.open("uid-1")
    store.remove_leftovers()
    pairs = [name for file in store.backups() for name in (file.name, file.receipt)]
    assert kept.names() == sorted(pairs)
    assert uploads(bucket, namespace) == []
