"""Events as objects of the API: the same fact about the same object is one of them, and counted.

The name is made of what is reported, so nothing has to be remembered: an operator that has just
started counts on in the event that the one before it has created. `kubectl describe` shows
`ImageNotMySQL  2s (x7 over 41m)`. Kubernetes deletes an event an hour after its last change.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, NamedTuple

from lightkube.models.core_v1 import EventSource, ObjectReference
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Event as KubeEvent

from mysql_operator import names
from mysql_operator.model import conditions
from mysql_operator.model.events import Event
from mysql_operator.names import Key


class About(NamedTuple):
    """The object of ours that an event is about."""

    kind: names.Resource
    key: Key
    uid: str


def name_of(key: Key, uid: str, event: Event) -> str:
    """Name of the event: the same for the same fact about the same object."""
    parts = "\0".join((uid, event.type, event.reason, event.fact))
    return f"{key.name}.{hashlib.sha256(parts.encode()).hexdigest()[:16]}"


def first(about: About, event: Event, now: datetime) -> KubeEvent:
    """The event as it is created."""
    key = about.key
    return KubeEvent(
        metadata=ObjectMeta(name=name_of(key, about.uid, event), namespace=key.namespace),
        involvedObject=ObjectReference(
            apiVersion=f"{names.GROUP}/{names.VERSION}",
            kind=about.kind.kind,
            name=key.name,
            namespace=key.namespace,
            uid=about.uid,
        ),
        type=event.type,
        reason=event.reason,
        message=event.message,
        source=EventSource(component=names.OPERATOR),
        firstTimestamp=now,
        lastTimestamp=now,
        count=1,
    )


def again(known: KubeEvent, event: Event, now: datetime) -> dict[str, Any]:
    """What changes in it where the same happens again: its count, its time and its words."""
    return {
        "count": (known.count or 1) + 1,
        "lastTimestamp": conditions.timestamp(now),
        "message": event.message,
    }
