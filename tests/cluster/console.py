"""What the tool says to people, and how it runs other programs.

Every failure a person can do something about is a `ClusterError`, whose message says what.
"""

from __future__ import annotations

import errno
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

HEARTBEAT_SECONDS = 15.0
_NO_SPACE = "no space left on device"


class ClusterError(Exception):
    """Something a person can put right; the message says how."""


def say(message: str) -> None:
    """Tell a person what goes on, at once: builds are followed through pipes and log files."""
    print(message, file=sys.stderr, flush=True)


def answer(text: str) -> None:
    """Print what was asked for where `$(…)` and `eval` take it from."""
    print(text, flush=True)


def no_space(where: object) -> ClusterError:
    """What to do about a full disk is the same wherever it shows."""
    return ClusterError(
        f"The disk is full ({where}). Free some space (`go clean -cache` gives back several GiB; "
        "`python3 -m tests.cluster status` shows this tool's cache) and run the same command "
        "again: what is complete is kept."
    )


def output_of(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> str:
    """Run a short command and return what it prints; a `ClusterError` carries its error text."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    except FileNotFoundError as exc:
        raise ClusterError(f"{command[0]} is not installed, and it is needed here.") from exc
    if done.returncode:
        if _NO_SPACE in done.stderr.lower():
            raise no_space(command[0])
        raise ClusterError(f"`{shlex.join(command)}` failed:\n{done.stderr.strip()}")
    return done.stdout


def succeeds(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> bool:
    """Tell whether a short command can be run and ends well."""
    try:
        return subprocess.run(command, capture_output=True, env=env, check=False).returncode == 0
    except FileNotFoundError:
        return False


def require(programs: Mapping[str, str]) -> None:
    """Refuse to go on without programs that the user has to bring; each with where to get it."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        ways = "; ".join(f"{name}: {programs[name]}" for name in missing)
        raise ClusterError(f"{' and '.join(missing)} not found in PATH. Install it ({ways}).")


def run_logged(
    title: str,
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    progress: Callable[[str], str] = lambda _: "",
) -> None:
    """Run a long command into a log file, with a line of progress every few seconds."""
    log.parent.mkdir(parents=True, exist_ok=True)
    started = said = time.monotonic()
    with log.open("wb") as sink:
        try:
            process = subprocess.Popen(
                command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL, env=env, cwd=cwd
            )
        except FileNotFoundError as exc:
            raise ClusterError(f"{command[0]} is not installed, and {title} needs it.") from exc
        try:
            while process.poll() is None:
                time.sleep(0.1)
                if time.monotonic() - said >= HEARTBEAT_SECONDS:
                    said = time.monotonic()
                    seen = progress(log.read_text(errors="replace"))
                    say(f"    … {title}: {said - started:.0f} s{seen and ', ' + seen}")
        except BaseException:
            process.kill()
            process.wait()
            raise
    if process.returncode:
        raise _failed(title, command, log)


def _failed(title: str, command: Sequence[str], log: Path) -> ClusterError:
    text = log.read_text(errors="replace")
    if _NO_SPACE in text.lower():
        return no_space(title)
    tail = "\n".join(text.splitlines()[-15:])
    return ClusterError(f"{title} failed: `{shlex.join(command)}`\n{tail}\nThe whole log: {log}")


def is_no_space(error: OSError) -> bool:
    """Tell a full disk, which is a person's to mend, from other errors of the system."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
