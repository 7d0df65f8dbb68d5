"""SIGTERM as an exception, so that what is half done is undone before the pod ends.

Python runs the handler of a signal wherever the main thread is, and an exception that it raises
gets lost there now and then: Python ignores those of finalizers, which run at any allocation, and
libraries go on after any exception at all when they close a socket. So the exception is raised
again and again, until somebody handles it. (Measured with 3.11 on a loop that connects to a server
that has not started yet: of 7,500 signals 809 got lost.)
"""

from __future__ import annotations

import signal
import sys
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


AGAIN_SECONDS = 0.1


def raise_on_signals() -> None:
    """Raise InterruptedJobError in the main thread on the first SIGTERM or SIGINT."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    _take_no_other()  # a second one must not interrupt the undoing
    name = signal.Signals(number).name

    def again(_number: int, _frame: FrameType | None) -> None:
        if not _is_being_handled(sys.exc_info()[1]):
            raise InterruptedJobError(name)

    signal.signal(signal.SIGALRM, again)
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS, AGAIN_SECONDS)
    raise InterruptedJobError(name)


def _is_being_handled(error: BaseException | None) -> bool:
    """Whether what runs is the undoing, given the exception that it handles."""
    while error is not None and not isinstance(error, InterruptedJobError):
        error = error.__context__
    return error is not None


def ignore() -> None:
    """Finish what is going on whatever happens."""
    _take_no_other()
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)


def _take_no_other() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
