"""SIGTERM as an exception, so that what is half done is undone before the pod ends."""

from __future__ import annotations

import signal
from types import FrameType

from mysql_operator.errors import OperatorError


class InterruptedJobError(OperatorError):
    """Kubernetes ends this pod: a drained node, a deadline, somebody who deleted the Job."""


def _interrupt(number: int, _frame: FrameType | None) -> None:
    ignore()  # a second one must not interrupt the undoing
    name = signal.Signals(number).name
    raise InterruptedJobError(
        "Interrupted", f"the pod was told to end ({name}) before the Job was done; it runs again"
    )


def raise_on_signals() -> None:
    """Raise InterruptedJobError in the main thread on the first SIGTERM or SIGINT."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)


def ignore() -> None:
    """Finish what is going on whatever happens."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
