"""Events: what the operator reports once, or counts where it happens again."""

from __future__ import annotations

from typing import NamedTuple


class Event(NamedTuple):
    """One line under `kubectl describe`."""

    type: str
    reason: str
    message: str
    fact: str = ""
    """What tells it from others of its reason; empty where all of that reason are one.

    Not the message, which may hold a port, a time or the name of a pod.
    """
