"""A queue of keys: each at most once, never two passes of one key at a time, some of them later.

asyncio only, one event loop. Nothing is lost: a key that is added while it is being worked on comes
again right after.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict

from mysql_operator.names import Key


class KeyedQueue:
    """What has to be looked at, and when."""

    def __init__(self) -> None:
        """Start empty."""
        self._ready: OrderedDict[Key, float] = OrderedDict()
        self._working: set[Key] = set()
        self._again: set[Key] = set()
        self._later: dict[Key, asyncio.TimerHandle] = {}
        self._filled = asyncio.Event()

    def add(self, key: Key, *, after: float = 0.0) -> None:
        """Ask for a look at the key, `after` seconds from now. The soonest of several wins."""
        if after <= 0:
            self._cancel_timer(key)
            self._make_ready(key)
            return
        loop = asyncio.get_running_loop()
        planned = self._later.get(key)
        if planned is not None and planned.when() <= loop.time() + after:
            return
        self._cancel_timer(key)
        self._later[key] = loop.call_later(after, self.add, key)

    async def take(self) -> Key:
        """Wait for a key; it is the caller's until `done`."""
        while not self._ready:
            self._filled.clear()
            await self._filled.wait()
        key, _ = self._ready.popitem(last=False)
        self._working.add(key)
        self._cancel_timer(key)
        return key

    def done(self, key: Key) -> None:
        """Give a key back."""
        self._working.discard(key)
        if key in self._again:
            self._again.discard(key)
            self._make_ready(key)

    def forget(self, key: Key) -> None:
        """Drop what is planned for later: the object is gone. One that has come since is heard."""
        self._cancel_timer(key)

    def __len__(self) -> int:
        """How many keys wait to be taken."""
        return len(self._ready)

    def longest_wait(self) -> float:
        """For how many seconds the first key has waited to be taken; 0 where none waits."""
        since = next(iter(self._ready.values()), None)
        return 0.0 if since is None else time.monotonic() - since

    def _make_ready(self, key: Key) -> None:
        if key in self._working:
            self._again.add(key)
            return
        self._ready.setdefault(key, time.monotonic())
        self._filled.set()

    def _cancel_timer(self, key: Key) -> None:
        timer = self._later.pop(key, None)
        if timer is not None:
            timer.cancel()
