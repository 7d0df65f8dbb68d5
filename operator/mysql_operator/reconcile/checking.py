"""What the check Job is given, and which field of the spec keeps its pod from starting. Pure.

Whether it runs is settled in `completing`, what it looks at is agent/checking.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from lightkube.utils.quantity import parse_quantity

from mysql_operator.model.annotations import InChart
from mysql_operator.model.release_values import SMALL_REQUESTS
from mysql_operator.model.spec import MySQLSpec
from mysql_operator.reconcile.facts.observations import Observed, Server, Trouble

UNSCHEDULABLE = "Unschedulable"
NO_PRIORITY_CLASS = "no PriorityClass with name"
FIELDS_OF_SCHEDULER = (
    ("node affinity/selector", "spec.nodeSelector or spec.affinity"),
    ("affinity", "spec.affinity"),
    ("taint", "spec.tolerations"),
    ("Insufficient memory", "spec.resources.requests.memory"),
    ("Insufficient cpu", "spec.resources.requests.cpu"),
    ("Insufficient", "spec.resources.requests"),
)
"""What the scheduler names, and which field asks for it. For the sentence alone: nothing is decided
by it."""


def last_version(server: Server | None) -> str:
    """Version that the data is used by; empty where no server answers.

    A new image tells its version before its server has touched the data, so that of a server which
    does not come up says nothing.
    """
    return (server.version or "") if server is not None and server.ready else ""


def requests(
    values: Mapping[str, Any], server: Server | None, *, is_crowded: bool = False
) -> dict[str, str]:
    """What the check Job asks of a node: what the new server needs more than the running one.

    A server that fits its node once the running one has ended is never refused for it, and one that
    fits none always is: where the whole would fit, the difference fits too. At least it asks for
    what the other Jobs ask for, so that limit ranges let it in; where no node has room for that,
    it asks for next to nothing.
    """
    resources = values.get("resources") or {}
    asked = {**_default_requests(), **(resources.get("requests") or {})}
    live = server.requests if server is not None else {}
    more = {name: _amount(amount) - _amount(live.get(name, 0)) for name, amount in asked.items()}
    smallest = SMALL_REQUESTS if is_crowded else values["jobs"]["requests"]
    least = {name: _within(name, amount, resources) for name, amount in smallest.items()}
    whole = {name: max(more.get(name, Decimal(0)), least.get(name, Decimal(0))) for name in more}
    return {name: _text(name, amount) for name, amount in {**least, **whole}.items() if amount}


def is_crowded(observed: Observed) -> bool:
    """Whether no node had room, for the last attempt or for the server by now."""
    has_no_room = observed.trouble is not None and observed.trouble.reason == UNSCHEDULABLE
    return has_no_room or observed.instance.status.failed_reason == UNSCHEDULABLE


def _within(name: str, amount: str | int, resources: Mapping[str, Any]) -> Decimal:
    """No request may be above the limit, which the Job shares with the server."""
    limit = (resources.get("limits") or {}).get(name, amount)
    return min(_amount(amount), _amount(limit))


def _default_requests() -> dict[str, Any]:
    marks = MySQLSpec.model_fields["resources"].metadata
    default = next(mark.default for mark in marks if isinstance(mark, InChart))
    found: dict[str, Any] = default["requests"]
    return found


def _amount(amount: str | int) -> Decimal:
    return parse_quantity(str(amount)) or Decimal(0)


def _text(name: str, amount: Decimal) -> str:
    """Write a quantity without a fraction, as Kubernetes wants it."""
    return f"{amount * 1000:.0f}m" if name == "cpu" else f"{amount:.0f}"


def located(trouble: Trouble) -> Trouble:
    """The trouble of the check Job's pod, with the field of the spec that asks for it."""
    fields = _fields_in(trouble)
    if not fields or trouble.message.startswith("spec."):
        return trouble
    return replace(trouble, message=f"{fields}: {trouble.message}")


def _fields_in(trouble: Trouble) -> str:
    if NO_PRIORITY_CLASS in trouble.message:
        return "spec.priorityClassName"
    if trouble.reason != UNSCHEDULABLE:
        return ""
    said = (field for words, field in FIELDS_OF_SCHEDULER if words in trouble.message)
    return next(said, "spec.nodeSelector, spec.affinity, spec.tolerations or spec.resources")
