"""Keeps a store as the API server has it: list once, then watch, and list again where in doubt.

A watch that breaks off goes on where it was. A list is asked for again when the API server says no
(its history does not reach back so far, for instance), when nothing has come for longer than the
bookmarks that it sends take, and in any case from time to time: whatever a watch may have missed
is then seen, at the price of one request for all objects of a kind.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from contextlib import aclosing

import httpx2

from mysql_operator.adapters.sources import Change, Source
from mysql_operator.adapters.stores import CachedObject, Store

logger = logging.getLogger(__name__)

SILENT_SECONDS = 75.0
"""How long a watch may say nothing. The API server sends a bookmark once a minute."""

ON_TIME = 0.9
"""Part of the time that a watch was to last after which its end is no fault."""

TOO_OLD = "Expired"
"""What the API server says where its history does not reach back so far; nothing is wrong then."""

NEVER = float("-inf")
LIST_AGAIN_SECONDS = 3600.0
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 15.0


class Reflector:
    """One store, and the watch that keeps it."""

    def __init__(
        self,
        source: Source,
        *,
        is_wanted: Callable[[CachedObject], bool],
        changed: Callable[[Iterable[CachedObject]], None],
    ) -> None:
        """Call `changed` with what is new, and with what has gone."""
        self.source = source
        self.store = Store()
        self.is_listed = asyncio.Event()
        self._is_wanted = is_wanted
        self._changed = changed
        self._version = 0
        self._heard_at = NEVER
        self._has_spoken = False
        self._pause = FIRST_PAUSE_SECONDS
        self._fault = ""

    @property
    def is_current(self) -> bool:
        """Whether the store can be relied upon: it was filled, and news of it would have come."""
        silence = asyncio.get_running_loop().time() - self._heard_at
        return self.is_listed.is_set() and silence < SILENT_SECONDS

    async def run(self) -> None:
        """Follow the API server; never return."""
        while True:
            try:
                await self._list()
                await self._follow()
            except (httpx2.HTTPError, TimeoutError) as error:
                self._log(_named(error))
                self._heard_at = NEVER
            except Exception:
                # NB: what nobody can read makes the store useless, but not the operator: where a
                # store is not current, the API server is asked.
                logger.exception("%ss cannot be followed", self.source.watched.name)
                self._heard_at = NEVER
            await self._rest()

    async def _list(self) -> None:
        listing = await self.source.listed()
        if listing.version < self._version:  # the API server's own store was set back
            self.store.clear()
        wanted = [cached for cached in listing.objects if self._is_wanted(cached)]
        changed = self.store.replace(wanted, listing.version)
        self._version = listing.version
        self._fault = ""
        self._heard()
        self.is_listed.set()
        self._changed(changed)

    async def _follow(self) -> None:
        """Watch, again and again, until a new list is due."""
        loop = asyncio.get_running_loop()
        due = loop.time() + LIST_AGAIN_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311
        while loop.time() < due and self.is_current:
            try:
                await self._watch()
            except httpx2.TransportError as error:
                logger.debug("watch of %ss: %s", self.source.watched.name, _named(error))
            await self._rest()

    async def _watch(self) -> None:
        """Watch until the API server ends it.

        Raises:
            TimeoutError: nothing has come for too long.
        """
        began = asyncio.get_running_loop().time()
        async with aclosing(self.source.changes(self._version)) as changes:
            while True:
                async with asyncio.timeout(SILENT_SECONDS):
                    change = await anext(changes, None)
                if change is None:
                    self._ended(began)
                    return
                if change.is_opening:
                    self._opened()
                else:
                    self._pause = FIRST_PAUSE_SECONDS
                    self._heard()
                    self._apply(change)

    def _apply(self, change: Change) -> None:
        self._version = max(self._version, change.version)
        cached = change.cached
        if cached is None:
            self.store.passed(change.version)
            return
        is_gone = change.is_deletion or not self._is_wanted(cached)
        if self.store.remove(cached) if is_gone else self.store.put(cached):
            self._changed([cached])

    def _log(self, fault: str) -> None:
        """Log a fault that keeps the store from being current, but not at each new attempt."""
        level = logging.WARNING if fault not in (self._fault, TOO_OLD) else logging.DEBUG
        where = f"{self.source.watched.name}s in {self.source.namespace}"
        logger.log(level, "%s have to be listed again: %s", where, fault)
        self._fault = fault

    def _heard(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        self._has_spoken = True

    def _opened(self) -> None:
        """Wait for the next bookmark from now on; not again and again for one that never comes."""
        if self._has_spoken:
            self._heard_at = asyncio.get_running_loop().time()
        self._has_spoken = False

    def _ended(self, began: float) -> None:
        """Count the end as a sign of life where the API server has kept to what was agreed."""
        now = asyncio.get_running_loop().time()
        if now - began >= ON_TIME * self.source.watch_seconds:
            self._pause = FIRST_PAUSE_SECONDS
            self._heard()

    async def _rest(self) -> None:
        """Pause before the next request, the longer the more of them have failed."""
        pause, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311


def _named(error: Exception) -> str:
    status = getattr(error, "status", None)
    return (status.reason if status else None) or type(error).__name__
