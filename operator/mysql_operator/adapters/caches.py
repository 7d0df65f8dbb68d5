"""What the operator remembers of the cluster, and whether it may be relied upon.

Memory is not relied upon where a store is not current (see reflecting), and not for an object that
was just written to, by the operator or by helm: until everything about it was asked for once
more, it is in doubt. What is asked for is put into the stores, which never go back to an older
state: so memory is never older than what was seen once. What the operator itself has changed puts
in doubt the kinds that it touched, and what helm has changed puts all of them in doubt.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import logging
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import suppress
from typing import Any

import httpx2

from mysql_operator import names
from mysql_operator.adapters import kinds
from mysql_operator.adapters.kinds import Watched
from mysql_operator.adapters.reflecting import Reflector
from mysql_operator.adapters.sources import ALL_NAMESPACES, Source
from mysql_operator.adapters.stores import CachedObject, Place
from mysql_operator.names import Key

logger = logging.getLogger(__name__)

Changed = Callable[[Key], None]

_THEMSELVES = (kinds.INSTANCES, kinds.STORAGES, kinds.CLUSTER_STORAGES)
"""Kinds whose own objects are looked after, also once they are gone."""

_READ = (kinds.SECRETS, kinds.STORAGES, kinds.CLUSTER_STORAGES)
"""Kinds that other objects refer to, which are woken too."""

INSTANCES_FIRST_SECONDS = 30.0
"""How long the other watches wait for that of the MySQL objects: it says whose warnings count."""

ABSENT_SECONDS = 30.0
"""How long it counts that something was not there. What lacks our labels comes without news, and
helm refuses to take it over in any case."""

ASKED_SECONDS = 3.0
"""How long what was asked for counts as asked for just now, where nothing was written since."""

_OF_INSTANCE = tuple(watched for watched in kinds.WATCHED if watched.of_instance is not None)


class Caches:
    """Stores of all kinds that are watched, in all namespaces that are served."""

    def __init__(self, http: httpx2.AsyncClient, namespaces: Iterable[str]) -> None:
        """Know nothing, so that everything is asked for; no namespaces mean all of them."""
        self._served = tuple(namespaces) or (ALL_NAMESPACES,)
        self._reflectors = {
            (watched.name, namespace): Reflector(
                Source(http, watched, namespace),
                is_wanted=self._is_beside_an_instance if watched.only_beside_instances else _any,
                changed=functools.partial(self._wake, watched),
            )
            for watched in kinds.WATCHED
            for namespace in self._served
            if namespace == ALL_NAMESPACES or not watched.is_clusterwide
        }
        self._changed: Changed = _nobody
        self._doubts: dict[Key, dict[str, int]] = {}
        """By kind, each with a number of its own: one may come while another is being settled."""
        self._asked: dict[Key, dict[str, float]] = {}
        """When all of a kind that belongs to a MySQL object was asked for."""
        self._counter = itertools.count()
        self._readers: dict[Place, set[Key]] = {}
        self._absent: dict[Key, dict[tuple[str, str], float]] = {}
        """When something of a MySQL object was asked for and not there, by kind and name."""

    async def follow(self, changed: Changed) -> None:
        """Watch, and call `changed` with each object that is looked after when something changes.

        It never returns.
        """
        self._changed = changed
        first = [self._reflectors[kinds.INSTANCES.name, it] for it in self._served]
        async with asyncio.TaskGroup() as group:
            for reflector in first:
                group.create_task(reflector.run())
            await _all_listed(first, INSTANCES_FIRST_SECONDS)
            for reflector in self._reflectors.values():
                if reflector not in first:
                    group.create_task(reflector.run())

    async def filled(self, seconds: float) -> None:
        """Wait until every store is filled, but not for ever: what is missing is asked for."""
        await _all_listed(self._reflectors.values(), seconds)
        missing = {name for (name, _), it in self._reflectors.items() if not it.is_listed.is_set()}
        if missing:
            logger.warning("not listed after %.0f s: %s", seconds, ", ".join(sorted(missing)))

    def doubt(self, key: Key, *only: Watched) -> None:
        """Rely on nothing that is remembered of a MySQL object until it was asked for.

        With `only`, of these kinds.
        """
        number = next(self._counter)
        doubted = {watched.name for watched in only or _OF_INSTANCE}
        self._doubts.setdefault(key, {}).update(dict.fromkeys(doubted, number))
        self._asked[key] = _without(self._asked.get(key, {}), doubted)
        absent = self._absent.get(key, {})
        self._absent[key] = {it: at for it, at in absent.items() if it[0] not in doubted}

    async def ensure_current(self, key: Key) -> bool:
        """Ask for what memory cannot be relied upon for; whether all was asked for just now.

        Raises:
            httpx2.HTTPError: the API server refused or did not answer.
        """
        doubts, began = dict(self._doubts.get(key, {})), _now()
        asked = [
            watched
            for watched in _OF_INSTANCE
            if watched.name in doubts or not self.is_current(watched, key.namespace)
        ]
        await asyncio.gather(*(self._ask(watched, key) for watched in asked))
        self._settle(key, doubts, {watched.name: began for watched in asked})
        return self._was_asked(key)

    def _settle(self, key: Key, doubts: Mapping[str, int], asked: Mapping[str, float]) -> None:
        """Take note of what was asked for, but for what was put in doubt once more meanwhile."""
        left = self._doubts.pop(key, {})
        left = {name: number for name, number in left.items() if doubts.get(name) != number}
        if left:
            self._doubts[key] = left
        if asked:
            self._asked.setdefault(key, {}).update(_without(asked, left))

    def _was_asked(self, key: Key) -> bool:
        """Whether all kinds were asked for just now; older answers are forgotten."""
        since = _now() - ASKED_SECONDS
        recent = {name: at for name, at in self._asked.pop(key, {}).items() if at >= since}
        if recent:
            self._asked[key] = recent
        return len(recent) == len(_OF_INSTANCE)

    async def _ask(self, watched: Watched, key: Key) -> None:
        reflector = self._reflector(watched, key.namespace)
        listing = await reflector.source.listed_of(key)
        reflector.store.replace_owned(key, listing.objects, listing.version)

    def is_current(self, watched: Watched, namespace: str) -> bool:
        """Whether the store of that kind can be relied upon; never where nothing is served."""
        return self._is_served(namespace) and self._reflector(watched, namespace).is_current

    def at(self, watched: Watched, place: Place) -> CachedObject | None:
        """Give what is remembered of an object in a namespace that is served."""
        return self._reflector(watched, place.namespace).store.at(place)

    def knows(self, watched: Watched, place: Place, version: int) -> bool:
        """Whether memory can be relied upon, and has that version of an object or a later one."""
        if not self.is_current(watched, place.namespace):
            return False
        cached = self.at(watched, place)
        return cached is not None and cached.version >= version

    def owned_by(self, watched: Watched, owner: Key) -> list[Any]:
        """Give what is remembered of all objects that are found under that key."""
        return [
            cached.item
            for cached in self._reflector(watched, owner.namespace).store.owned_by(owner)
        ]

    def all_of(self, watched: Watched) -> list[Any]:
        """Give what is remembered of all objects of a kind."""
        stores = (self._reflectors[watched.name, namespace].store for namespace in self._served)
        return [cached.item for store in stores for cached in store.all()]

    def learn(self, watched: Watched, whole: Mapping[str, Any]) -> CachedObject:
        """Remember an object as the API server has just given it."""
        reflector = self._reflector(watched, whole["metadata"].get("namespace", ""))
        cached = reflector.source.cached(whole)
        reflector.store.put(cached)
        return cached

    def learn_end(self, instance: Mapping[str, Any]) -> None:
        """Forget a MySQL object that has just ended in this state; older news does not count."""
        reflector = self._reflector(kinds.INSTANCES, instance["metadata"]["namespace"])
        last = reflector.source.cached(instance)
        reflector.store.replace_owned(last.place, (), last.version)
        self.learn_absence(kinds.INSTANCES, last.place, last.place.name)

    def is_absent(self, watched: Watched, key: Key, name: str) -> bool:
        """Whether the API server has just said that there is no such object."""
        asked_at = self._absent.get(key, {}).get((watched.name, name))
        return asked_at is not None and _now() - asked_at < ABSENT_SECONDS

    def learn_absence(self, watched: Watched, key: Key, name: str) -> None:
        """Take note that the API server says that there is no such object."""
        self._absent.setdefault(key, {})[watched.name, name] = _now()

    def read_by(self, key: Key, place: Place) -> None:
        """Wake a MySQL object from now on when a Secret or a storage of that name changes; a key
        without a name is none.
        """
        if key.name:
            self._readers.setdefault(place, set()).add(key)

    def forget(self, key: Key) -> list[Place]:
        """Drop what is known of a MySQL object that is gone; the Secrets that nobody reads now."""
        for memory in (self._doubts, self._asked, self._absent):
            memory.pop(key, None)
        for readers in self._readers.values():
            readers.discard(key)
        unread = [place for place, readers in self._readers.items() if not readers]
        for place in unread:
            del self._readers[place]
        return unread

    @property
    def serves_all(self) -> bool:
        """Whether all namespaces are served, and with them what is in none."""
        return ALL_NAMESPACES in self._served

    def _is_served(self, namespace: str) -> bool:
        return namespace in self._served or ALL_NAMESPACES in self._served

    def _reflector(self, watched: Watched, namespace: str) -> Reflector:
        is_everywhere = ALL_NAMESPACES in self._served
        return self._reflectors[watched.name, ALL_NAMESPACES if is_everywhere else namespace]

    def _is_beside_an_instance(self, cached: CachedObject) -> bool:
        """Whether something has an owner, in a namespace with MySQL objects."""
        namespace = cached.place.namespace
        instances = self._reflector(kinds.INSTANCES, namespace).store
        return cached.owner is not None and instances.has_any_in(namespace)

    def _wake(self, watched: Watched, news: Iterable[CachedObject]) -> None:
        if watched.only_beside_instances:
            return
        for cached in news:
            keys = {cached.owner} if cached.owner is not None else set()
            if watched in _READ:
                keys |= self._readers.get(cached.place, set())
            for key in keys:
                if watched in _THEMSELVES or self._may_be_there(key):
                    self._changed(key)

    def _may_be_there(self, key: Key) -> bool:
        """Whether there is such a storage or MySQL object, or a backup or restore of a gone one.

        The chart may also be used without the operator.
        """
        storage, shared = names.storage_of(key), names.cluster_storage_of(key)
        if shared is not None:
            there = Key("", shared)
            return self._reflector(kinds.CLUSTER_STORAGES, "").store.at(there) is not None
        if storage is not None:
            there = Key(key.namespace, storage)
            return self._reflector(kinds.STORAGES, key.namespace).store.at(there) is not None
        instances = self._reflector(kinds.INSTANCES, key.namespace)
        if not instances.is_current or instances.store.at(key) is not None:
            return True
        return any(self.owned_by(kind, key) for kind in (kinds.BACKUPS, kinds.RESTORES))


async def _all_listed(reflectors: Iterable[Reflector], seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            for reflector in reflectors:
                await reflector.is_listed.wait()


def _without(asked: Mapping[str, float], names: Container[str]) -> dict[str, float]:
    return {name: at for name, at in asked.items() if name not in names}


def _now() -> float:
    return asyncio.get_running_loop().time()


def _any(_: CachedObject) -> bool:
    return True


def _nobody(_: Key) -> None:
    """Wake nobody: nobody follows yet."""
