"""Running another program so that nothing of it is ever left behind.

Called by the helm adapter. It knows nothing of helm, decides no retry and logs no argument, input
or output: all three may hold what must not be in a log.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import signal
from collections.abc import Mapping, Sequence
from typing import BinaryIO

_REAP_SECONDS = 5.0
"""How long to wait for the kernel to end what was killed; it is done at once, or never."""


@dataclasses.dataclass(frozen=True)
class Program:
    """What to run, and how long and how much of it to bear."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    limit_seconds: float
    grace_seconds: float
    """From SIGTERM to SIGKILL: what the program gets to write down that it was stopped."""
    stdout_limit: int
    stderr_limit: int


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a program ended, and what it said."""

    returncode: int
    stdout: bytes
    stderr: bytes
    """The end of it, where programs put the reason."""
    is_cut: bool
    """Standard output was longer than wanted, so its end is missing."""
    timed_out: bool


def dying_with_parent(argv: Sequence[str]) -> list[str]:
    """The same command, told by the kernel to stop when the operator is gone.

    `setpriv` (util-linux, part of every Debian) rather than a preexec_fn, which is not safe in a
    process with threads. NB: the kernel counts the *thread* that forked as the parent. asyncio
    forks in the thread of its loop, so the loop has to live in the main thread, as kopf's does.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", *argv] if setpriv else list(argv)


async def run(program: Program, stdin: bytes) -> Outcome:
    """Run to the end, to the time limit or to a cancellation; nothing of it runs afterwards.

    On a cancellation the program is stopped first and `CancelledError` raised then; a second one
    cuts the grace period short.

    Input and output are files in memory, not pipes. A Go program that writes to a pipe whose other
    end has died is killed by SIGPIPE: helm would outlive the operator only to die of saying so,
    before it has recorded the release as failed. Nor can a pipe be full, or be held open by a
    grandchild.
    """
    with _file(stdin) as source, _file() as stdout, _file() as stderr:
        # NB: cancelled inside this call, asyncio itself kills what it has just forked and reaps it.
        process = await asyncio.create_subprocess_exec(
            *program.argv,
            stdin=source,
            stdout=stdout,
            stderr=stderr,
            env=dict(program.environment),
            # A session of its own: its process group can be signalled as a whole, and a Ctrl-C
            # meant for the operator does not reach it before the operator has decided.
            start_new_session=True,
        )
        ended = asyncio.create_task(process.wait())
        try:
            await asyncio.wait({ended}, timeout=program.limit_seconds)
            timed_out = not ended.done()
        finally:
            await _end(process.pid, ended, program.grace_seconds)
        return Outcome(
            returncode=-signal.SIGKILL if process.returncode is None else process.returncode,
            stdout=_beginning(stdout, program.stdout_limit),
            stderr=_ending(stderr, program.stderr_limit),
            is_cut=_size(stdout) > program.stdout_limit,
            timed_out=timed_out,
        )


async def _end(group: int, ended: asyncio.Task[int], grace: float) -> None:
    """SIGTERM, a grace period, SIGKILL, reap; for a program that has ended: its leftovers."""
    try:
        if not ended.done():
            _signal_group(group, signal.SIGTERM)
            await asyncio.wait({ended}, timeout=grace)
    finally:
        # NB: also after a clean end, for the children that it may have left behind. The number of
        # the group stays taken for as long as one member lives, so it is nobody else's.
        _signal_group(group, signal.SIGKILL)
        await asyncio.wait({ended}, timeout=_REAP_SECONDS)
        ended.cancel()


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return  # all of it has ended: what was wanted


def _file(content: bytes = b"") -> BinaryIO:
    file = os.fdopen(os.memfd_create("stream"), "w+b")
    file.write(content)
    file.seek(0)
    return file


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def _beginning(file: BinaryIO, limit: int) -> bytes:
    return os.pread(file.fileno(), limit, 0)


def _ending(file: BinaryIO, limit: int) -> bytes:
    return os.pread(file.fileno(), limit, max(0, _size(file) - limit))
