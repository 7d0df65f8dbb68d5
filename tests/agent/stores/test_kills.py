"""Whoever ends a writer, and whenever: complete pairs or nothing, and no unfinished upload."""

from __future__ import annotations

import random
import signal

import pytest

from tests.agent.stores.conftest import ENCRYPTED, EVERY_BUCKET
from tests.agent.stores.kills import LONGEST, Target
from tests.support.buckets import AZURITE, Bucket

pytestmark = pytest.mark.parametrize("bucket", [*EVERY_BUCKET, ENCRYPTED], indirect=True)

ROUNDS = 2
"""Of each signal; `make upload-kills` has many."""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda it: it.name)
def test_a_writer_that_is_ended_at_any_moment_leaves_pairs_or_nothing(
    bucket: Bucket, namespace: str, number: signal.Signals
) -> None:
    target, chance = Target(bucket, namespace), random.Random(number)  # noqa: S311

    for _ in range(ROUNDS):
        target.end_one(number, chance.uniform(0, LONGEST))

    if number is signal.SIGTERM and bucket.server != AZURITE:
        # A block that is on its way comes to Azure after the agent has dropped the others.
        assert target.unfinished == 0
    target.finish()
