"""Who owns which field of an object: `metadata.managedFields` of server-side apply. Pure.

An apply takes back the values of others, but it removes only what the applier itself has owned. So
what somebody has *added* stands beside what is put back, and often the two exclude each other: two
ports of one name, two sources of a volume, `rollingUpdate` beside `Recreate`. The API server then
refuses the whole object. Hence fields of others are first made the applier's, as client-go does it
where it comes from client-side apply: the next apply removes those that it does not set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Entry = Mapping[str, Any]
"""An item of managedFields, as the API server writes it."""

CONTENT = ("f:spec", "f:data")
"""Not metadata: finalizers and annotations there belong to Kubernetes' own controllers."""


def given_to(applier: str, entries: Sequence[Entry]) -> list[Entry] | None:
    """The entries, all content owned by `applier`; None where it is so, or it never applied."""
    own = next((it for it in entries if _writer(it) == (applier, "Apply")), None)
    others = [it for it in entries if it is not own and _content(it)]
    if own is None or not others:
        return None
    fields = own["fieldsV1"]
    for other in others:
        fields = _united(fields, _content(other))
    kept = [_without_content(it) if it in others else it for it in entries]
    return [{**own, "fieldsV1": fields} if it is own else it for it in kept if it["fieldsV1"]]


def _writer(entry: Entry) -> tuple[str, str]:
    return entry.get("manager", ""), entry.get("operation", "")


def _content(entry: Entry) -> dict[str, Any]:
    """What an entry owns of the content; nothing of what was written by another way in."""
    owned = {} if entry.get("subresource") else entry["fieldsV1"]
    return {part: fields for part, fields in owned.items() if part in CONTENT}


def _without_content(entry: Entry) -> Entry:
    owned = {part: fields for part, fields in entry["fieldsV1"].items() if part not in CONTENT}
    return {**entry, "fieldsV1": owned}


def _united(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    both = {name: _united(one[name], other[name]) for name in one.keys() & other.keys()}
    return {**one, **other, **both}
