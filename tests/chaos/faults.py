"""What is killed, and how: each kind is one signal to one process, found on the node itself.

Only the project's own local cluster lets anybody in there (tests.support.nodes).
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.support import installing, nodes
from tests.support.commands import must

SIGNALLED = """
uid=$1 command=$2 signal=$3
for look in 1 2 3 4 5 6 7 8 9 10; do
  for process in $(grep -lF "$uid" /proc/[0-9]*/mountinfo 2>/dev/null); do
    process=${process%/mountinfo}
    tr '\\0' ' ' <"$process/cmdline" 2>/dev/null | grep -qE "$command" || continue
    kill "-$signal" "${process#/proc/}" 2>/dev/null && echo hit
  done | grep -m 1 hit && exit
  sleep 0.05
done
"""
"""A process shows its pod in the volumes that it has mounted: their paths hold the UID. It looks
for half a second, because a helm that waits for nothing is soon over."""


@dataclass(frozen=True)
class Fault:
    """One kind: a signal to the processes of a component whose command line matches."""

    kind: str
    signal: str
    command: str
    component: str = ""
    """Label of the pod's component in the database's namespace; the operator's pod where empty."""

    def inject(self, namespace: str) -> bool:
        """Send the signal; whether there was anything that got it."""
        return any(
            "hit" in nodes.sh(SIGNALLED, uid, self.command, self.signal)
            for uid in self._pods(namespace)
        )

    def _pods(self, namespace: str) -> list[str]:
        where = (
            (namespace, f"app.kubernetes.io/component={self.component}")
            if self.component
            else (installing.NAMESPACE, f"app.kubernetes.io/name={installing.NAME}")
        )
        return must(
            "kubectl", "get", "pods", "-n", where[0], "-l", where[1],
            "-o", "jsonpath={.items[*].metadata.uid}",
        ).split()  # fmt: skip


OPERATOR = r"^[^ ]*python[^ ]* .*mysql-operator"
HELM = r"^[^ ]*helm "
SERVER = r"^[^ ]*mysqld "
SCRIPT = r"(backup|restore)\.sh"

FAULTS = (
    Fault("operator SIGKILL", "KILL", OPERATOR),
    Fault("operator SIGTERM", "TERM", OPERATOR),
    Fault("helm SIGKILL", "KILL", HELM),
    Fault("helm SIGTERM", "TERM", HELM),
    Fault("mysqld SIGKILL", "KILL", SERVER, "server"),
    Fault("mysqld SIGTERM", "TERM", SERVER, "server"),
    Fault("backup SIGKILL", "KILL", SCRIPT, "backup"),
    Fault("restore SIGKILL", "KILL", SCRIPT, "restore"),
)


def stray_helms() -> int:
    """How many helm processes the node holds."""
    return int(nodes.sh("grep -alE '(^|/)[h]elm' /proc/[0-9]*/cmdline 2>/dev/null | wc -l"))
