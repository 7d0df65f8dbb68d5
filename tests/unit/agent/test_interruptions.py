"""A pod that is told to end: the exception reaches `main`, wherever the signal comes."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from mysql_operator.agent import interruptions
from mysql_operator.agent.interruptions import InterruptedJobError
from mysql_operator.errors import OperatorError


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """As a Job has them, for one test."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    interruptions.raise_on_signals()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


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
