"""The same suite through signed URLs, by a Job that has no key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.stores.conftest import Kept, StartBucket, of_bucket
from tests.agent.stores.test_buckets import *  # noqa: F403
from tests.agent.stores.test_kills import *  # noqa: F403
from tests.agent.stores.test_stores import *  # noqa: F403
from tests.support import buckets, signing
from tests.support.buckets import Bucket


@pytest.fixture(params=buckets.SERVERS)
def bucket(
    request: pytest.FixtureRequest, start_bucket: StartBucket, tmp_path: Path, namespace: str
) -> Iterator[Bucket]:
    """A bucket of each store, whose keys the signing service has."""
    with signing.signed(start_bucket(request.param), tmp_path) as served:
        served.api.namespace = namespace
        yield served


@pytest.fixture
def kept(bucket: Bucket, namespace: str) -> Kept:
    """The bucket, with nothing of this test in it."""
    return of_bucket(bucket, namespace)
