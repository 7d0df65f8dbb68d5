"""The only place where a test waits: for a condition, with a deadline, never for a time."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

GRACE_SECONDS = 30
"""What Kubernetes gives to a pod that is told to end."""

WITHIN = 300.0
EVERY = 1.0
"""Each look starts a kubectl, which costs a tenth of a second of a processor."""


def eventually(
    condition: Callable[[], Value], what: str = "", *, within: float = WITHIN, every: float = EVERY
) -> Value:
    """The first truthy value of the condition. A failing assertion in it counts as "not yet".

    Raises:
        AssertionError: it did not come true; the message says what was seen last.
    """
    deadline = time.monotonic() + within
    while True:
        last: object
        try:
            value = condition()
            if value:
                return value
            last = value
        except (AssertionError, subprocess.TimeoutExpired) as not_yet:
            last = not_yet
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {within:.0f} s: {what or condition}\nlast: {last}")
        time.sleep(every)
