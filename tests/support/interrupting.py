"""SIGTERM as the agent takes it, for as long as a test needs that."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from mysql_operator.agent import interruptions


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and SIGINT are exceptions, as in a Job."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
    before = {number: signal.getsignal(number) for number in numbers}
    interruptions.raise_on_signals()
    yield
    interruptions.ignore()
    for number, handler in before.items():
        signal.signal(number, handler)
