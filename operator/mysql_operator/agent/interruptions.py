"""SIGTERM as an exception, so that what is half done is undone before the pod ends."""

from __future__ import annotations

import signal
from types import FrameType

from mysql_operator.errors import OperatorError


class InterruptedJobError(BaseException):
    """Kubernetes ends this pod: a drained node, a deadline, somebody who deleted the Job.

    Like KeyboardInterrupt it is no Exception. It may come in any line, so also where errors are
    caught: the handlers of `logging` take no notice of one, nor does whoever goes on without what
    could not be done. The work would then go on, until Kubernetes kills it.
    """

    def __init__(self, signal_name: str) -> None:
        """Keep how the pod was told."""
        super().__init__(signal_name)
        self.signal_name = signal_name

    def as_error(self) -> OperatorError:
        """What is reported of it."""
        return OperatorError(
            "Interrupted",
            f"Kubernetes ended the pod ({self.signal_name}) before the work was done; the Job "
            "starts over in another pod",
        )


def _interrupt(number: int, _frame: FrameType | None) -> None:
    ignore()  # a second one must not interrupt the undoing
    raise InterruptedJobError(signal.Signals(number).name)


def raise_on_signals() -> None:
    """Raise InterruptedJobError in the main thread on the first SIGTERM or SIGINT."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)


def ignore() -> None:
    """Finish what is going on whatever happens."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
