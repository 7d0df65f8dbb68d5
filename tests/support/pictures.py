"""What a namespace and the operator look like at this moment: for whoever reads a failure."""

from __future__ import annotations

from tests.support import installing
from tests.support.commands import run
from tests.support.teams import Team


def of(team: Team) -> str:
    """Objects, events and logs of a team, and what the operator logged about it."""
    questions = (
        ("get", "ms,pods,jobs,pvc", "-o", "wide"),
        ("describe", "ms"),
        ("get", "secrets", "-l", "owner=helm", "-L", "status,version"),
        ("get", "events", "--sort-by=.lastTimestamp"),
        ("logs", "-l", "app.kubernetes.io/component", "--all-containers", "--prefix", "--tail=15"),
    )
    said = [team.try_kubectl(*words).said[-6000:] for words in questions]
    words = ("kubectl", "-n", installing.NAMESPACE, "logs", installing.DEPLOYMENT, "--tail=400")
    log = [line for line in run(*words).out.splitlines() if team.namespace in line]
    return "\n".join([*said, *log[-40:]])
