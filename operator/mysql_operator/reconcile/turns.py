"""Whose helm command runs next, and how many run at once.

A helm command works for seconds and may then wait for hours, for the Job of a hook. The two count
against limits of their own: one for what takes the processor, one for what only takes memory. So
eight restores of an hour each do not keep a ninth object from being installed or deleted.
"""

from __future__ import annotations

import asyncio
import enum
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mysql_operator.names import Key


class Rank(enum.IntEnum):
    """Who goes first when several commands wait for their turn; among equals, the longest wait."""

    DELETION = 0
    SHORT = 1
    LONG = 2
    """A restore that may load a large backup."""


_Entry = tuple[Rank, int, Key, asyncio.Future[None]]


class Turns:
    """Turns of the helm commands of this process. One event loop; not safe for threads."""

    def __init__(self, *, slots: int, waiting: int) -> None:
        """Let `slots` commands work at once, and about `waiting` more wait for their hooks.

        A command that may wait for hours begins only below `waiting` commands in all. Deletions,
        whose backups may take as long, may go beyond that by `slots`, and the short ones once more,
        so each gets through when nothing but the others runs.
        """
        self._slots = slots
        self._limits = {Rank.LONG: waiting, Rank.DELETION: waiting + slots}
        self._limits[Rank.SHORT] = waiting + 2 * slots
        self._working: set[Key] = set()
        self._only_waiting: set[Key] = set()
        self._queue: list[_Entry] = []
        self._entries: dict[Key, _Entry] = {}
        self._counter = itertools.count()

    @asynccontextmanager
    async def turn(self, key: Key, rank: Rank) -> AsyncIterator[None]:
        """Wait for a turn, and give it back at the end."""
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = self._entries[key] = (rank, next(self._counter), key, granted)
        heapq.heappush(self._queue, entry)
        self._grant()
        try:
            await granted
            yield
        finally:
            granted.cancel()  # where it was not granted: _grant passes over it
            self._entries.pop(key, None)
            self._working.discard(key)
            self._only_waiting.discard(key)
            self._grant()

    def release_slot(self, key: Key) -> None:
        """Take note that the command of this key waits for a hook: its slot is for another one."""
        if key in self._working:
            self._working.discard(key)
            self._only_waiting.add(key)
            self._grant()

    def reclaim_slot(self, key: Key) -> None:
        """Take note that the Job of a hook has ended: who begins waits until its command has too.

        So what is nearly done is done first, and not all at the end.
        """
        if key in self._only_waiting:
            self._only_waiting.discard(key)
            self._working.add(key)

    def ahead_of(self, key: Key) -> int:
        """Count the commands that run or get their turn before this one; 0 for one that has it."""
        entry = self._entries.get(key)
        if entry is None:
            return 0
        before = sum(not other[3].done() and other < entry for other in self._queue)
        return len(self._working) + len(self._only_waiting) + before

    @property
    def slots(self) -> int:
        """How many commands may work at once."""
        return self._slots

    @property
    def waiting_limit(self) -> int:
        """How many commands may wait for the Job of a hook."""
        return self._limits[Rank.LONG]

    @property
    def working(self) -> int:
        """How many commands have a slot."""
        return len(self._working)

    @property
    def waiting_for_hooks(self) -> int:
        """How many commands have started the Job of a hook and wait for its end."""
        return len(self._only_waiting)

    @property
    def queued(self) -> int:
        """How many commands wait for their turn."""
        return sum(not granted.done() for *_, granted in self._queue)

    def _grant(self) -> None:
        """Give each free turn to the first in the queue that may begin."""
        kept = []
        while self._queue and len(self._working) < self._slots:
            rank, number, key, granted = heapq.heappop(self._queue)
            if granted.done():
                continue  # cancelled while it waited
            if len(self._working) + len(self._only_waiting) >= self._limits[rank]:
                kept.append((rank, number, key, granted))
                continue
            self._working.add(key)
            del self._entries[key]
            granted.set_result(None)
        for entry in kept:
            heapq.heappush(self._queue, entry)
