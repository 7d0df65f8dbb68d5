"""What stories about object stores are given."""

from __future__ import annotations

import pytest

from tests.cluster.addresses import NODE_IP
from tests.support import buckets, nodes


@pytest.fixture
def address() -> str:
    """Where pods of the cluster reach a store."""
    if not nodes.is_reachable():
        pytest.skip("the store has to run where pods reach it: on the local cluster's node")
    return f"{NODE_IP}:{buckets.free_port()}"
