"""The log of a Job says how long each step took that was done."""

from __future__ import annotations

import logging
import re

import pytest

from mysql_operator.agent import steps


def test_a_step_that_is_done_is_in_the_log_with_its_time(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), steps.timed("Packing"):
        pass

    (message,) = caplog.messages
    assert re.fullmatch(r"Packing: \d+\.\d s\.", message)


def test_a_step_that_fails_leaves_the_log_to_its_error(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.INFO),
        pytest.raises(OSError, match="no room"),
        steps.timed("Packing"),
    ):
        raise OSError("no room")

    assert caplog.messages == []
