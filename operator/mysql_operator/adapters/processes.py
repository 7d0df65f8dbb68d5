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

_DRAIN_SECONDS = 5.0
"""How long to wait for the kernel to reap what was killed and for the pipes to close."""


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
    """
    loop = asyncio.get_running_loop()
    # NB: cancelled inside this call, asyncio itself kills what it has just forked and reaps it.
    transport, conversation = await loop.subprocess_exec(
        lambda: _Conversation(loop, program),
        *program.argv,
        env=dict(program.environment),
        # A session of its own: its process group can be signalled as a whole, and a Ctrl-C meant
        # for the operator does not reach it before the operator has decided.
        start_new_session=True,
    )
    try:
        _feed(transport, stdin)
        await asyncio.wait({conversation.exited}, timeout=program.limit_seconds)
        timed_out = not conversation.exited.done()
    finally:
        await _end(transport, conversation, program.grace_seconds)
    returncode = transport.get_returncode()
    return Outcome(
        returncode=-signal.SIGKILL if returncode is None else returncode,
        stdout=bytes(conversation.stdout),
        stderr=bytes(conversation.stderr),
        is_cut=conversation.is_cut,
        timed_out=timed_out,
    )


def _feed(transport: asyncio.SubprocessTransport, stdin: bytes) -> None:
    pipe = transport.get_pipe_transport(0)
    if isinstance(pipe, asyncio.WriteTransport):
        pipe.write(stdin)
        pipe.close()  # flushes first; a program that does not read loses its input, nothing else


async def _end(
    transport: asyncio.SubprocessTransport, conversation: _Conversation, grace: float
) -> None:
    """SIGTERM, a grace period, SIGKILL, reap; for a program that has ended: its leftovers."""
    group = transport.get_pid()
    try:
        if not conversation.exited.done():
            _signal_group(group, signal.SIGTERM)
            await asyncio.wait({conversation.exited}, timeout=grace)
    finally:
        # NB: also after a clean end. A child that it left behind would hold the pipes open, and
        # the number of the group stays taken for as long as one member lives.
        _signal_group(group, signal.SIGKILL)
        try:
            await asyncio.wait({conversation.closed}, timeout=_DRAIN_SECONDS)
        finally:
            transport.close()


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return  # all of it has ended: what was wanted


class _Conversation(asyncio.SubprocessProtocol):
    """Collects what a program says, within bounds.

    A protocol, not `asyncio.subprocess.Process`: that one's `wait()` also waits for the pipes to
    close (Python 3.11 and 3.12), which a grandchild can put off for ever.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, program: Program) -> None:
        self.exited: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.is_cut = False
        self._program = program

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Keep the beginning of standard output and the end of standard error."""
        if fd == 1:
            room = self._program.stdout_limit - len(self.stdout)
            self.is_cut |= len(data) > room
            self.stdout += data[:room]
        else:
            self.stderr += data
            del self.stderr[: -self._program.stderr_limit]

    def process_exited(self) -> None:
        """It has ended; the pipes may still hold something."""
        if not self.exited.done():
            self.exited.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended and every pipe is read to its end."""
        if not self.closed.done():
            self.closed.set_result(None)
