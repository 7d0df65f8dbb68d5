"""What is known of the objects that one watch follows. No object goes back to an older state.

Three tell of the same objects, in any order: the list that a watch begins with, the watch, and a
list of what belongs to one MySQL object, which is asked for when the watch may be behind. All
versions of a kind are numbers of one sequence, so the newer of two states is always known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from mysql_operator.adapters.kinds import Metadata
from mysql_operator.names import Key

Place = Key
"""Namespace and name of any object."""


@dataclass(frozen=True, slots=True)
class CachedObject:
    """An object as it was at one version."""

    place: Place
    owner: Key | None
    version: int
    item: Any


class Store:
    """The objects that one watch follows, by place and by owner."""

    def __init__(self) -> None:
        """Know nothing."""
        self._objects: dict[Place, CachedObject] = {}
        self._owned: dict[Key, set[Place]] = {}
        self._namespaces: Counter[str] = Counter()
        self._floors: dict[Key, int] = {}
        """Versions at which all that belongs to an owner was asked for: older news is known."""

    def __len__(self) -> int:
        """Count the objects."""
        return len(self._objects)

    def at(self, place: Place) -> CachedObject | None:
        """Give what is known of an object."""
        return self._objects.get(place)

    def all(self) -> list[CachedObject]:
        """Give all objects."""
        return [*self._objects.values()]

    def owned_by(self, owner: Key) -> list[CachedObject]:
        """Give all that belongs to an owner."""
        return [self._objects[place] for place in self._owned.get(owner, ())]

    def has_any_in(self, namespace: str) -> bool:
        """Tell whether any object of that namespace is known."""
        return self._namespaces[namespace] > 0

    def put(self, cached: CachedObject) -> bool:
        """Take note of an object; whether more than its version has changed."""
        known = self._objects.get(cached.place)
        if self._is_old(cached, known):
            return False
        self._forget(cached.place)
        self._objects[cached.place] = cached
        self._namespaces[cached.place.namespace] += 1
        if cached.owner is not None:
            self._owned.setdefault(cached.owner, set()).add(cached.place)
        return known is None or _has_changed(known.item, cached.item)

    def remove(self, gone: CachedObject) -> bool:
        """Take note that an object is gone since that version; whether that is news."""
        known = self._objects.get(gone.place)
        if known is None or known.version > gone.version:
            return False
        self._forget(gone.place)
        return True

    def replace(self, listed: Collection[CachedObject], version: int) -> list[CachedObject]:
        """Take note of a list of all there is; what is new, and what has gone."""
        changed = {cached.place: cached for cached in listed if self.put(cached)}
        places = {cached.place for cached in listed}
        for cached in list(self._objects.values()):
            if cached.place not in places and cached.version <= version and self.remove(cached):
                changed[cached.place] = cached
        return list(changed.values())

    def replace_owned(self, owner: Key, listed: Iterable[CachedObject], version: int) -> None:
        """Take note of a list of all that belongs to an owner; older news of it does not count."""
        places = set()
        for cached in listed:
            places.add(cached.place)
            self.put(cached)
        for cached in self.owned_by(owner):
            if cached.place not in places and cached.version <= version:
                self._forget(cached.place)
        self._floors[owner] = max(version, self._floors.get(owner, 0))

    def clear(self) -> None:
        """Forget everything."""
        self._objects.clear()
        self._owned.clear()
        self._namespaces.clear()
        self._floors.clear()

    def passed(self, version: int) -> None:
        """Forget the floors below a version which the watch has passed."""
        self._floors = {owner: it for owner, it in self._floors.items() if it > version}

    def _is_old(self, cached: CachedObject, known: CachedObject | None) -> bool:
        if known is not None:
            return cached.version <= known.version
        return cached.owner is not None and cached.version <= self._floors.get(cached.owner, 0)

    def _forget(self, place: Place) -> None:
        cached = self._objects.pop(place, None)
        if cached is None:
            return
        self._namespaces[place.namespace] -= 1
        if cached.owner is None:
            return
        places = self._owned[cached.owner]
        places.discard(place)
        if not places:
            del self._owned[cached.owner]


def _has_changed(known: Any, item: Any) -> bool:
    """Whether a newer version differs in what is kept; of metadata, any version may."""
    return isinstance(item, Metadata) or _content(known) != _content(item)


def _content(item: Any) -> dict[str, Any]:
    """All of an object but its version, which also changes where nothing does that is kept."""
    whole = item.to_dict()
    metadata = {k: v for k, v in whole["metadata"].items() if k != "resourceVersion"}
    return {**whole, "metadata": metadata}
