"""A pod that is told to end: the exception reaches `main`, wherever the signal comes."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from mysql_operator.agent import interruptions
from mysql_operator.agent.interruptions import AGAIN_SECONDS, InterruptedJobError
from mysql_operator.errors import OperatorError
from tests.support import interrupting


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """As a Job has them, for one test."""
    with interrupting.interruptible():
        yield


class Interrupting(logging.Handler):
    """Is told to end while it writes a line: whoever waits for that line does so."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except Exception:
            self.handleError(record)


def test_it_is_not_lost_in_a_line_of_the_log() -> None:
    logger = logging.getLogger("a job")
    logger.addHandler(Interrupting())

    with pytest.raises(InterruptedJobError):
        logger.warning("Recovering.")


class _Finalized:
    """Is told to end while Python removes it, which ignores what is raised there."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


def _in_a_finalizer() -> None:
    _Finalized()


def _where_any_exception_is_taken() -> None:
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    except BaseException:  # noqa: S110 - as PyMySQL closes a socket
        pass


def _in_a_generator_that_nobody_ends() -> None:
    def numbers() -> Iterator[int]:
        try:
            yield 1
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    next(numbers())


def _as_the_cause_of_an_error_that_passes() -> None:
    with suppress(OperatorError):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except BaseException as error:
            raise OperatorError("Unreachable", "it is tried again") from error


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "lose",
    [
        _in_a_finalizer,
        _where_any_exception_is_taken,
        _in_a_generator_that_nobody_ends,
        _as_the_cause_of_an_error_that_passes,
    ],
)
def test_one_that_got_lost_comes_again(lose: Callable[[], None]) -> None:
    lose()

    with pytest.raises(InterruptedJobError):
        time.sleep(60)


@contextmanager
def _undoing_in_a_context_manager(undone: list[str]) -> Iterator[None]:
    try:
        yield
    finally:
        time.sleep(3 * AGAIN_SECONDS)
        undone.append("in a context manager")


@contextmanager
def _undoing_beside_another_error(undone: list[str]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        try:
            raise OperatorError("Unreachable", "this cannot be undone")
        except OperatorError:
            time.sleep(3 * AGAIN_SECONDS)
            undone.append("beside another error")
        raise


def test_one_that_is_handled_does_not_come_again() -> None:
    undone: list[str] = []

    def work() -> None:
        with ExitStack() as stack:
            stack.callback(lambda: undone.append("at the end"))
            stack.enter_context(_undoing_in_a_context_manager(undone))
            stack.callback(lambda: time.sleep(3 * AGAIN_SECONDS))
            stack.enter_context(_undoing_beside_another_error(undone))
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(InterruptedJobError):
        work()
    assert undone == ["beside another error", "in a context manager", "at the end"]


def test_what_goes_on_whatever_happens_is_left_alone() -> None:
    _where_any_exception_is_taken()

    with suppress(InterruptedJobError):  # it may come again just here
        interruptions.ignore()
    interruptions.ignore()

    time.sleep(3 * AGAIN_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def test_whoever_goes_on_after_an_error_does_not_go_on() -> None:
    with pytest.raises(InterruptedJobError), suppress(OperatorError):
        os.kill(os.getpid(), signal.SIGTERM)


def test_a_second_one_leaves_the_undoing_alone() -> None:
    undone = []

    def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            undone.append("all")

    with pytest.raises(InterruptedJobError):
        work()
    assert undone == ["all"]


def test_what_is_reported_names_the_signal() -> None:
    with pytest.raises(InterruptedJobError) as interruption:
        os.kill(os.getpid(), signal.SIGTERM)

    error = interruption.value.as_error()
    assert error.reason == "Interrupted"
    assert "SIGTERM" in error.message
