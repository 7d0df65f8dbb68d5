"""Runs one of pyrage's functions step by step: bytes are handed over, and what they become comes
back.

pyrage reads from one file and writes to another until it is done, so whoever calls it waits for its
end. It is called in a thread of its own, which only works while somebody waits for it and reads and
writes nothing but memory: requests to a store and signals stay with the thread that waits.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

STEP = 256 << 10
"""Bytes that are handed over at a time."""

Function = Callable[[Any, Any], object]
"""Reads from its first argument and writes to its second."""


class _AbandonedError(Exception):
    """Nobody waits for it any more."""


class _Answer(NamedTuple):
    output: bytes
    has_ended: bool = False
    error: BaseException | None = None


class Steps:
    """A function at work."""

    def __init__(self, function: Function) -> None:
        """Let it work until it wants to read."""
        self._inputs: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
        self._memory = _Memory(self._inputs, self._answers)
        self._has_ended = False
        self._thread = threading.Thread(target=self._run, args=(function,), name="age", daemon=True)
        self._thread.start()
        self._first = self._answer()

    def feed(self, content: bytes) -> bytes:
        """Hand over what it reads next, nothing for the end; returns what it has written since.

        Raises:
            Exception: what the function raises.
        """
        before, self._first = self._first, b""
        if self._has_ended:
            return before
        self._inputs.put(content)
        return before + self._answer()

    def end(self) -> None:
        """End it, wherever it is."""
        self._inputs.put(None)
        self._thread.join()

    def _answer(self) -> bytes:
        answer = self._answers.get()
        self._has_ended = answer.has_ended
        if answer.error is not None:
            raise answer.error
        return answer.output

    def _run(self, function: Function) -> None:
        error: BaseException | None = None
        try:
            function(self._memory, self._memory)
        except BaseException as raised:  # a panic of Rust is no Exception, and is waited for too
            error = raised
        self._answers.put(_Answer(self._memory.taken(), has_ended=True, error=error))


class _Memory:
    """Both files of the function."""

    def __init__(
        self, inputs: queue.SimpleQueue[bytes | None], answers: queue.SimpleQueue[_Answer]
    ) -> None:
        self._inputs = inputs
        self._answers = answers
        self._rest = memoryview(b"")
        self._is_at_end = False
        self._written = bytearray()

    def read(self, size: int = -1) -> bytes:
        if not self._rest and not self._is_at_end:
            self._answers.put(_Answer(self.taken()))
            given = self._inputs.get()
            if given is None:
                raise _AbandonedError
            self._rest, self._is_at_end = memoryview(given), not given
        content = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(content) :]
        return bytes(content)

    def write(self, content: bytes) -> int:
        self._written += content
        return len(content)

    def flush(self) -> None:
        """Do nothing: it is memory."""

    def taken(self) -> bytes:
        """Give what was written since the last time."""
        content, self._written = bytes(self._written), bytearray()
        return content
