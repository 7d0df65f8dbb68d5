"""A script on the node that waits for its moment there: a round trip from here would be too late.

It prints `ready`, then reads how many seconds to wait, and prints `hit` once it has hit something.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Iterator

from tests.cluster import configuring, paths
from tests.support.commands import ROOT, run
from tests.support.nodes import ON_THE_NODE

READY_SECONDS = 60.0

KILL_FIRST = """
kill_first() { # the first process of these pods, by their log folders, with such a command line
  local process
  for pod in "$logs"/$1; do echo "${pod##*_}"; done >"$uids"
  for process in $(grep -lsF -f "$uids" /proc/[0-9]*/mountinfo); do
    process=${process%/mountinfo}
    [[ $process/ns/mnt -ef /proc/self/ns/mnt ]] && continue # the node sees all volumes
    tr '\\0' ' ' 2>/dev/null <"$process/cmdline" | grep -qE -- "$2" || continue
    kill "-$3" "${process#/proc/}" 2>/dev/null && return
  done
  return 1
}
logs=$1
uids=$(mktemp)
trap 'rm -f "$uids"' EXIT
trap exit TERM
"""
"""A process shows its pod in the volumes that it has mounted: their paths hold the UID."""

HUNT = (
    KILL_FIRST
    + """
echo ready
read -r after
sleep "$after"
SECONDS=0
until ((SECONDS > $5)); do
  kill_first "$2" "$3" "$4" && echo hit && exit
  sleep 0.05
done
"""
)
"""Kill a process as soon as it is there: pods, command line, signal, seconds to look for it."""

FOLLOW = (
    KILL_FIRST
    + """
exec 3< <(exec timeout "$6" tail -n 0 -F "$logs"/$2/*/*.log 2>/dev/null)
follower=$!
echo ready
read -r after
while read -r line <&3; do
  [[ $line == *"$5"* ]] || continue
  sleep "$after"
  kill_first "$2" "$3" "$4" && echo hit
  break
done
kill "$follower"
"""
)
"""Kill a process when it has logged something: pods, command line, signal, words, seconds."""

SIGNAL = f'{KILL_FIRST}\nkill_first "$2" "$3" "$4"'

STOP = """
echo ready
read -r after
sleep "$after"
process=$(pidof -s "$1")
trap 'kill -CONT "$process"' EXIT
trap exit TERM
kill -STOP "$process"
sleep "$2" &
wait $!
echo hit
"""
"""Stop a program of the node for some seconds."""

KILL = 'echo ready; read -r after; sleep "$after"; kill -KILL "$(pidof -s "$1")" && echo hit'
"""Kill a program of the node; its supervisor starts it again."""


class Agent:
    """One such script, while it runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._said: queue.Queue[str] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def hear(self, word: str, *, within: float) -> bool:
        """Whether it says this word in time, and before it ends."""
        with contextlib.suppress(queue.Empty):
            return self._said.get(timeout=within) == word
        return False

    def tell(self, after: float) -> None:
        """How many seconds to wait; one that has ended meanwhile says nothing when it is heard."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{after:.2f}\n")
            self._process.stdin.flush()

    def call_back(self) -> None:
        """End it and all that it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(line.strip())
        self._said.put("")


@contextlib.contextmanager
def sent(script: str, *arguments: str) -> Iterator[Agent]:
    """An agent that is ready; it is called back in the end."""
    process = subprocess.Popen(
        [*ON_THE_NODE, "bash", "-c", script, "agent", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=ROOT,
        text=True,
    )
    agent = Agent(process)
    try:
        assert agent.hear("ready", within=READY_SECONDS), "the agent on the node does not start"
        yield agent
    finally:
        agent.call_back()


def signalled(pods: str, command: str, signal_name: str) -> bool:
    """Send a signal at once; whether there was a process to send it to."""
    arguments = (pod_logs(), pods, command, signal_name)
    return run(*ON_THE_NODE, "bash", "-c", SIGNAL, "agent", *arguments).ok


def pod_logs() -> str:
    """Where kubelet keeps a folder for each pod, named NAMESPACE_POD_UID."""
    return str(configuring.Layout(paths.state_home()).data / "pod-logs")
