"""How far a restore is. Pure, and for people only.

Of a new database the readiness probe of the server says it, of a running one its MySQLRestore. The
restore Job has no rights in the API. It writes how much it has read into the server's marker
row, the probe repeats that row (probe.sh), and kubelet reports the probe as an event
of the pod: at first every few seconds, later once in five minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from lightkube.generic_resource import GenericNamespacedResource
from lightkube.resources.core_v1 import Event

from mysql_operator.model.run_phases import RunPhase
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.facts.observations import InPlace

LOADING = re.compile(r"not complete: loading (\S+) \((\d+) of (\d+) MB\)")


def of_restore(since: datetime, warnings: Iterable[Event]) -> str:
    """What is restored and how much of it, by the newest of these events; empty where none says."""
    told = [(at, event.message or "") for event in warnings if (at := event.lastTimestamp)]
    found = LOADING.search(max(told)[1]) if told and max(told)[0] >= since else None
    return f"Restoring {found[1]} ({found[2]} of {found[3]} MB)" if found else ""


def of_restore_objects(restores: Iterable[GenericNamespacedResource]) -> InPlace | None:
    """Find the MySQLRestore whose Job is at work: one of a database at a time."""
    for raw in restores:
        status = raw.get("status") or {}
        if status.get("phase") == RunPhase.RUNNING:
            return InPlace(reading.meta(raw).name or "", status.get("message") or "")
    return None
