"""Runs the agent as its pod does: beside the sidecar with the scratch server, on their volume.

The agent itself runs from the tests' own environment, as the user of the pods and in the network
of the instance; the sidecar is a container of the server's image as everywhere in tests/scripts.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.scripts.sandbox import MYSQL_UID, Container, Instance, Outcome
from tests.support.commands import ROOT
from tests.support.waiting import eventually

HAVE_SCRATCH = ("back-up", "drill", "restore", "restore-into")
"""Jobs whose pod has the sidecar."""

# The tests' Python may lie where only root may read.
_AS_THE_POD = [
    *("setpriv", f"--reuid={MYSQL_UID}", f"--regid={MYSQL_UID}", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
]


@dataclass
class Pod:
    """A Job's pod: the agent and, where the Job needs one, the sidecar."""

    agent: subprocess.Popen[bytes]
    sidecar: Container | None
    report: Path
    output: Path

    def kill(self, number: signal.Signals) -> None:
        """Signal the agent."""
        if self.agent.poll() is None:
            self.agent.send_signal(number)

    def says(self, words: str) -> bool:
        """Whether the agent has logged these words, or has ended."""
        return words in self.output.read_text() or self.agent.poll() is not None

    def wait_for(self, words: str) -> None:
        """Wait until the agent logs these words."""
        eventually(lambda: self.says(words), within=300, every=0.01)
        assert words in self.output.read_text(), self.output.read_text()

    def wait(self, seconds: float = 600) -> Outcome:
        """Wait for the agent's end; then kubelet ends the sidecar."""
        self.agent.wait(seconds)
        said = ""
        if self.sidecar is not None:
            self.sidecar.send(signal.SIGTERM)
            said = self.sidecar.wait(120).output
        report = self.report.read_text()
        result: dict[str, Any] = json.loads(report) if report else {}
        return Outcome(self.agent.returncode, self.output.read_text() + said, result)


def start(
    instance: Instance,
    job: str,
    *,
    program: str = "mysql_operator",
    scratch: str = "scratch",
    **env: str,
) -> Pod:
    """Start one of the agent's Jobs with an empty scratch volume of that name."""
    sidecar = None
    if job in HAVE_SCRATCH:
        empty(instance.home / scratch)
        sidecar = instance.start("bash", "/opt/mysql-operator/scratch.sh", data=scratch)
    instance.serial += 1
    report = instance.home / "logs" / f"agent-{instance.serial}"
    output = report.with_suffix(".log")
    report.touch()
    report.chmod(0o666)
    command = ["nsenter", f"--net=/proc/{instance.network}/ns/net", *_AS_THE_POD]
    given = {"SCRATCH_DIR": str(instance.home / scratch)} | _environment(instance, report) | env
    with output.open("wb") as stream:
        agent = subprocess.Popen(
            [*command, sys.executable, "-m", program, "agent", job],
            cwd=ROOT,
            env=os.environ | given,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    return Pod(agent, sidecar, report, output)


def empty(folder: Path) -> None:
    """Give a pod a new emptyDir."""
    folder.mkdir(exist_ok=True)
    for left in folder.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    os.chown(folder, MYSQL_UID, MYSQL_UID)


def run(instance: Instance, job: str, *, program: str = "mysql_operator", **env: str) -> Outcome:
    """Run one of the agent's Jobs to its end."""
    return start(instance, job, program=program, **env).wait()


def restore(instance: Instance, **env: str) -> Outcome:
    """Restore an instance, or find that there is nothing to restore, so that clients are let in."""
    outcome = run(instance, "restore", **env)
    assert outcome.code == 0, outcome.output
    return outcome


def back_up(instance: Instance, **env: str) -> Path:
    """Take a backup; returns the file."""
    outcome = run(instance, "back-up", **env)
    assert outcome.code == 0, outcome.output
    return instance.backups / str(outcome.result["file"])


def _environment(instance: Instance, report: Path) -> dict[str, str]:
    return {
        "INSTANCE": instance.name,
        "NAMESPACE": "team",
        "MYSQL_DATABASE": instance.database,
        "MYSQL_HOST": "127.0.0.1",
        "POD_IP": "127.0.0.1",
        "FENCE_HOLDER": report.name,
        "WAIT_SECONDS": "120",
        "BACKUP_DIR": str(instance.backups),
        "CREDENTIALS_DIR": str(instance.home / "etc" / "credentials"),
        "TERMINATION_LOG": str(report),
    }
