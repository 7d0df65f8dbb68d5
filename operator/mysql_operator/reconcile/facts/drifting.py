"""Whether somebody has changed or deleted what a release made, by its manifest. Pure.

Only what the manifest says counts; what Kubernetes or others have added stands beside it. Claims
are compared by their being there alone: their size and class are not the release's to take back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from lightkube.utils.quantity import parse_quantity

from mysql_operator.adapters import release_secrets
from mysql_operator.reconcile.facts.observations import Drift

COMPARED = ("labels", "annotations")
"""Of the metadata; the rest is the API server's."""

ITEM_KEYS = ("mountPath", "containerPort", "name", "port", "key")
"""What tells the items of Kubernetes' lists apart, in the order in which it is looked for."""

QUANTITIES = ("requests", "limits")
ONLY_THERE = ("PersistentVolumeClaim",)


class Made(NamedTuple):
    """An object of a release."""

    kind: str
    name: str
    content: Mapping[str, Any]


def objects_of(manifest: str) -> list[Made]:
    """The objects of a release's manifest."""
    return [
        Made(document["kind"], document["metadata"]["name"], document)
        for document in release_secrets.documents_of(manifest)
    ]


def of(made: Made, live: Mapping[str, Any] | None) -> list[Drift]:
    """What is different about a live object."""
    return [Drift(made.kind, made.name, what) for what in _told(made, live)]


def _told(made: Made, live: Mapping[str, Any] | None) -> list[str]:
    if live is None:
        return [f"{made.kind} {made.name} is gone"]
    if made.kind in ONLY_THERE:
        return []
    return [f"{made.kind} {made.name}: {text}" for text in _compared(made.content, live)]


def _compared(wanted: Mapping[str, Any], live: Mapping[str, Any]) -> Iterator[str]:
    metadata = live.get("metadata") or {}
    for part in COMPARED:
        asked = (wanted.get("metadata") or {}).get(part)
        yield from _differences(f"metadata.{part}", asked, metadata.get(part))
    for part in wanted.keys() - {"apiVersion", "kind", "metadata", "status"}:
        yield from _differences(part, wanted[part], live.get(part))


def _differences(path: str, wanted: Any, live: Any) -> Iterator[str]:
    if wanted in (None, "", {}, []):
        return
    if isinstance(wanted, Mapping):
        held = live if isinstance(live, Mapping) else {}
        for name, value in wanted.items():
            yield from _differences(f"{path}.{name}", value, held.get(name))
    elif isinstance(wanted, list):
        there = live if isinstance(live, list) else []
        for index, item in enumerate(wanted):
            name, value = _counterpart(item, index, there)
            yield from _differences(f"{path}[{name}]", item, value)
    elif not _is_same(path, wanted, live):
        yield f"{path} is {_short(live)}, not {_short(wanted)}"


def _counterpart(item: Any, index: int, live: list[Any]) -> tuple[str, Any]:
    """The live item that stands for a wanted one, and how to call it."""
    key = next((key for key in ITEM_KEYS if isinstance(item, Mapping) and key in item), None)
    if key is None:
        return str(index), live[index] if index < len(live) else None
    found = (other for other in live if isinstance(other, Mapping) and other.get(key) == item[key])
    return str(item[key]), next(found, None)


def _is_same(path: str, wanted: Any, live: Any) -> bool:
    if wanted == live:
        return True
    if live is not None and any(part in path.split(".") for part in QUANTITIES):
        return _amount(wanted) == _amount(live)
    return False


def _amount(quantity: Any) -> Decimal | None:
    return parse_quantity(str(quantity))


def _short(value: Any) -> str:
    text = "missing" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
