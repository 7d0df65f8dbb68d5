"""The agent beside the operator: however it ends, there is a report."""

from __future__ import annotations

import errno
import tempfile
from typing import Any, NoReturn

import pytest

from mysql_operator.adapters import agent_process, processes
from mysql_operator.adapters.processes import Program


def full(*_: Any, **__: Any) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_disk_that_is_full_is_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)

    report = await agent_process.run("check-storage", {}, seconds=10)

    assert report.receipt["reason"] == "Failed"
    assert "No space left" in report.receipt["message"]


@pytest.mark.parametrize("left", [b"\xff\xfe", b'{"result": "rea', b""])
async def test_a_report_that_was_cut_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, left: bytes
) -> None:
    async def killed(program: Program, _: bytes) -> Any:
        with open(program.environment["TERMINATION_LOG"], "wb") as report:  # noqa: ASYNC230
            report.write(left)
        return type("Ended", (), {"returncode": -9})

    monkeypatch.setattr(processes, "run", killed)

    report = await agent_process.run("check-storage", {}, seconds=10)

    assert "code -9" in report.receipt["message"]
