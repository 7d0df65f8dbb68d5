"""How far a restore is, by what the readiness probe of the server says. Pure, and for people only.

The restore Job has no rights in the API. It writes how much it has read into the server's marker
row, the probe repeats that row (probe.sh), and kubelet reports the probe as an event
of the pod: at first every few seconds, later once in five minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from lightkube.resources.core_v1 import Event

LOADING = re.compile(r"not complete: loading (\S+) \((\d+) of (\d+) MB\)")


def of_restore(since: datetime, warnings: Iterable[Event]) -> str:
    """What is restored and how much of it, by the newest of these events; empty where none says."""
    told = [(at, event.message or "") for event in warnings if (at := event.lastTimestamp)]
    found = LOADING.search(max(told)[1]) if told and max(told)[0] >= since else None
    return f"Restoring {found[1]} ({found[2]} of {found[3]} MB)" if found else ""
