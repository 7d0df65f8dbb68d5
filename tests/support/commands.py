"""Run what a user would type, and keep what it said.

The tests use `kubectl` and `helm` themselves and no client library: they prove what people see.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 700


@dataclass(frozen=True)
class Result:
    """How a command ended and what it said."""

    command: str
    code: int
    out: str
    err: str

    @property
    def ok(self) -> bool:
        return self.code == 0

    @property
    def said(self) -> str:
        """Everything that was on the terminal."""
        return self.out + self.err


class CommandFailedError(AssertionError):
    """A command that had to succeed did not."""

    def __init__(self, result: Result) -> None:
        super().__init__(f"{result.command}\nended with {result.code}:\n{result.said[-4000:]}")
        self.result = result


def run(*command: str, stdin: str = "", within: float = PATIENCE) -> Result:
    """Run a command to its end, however it ends."""
    ended = subprocess.run(
        command,
        input=stdin.encode(),
        capture_output=True,
        timeout=within,
        check=False,
        cwd=ROOT,
        env=os.environ,
    )
    return Result(
        shlex.join(command),
        ended.returncode,
        ended.stdout.decode(errors="replace"),
        ended.stderr.decode(errors="replace"),
    )


def must(*command: str, stdin: str = "", within: float = PATIENCE) -> str:
    """Run a command that has to succeed; what it printed.

    Raises:
        CommandFailedError: it did not, with all that it said.
    """
    result = run(*command, stdin=stdin, within=within)
    if not result.ok:
        raise CommandFailedError(result)
    return result.out
