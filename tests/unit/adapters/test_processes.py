"""Another program is run: nothing of it is left behind, and nothing that it does can hold us up.

The programs here stand in for helm, and for the worst that helm or its children could do. Each
opens a named pipe, the lifeline, for writing: what arrives says that it is ready, and the end of
the file comes from the kernel when the last one that held it is dead. So no test sleeps or looks at
numbers of processes.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from mysql_operator.adapters import processes

SOON = 20.0
"""Seconds after which a test has failed; far more than any of this takes."""
NEVER = 3600.0

READY = "import os, signal, sys; life = open(sys.argv[1], 'w'); life.write('ready'); life.flush()\n"
WAIT = "\nsignal.pause()"
IGNORE = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"


class Lifeline:
    """A named pipe that programs hold open for as long as they live."""

    def __init__(self, path: Path, reader: asyncio.StreamReader) -> None:
        self.path = path
        self._reader = reader

    async def is_held(self) -> bool:
        """Wait until a program has taken it."""
        async with asyncio.timeout(SOON):
            return await self._reader.readexactly(len("ready")) == b"ready"

    async def is_cut(self) -> bool:
        """Wait until every program that had it is dead."""
        async with asyncio.timeout(SOON):
            return await self._reader.read() is not None


@pytest_asyncio.fixture
async def lifeline(tmp_path: Path) -> AsyncIterator[Lifeline]:
    path = tmp_path / "lifeline"
    os.mkfifo(path)
    reader = asyncio.StreamReader()
    pipe = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb")
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    yield Lifeline(path, reader)
    transport.close()


def a_program(
    code: str,
    *arguments: object,
    limit_seconds: float = NEVER,
    grace_seconds: float = NEVER,
    environment: dict[str, str] | None = None,
) -> processes.Program:
    return processes.Program(
        argv=[sys.executable, "-c", code, *map(str, arguments)],
        environment=environment or {},
        limit_seconds=limit_seconds,
        grace_seconds=grace_seconds,
        stdout_limit=1000,
        stderr_limit=1000,
    )


async def run(program: processes.Program, stdin: bytes = b"") -> processes.Outcome:
    async with asyncio.timeout(SOON):
        return await processes.run(program, stdin)


async def cancelled(running: asyncio.Task[processes.Outcome]) -> None:
    running.cancel()
    async with asyncio.timeout(SOON):
        await asyncio.wait({running})
    assert running.cancelled()


async def test_input_goes_in_and_both_outputs_and_the_exit_code_come_back() -> None:
    code = "import sys; print(len(sys.stdin.read())); print('no', file=sys.stderr); sys.exit(3)"

    outcome = await run(a_program(code), b"x" * 300_000)

    assert (outcome.stdout, outcome.stderr, outcome.returncode) == (b"300000\n", b"no\n", 3)
    assert not outcome.timed_out
    assert not outcome.is_cut


async def test_the_program_knows_only_the_environment_that_it_is_given() -> None:
    code = "import os; print(*sorted(set(os.environ) - {'LC_CTYPE'}))"

    outcome = await run(a_program(code, environment={"HOME": "/nowhere"}))

    assert outcome.stdout == b"HOME\n"


async def test_a_program_that_does_not_read_its_input_is_not_waited_for() -> None:
    outcome = await run(a_program("print('done')"), b"x" * 3_000_000)

    assert outcome.stdout == b"done\n"


async def test_of_too_much_output_the_beginning_is_kept_and_of_errors_the_end() -> None:
    code = (
        "import sys; print('first' + 'x' * 3_000_000); "
        "print('x' * 3_000_000 + 'last', file=sys.stderr)"
    )

    outcome = await run(a_program(code))

    assert outcome.is_cut
    assert (len(outcome.stdout), outcome.stdout[:5]) == (1000, b"first")
    assert (len(outcome.stderr), outcome.stderr[-5:]) == (1000, b"last\n")


async def test_a_cancelled_program_is_asked_to_stop_and_gets_to_write_it_down(
    lifeline: Lifeline, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    code = f"import pathlib, signal\ndef stop(*_): pathlib.Path({str(note)!r}).touch(); exit(1)\n"
    code += f"signal.signal(signal.SIGTERM, stop)\n{READY}{WAIT}"
    running = asyncio.create_task(run(a_program(code, lifeline.path)))
    await lifeline.is_held()

    await cancelled(running)

    assert note.exists()


async def test_a_program_that_ignores_the_request_is_killed_after_the_grace_period(
    lifeline: Lifeline,
) -> None:
    program = a_program(IGNORE + READY + WAIT, lifeline.path, grace_seconds=0.05)
    running = asyncio.create_task(run(program))
    await lifeline.is_held()

    await cancelled(running)

    assert await lifeline.is_cut()


async def test_a_second_cancellation_cuts_the_grace_period_short(lifeline: Lifeline) -> None:
    # os.write, because a signal may come while `life` is still busy with the first word.
    asked = "signal.signal(signal.SIGTERM, lambda *_: os.write(life.fileno(), b'ready'))\n"
    code = f"import os, signal\n{READY}{asked}life.write('ready'); life.flush()\n"
    code += "while True: signal.pause()"
    running = asyncio.create_task(run(a_program(code, lifeline.path)))
    await lifeline.is_held()
    await lifeline.is_held()
    running.cancel()
    await lifeline.is_held()

    await cancelled(running)

    assert await lifeline.is_cut()


async def test_the_children_of_a_cancelled_program_die_with_it(lifeline: Lifeline) -> None:
    code = f"import os, signal\nif os.fork(): signal.pause()\n{IGNORE}{READY}{WAIT}"
    running = asyncio.create_task(run(a_program(code, lifeline.path)))
    await lifeline.is_held()

    await cancelled(running)

    assert await lifeline.is_cut()


async def test_a_child_that_is_left_behind_neither_holds_up_the_result_nor_lives_on(
    lifeline: Lifeline,
) -> None:
    code = (
        "import os, signal, sys\n"
        "ready, go = os.pipe()\n"
        "if os.fork(): os.read(ready, 1); print('done'); sys.exit(0)\n"
        f"{IGNORE}{READY}os.write(go, b'.'){WAIT}"
    )

    outcome = await run(a_program(code, lifeline.path))

    assert (outcome.stdout, outcome.returncode) == (b"done\n", 0)
    assert await lifeline.is_cut()


async def test_a_program_that_takes_too_long_is_stopped_and_that_is_said(
    lifeline: Lifeline,
) -> None:
    program = a_program(IGNORE + READY + WAIT, lifeline.path, limit_seconds=1, grace_seconds=0.05)

    outcome = await run(program)

    assert outcome.timed_out
    assert outcome.returncode < 0
    assert await lifeline.is_held()
    assert await lifeline.is_cut()


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="util-linux is not installed")
async def test_a_program_whose_operator_is_killed_stops_and_gets_to_write_it_down(
    lifeline: Lifeline, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    last_words = "print('cancelled', flush=True); print('cancelled', file=sys.stderr, flush=True)"
    code = f"import pathlib, signal, sys\ndef stop(*_):\n  {last_words}\n"
    code += f"  pathlib.Path({str(note)!r}).touch(); sys.exit(1)\n"
    code += "signal.signal(signal.SIGTERM, stop); signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n"
    words = [sys.executable, "-c", code + READY + WAIT, str(lifeline.path)]
    operator = (
        "import asyncio\nfrom mysql_operator.adapters import processes\n"
        f"program = processes.Program(processes.dying_with_parent({words!r}), {{}}, 99, 99, 9, 9)\n"
        "asyncio.run(processes.run(program, b''))"
    )
    path = os.pathsep.join(path for path in sys.path if path)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", operator, env={**os.environ, "PYTHONPATH": path}
    )
    await lifeline.is_held()

    process.kill()
    await process.wait()

    assert await lifeline.is_cut()
    assert note.exists()
