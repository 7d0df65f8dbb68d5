"""Only what was started here is ended."""

from __future__ import annotations

import dataclasses
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.processes import Recorded, start_of


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_a_recorded_process_is_found_again(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    path = tmp_path / "running.json"

    Recorded.now(sleeper.pid, port=6443).write(path)

    record = Recorded.read(path)
    assert record is not None
    assert record.is_alive()
    assert record.port == 6443


def test_another_process_under_the_same_number_is_left_alone(
    sleeper: subprocess.Popen[bytes],
) -> None:
    record = Recorded.now(sleeper.pid, port=0)
    earlier = dataclasses.replace(record, started=record.started - 1)

    assert not earlier.is_alive()
    earlier.end()

    assert sleeper.poll() is None


def test_no_process_survives_a_reboot() -> None:
    record = Recorded.now(os.getpid(), port=0)

    assert not dataclasses.replace(record, boot="another").is_alive()


def test_ending_waits_until_the_process_is_gone(sleeper: subprocess.Popen[bytes]) -> None:
    record = Recorded.now(sleeper.pid, port=0)

    record.end()

    assert start_of(sleeper.pid) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_record_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "running.json"
    assert Recorded.read(path) is None

    path.write_text(text)

    assert Recorded.read(path) is None
