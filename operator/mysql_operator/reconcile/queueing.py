"""A queue of keys: each at most once, never two passes of one key at a time, some of them later.

asyncio only, one event loop. Nothing is lost: a key that is added while it is being worked on comes
again right after. What is nearly done goes before what begins, but for every second turn: where a
hundred objects are deleted at once, the first is then gone long before the last has begun, and
nobody starves.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections import OrderedDict

from mysql_operator.names import Key


class KeyedQueue:
    """What has to be looked at, and when."""

    def __init__(self) -> None:
        """Start empty."""
        self._begun: OrderedDict[Key, float] = OrderedDict()
        self._others: OrderedDict[Key, float] = OrderedDict()
        self._is_turn_of_others = False
        self._working: set[Key] = set()
        self._again: dict[Key, bool] = {}
        self._later: dict[Key, asyncio.TimerHandle] = {}
        self._filled = asyncio.Event()

    def add(self, key: Key, *, after: float = 0.0, has_begun: bool = False) -> None:
        """Ask for a look at the key, `after` seconds from now. The soonest of several wins.

        One that `has_begun` goes before the others, once its time has come.
        """
        if after <= 0:
            self._cancel_timer(key)
            self._make_ready(key, has_begun=has_begun)
            return
        loop = asyncio.get_running_loop()
        planned = self._later.get(key)
        if planned is not None and planned.when() <= loop.time() + after:
            return
        self._cancel_timer(key)
        add = functools.partial(self.add, key, has_begun=has_begun)
        self._later[key] = loop.call_later(after, add)

    async def take(self) -> Key:
        """Wait for a key; it is the caller's until `done`."""
        while not len(self):
            self._filled.clear()
            await self._filled.wait()
        key, _ = self._next_queue().popitem(last=False)
        self._working.add(key)
        self._cancel_timer(key)
        return key

    def done(self, key: Key) -> None:
        """Give a key back."""
        self._working.discard(key)
        has_begun = self._again.pop(key, None)
        if has_begun is not None:
            self._make_ready(key, has_begun=has_begun)

    def __len__(self) -> int:
        """How many keys wait to be taken."""
        return len(self._begun) + len(self._others)

    def longest_wait(self) -> float:
        """For how many seconds a key has waited to be taken; 0 where none waits."""
        firsts = [next(iter(queue.values())) for queue in (self._begun, self._others) if queue]
        return time.monotonic() - min(firsts) if firsts else 0.0

    def _next_queue(self) -> OrderedDict[Key, float]:
        """Choose whose turn it is: a turn that nobody of the one sort needs is for the other."""
        queue = self._others if self._is_turn_of_others or not self._begun else self._begun
        if not queue:
            queue = self._begun
        self._is_turn_of_others = queue is self._begun
        return queue

    def _make_ready(self, key: Key, *, has_begun: bool) -> None:
        if key in self._working:
            self._again[key] = has_begun or self._again.get(key, False)
            return
        if has_begun:
            self._begun.setdefault(key, self._others.pop(key, time.monotonic()))
        elif key not in self._begun:
            self._others.setdefault(key, time.monotonic())
        self._filled.set()

    def _cancel_timer(self, key: Key) -> None:
        timer = self._later.pop(key, None)
        if timer is not None:
            timer.cancel()
