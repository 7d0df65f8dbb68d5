"""The helm commands that this process runs: at most one for each release, a few at once.

An operation outlives the pass that began it, so that an edit or a deletion is seen while it runs.
How it ended is kept until a status that tells of it has been written.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from mysql_operator.errors import OperatorError
from mysql_operator.names import Key
from mysql_operator.reconcile.engine_metrics import HelmMetrics
from mysql_operator.reconcile.facts.observations import Operation, OperationKind, Outcome
from mysql_operator.reconcile.turns import Rank, Turns

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Command:
    """A helm command, and what has to be known of it while it runs."""

    kind: OperationKind
    run: Coroutine[Any, Any, None]
    values_digest: str
    attempted: str
    has_hooks: bool
    rank: Rank = Rank.SHORT


@dataclass
class _Running:
    command: Command
    task: asyncio.Task[None]
    started: float | None = None
    """None while it waits for its turn."""
    cancelled_for: OperatorError | None = None
    cancelling: bool = False

    def seconds(self) -> float:
        """How long helm has been at it."""
        return 0.0 if self.started is None else time.monotonic() - self.started


class Operations:
    """Which release is being worked on, and how the last work ended."""

    def __init__(self, turns: Turns, *, ended: Callable[[Key], None]) -> None:
        """Run each command when it has its turn; call `ended` after each."""
        self.metrics = HelmMetrics()
        self._turns = turns
        self._ended = ended
        self._running: dict[Key, _Running] = {}
        self._outcomes: dict[Key, Outcome] = {}

    def of(self, key: Key) -> Operation | None:
        """What runs for that release."""
        running = self._running.get(key)
        if running is None:
            return None
        return Operation(
            kind=running.command.kind,
            values_digest=running.command.values_digest,
            attempted=running.command.attempted,
            running_seconds=running.seconds(),
            has_hooks=running.command.has_hooks,
            cancelling=running.cancelling,
            ahead=self._turns.ahead_of(key),
        )

    def has_begun(self, key: Key) -> bool:
        """Whether helm has its turn for that release, or has had it and nobody looked since."""
        running = self._running.get(key)
        return key in self._outcomes or (running is not None and running.started is not None)

    def release_slot(self, key: Key) -> None:
        """Take note that the command has started the Job of a hook, and only waits for its end."""
        self._turns.release_slot(key)

    def reclaim_slot(self, key: Key) -> None:
        """Take note that the Job has ended, and the command is about to."""
        self._turns.reclaim_slot(key)

    def outcome(self, key: Key) -> Outcome | None:
        """How the last one ended, if nobody has written that down yet."""
        return self._outcomes.get(key)

    def settle(self, key: Key) -> None:
        """The outcome has been written down."""
        self._outcomes.pop(key, None)

    def start(self, key: Key, command: Command) -> None:
        """Run a helm command in the background."""
        task = asyncio.create_task(self._run(key, command), name=f"helm {command.kind} {key}")
        self._running[key] = _Running(command, task)

    def cancel(self, key: Key, why: OperatorError | None) -> None:
        """End the command: a failure where there is a `why`, else it is not wanted any more."""
        running = self._running.get(key)
        if running is not None and not running.cancelling:
            running.cancelling = True
            running.cancelled_for = why
            running.task.cancel()

    async def stop(self, *, grace_seconds: float) -> None:
        """Let what runs finish, then end it. helm marks what it is stopped in as failed."""
        tasks = {running.task for running in self._running.values()}
        if not tasks:
            return
        logger.info("waiting for %s helm commands to finish", len(tasks))
        _, late = await asyncio.wait(tasks, timeout=grace_seconds)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)

    async def _run(self, key: Key, command: Command) -> None:
        error, is_wanted = None, True
        try:
            async with self._turns.turn(key, command.rank):
                self._running[key].started = time.monotonic()
                await command.run
        except asyncio.CancelledError:
            error = self._running[key].cancelled_for
            is_wanted = error is not None
        except OperatorError as failure:
            error = failure
        except Exception as failure:
            logger.exception("%s: the helm command failed in an unknown way", key)
            error = OperatorError("Unknown", type(failure).__name__)
        finally:
            command.run.close()
            running = self._running.pop(key)
        took = running.seconds()
        logger.info("%s: %s ended after %.2f s: %s", key, command.kind, took, error or "done")
        self.metrics.ended(command.kind, took, error, is_wanted=is_wanted)
        if is_wanted:
            self._outcomes[key] = Outcome(attempted=command.attempted, error=error)
        self._ended(key)
