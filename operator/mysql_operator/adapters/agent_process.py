"""Runs the agent beside the operator, for work that belongs to no namespace of a database."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from mysql_operator.adapters import processes
from mysql_operator.adapters.processes import Program

GRACE_SECONDS = 10.0
_OUTPUT_LIMIT = 64 * 1024


class Report(NamedTuple):
    """What the agent leaves, as a Job's termination message, and when."""

    receipt: dict[str, Any]
    ended: datetime


async def run(command: str, environment: Mapping[str, str], *, seconds: float) -> Report:
    """Run a command of the agent to its end, or to the time limit."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            return await _run(command, environment, seconds, Path(folder, "termination-log"))
    except OSError as error:
        return _failed(f"the agent could not be run: {error}")


async def _run(
    command: str, environment: Mapping[str, str], seconds: float, report: Path
) -> Report:
    program = Program(
        argv=processes.dying_with_parent(
            [sys.executable, "-m", "mysql_operator", "agent", command]
        ),
        environment={
            "PATH": os.environ.get("PATH", os.defpath),
            **environment,
            "TERMINATION_LOG": str(report),
        },
        limit_seconds=seconds,
        grace_seconds=GRACE_SECONDS,
        stdout_limit=_OUTPUT_LIMIT,
        stderr_limit=_OUTPUT_LIMIT,
    )
    return _report(report, (await processes.run(program, b"")).returncode)


def _report(report: Path, code: int) -> Report:
    try:
        receipt: dict[str, Any] = json.loads(report.read_bytes())
    except (FileNotFoundError, ValueError):  # none, or one that was cut
        return _failed(f"the agent ended with code {code} and no report")
    return Report(receipt, datetime.now(UTC))


def _failed(why: str) -> Report:
    return Report({"reason": "Failed", "message": why}, datetime.now(UTC))
