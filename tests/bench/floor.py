"""MySQL's own share: `mysqld --initialize` and start alone, in a pod with nothing around it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.objects import IMAGE, RESTRICTED
from tests.support.teams import Team
from tests.support.waiting import eventually

_SCRIPT = """
now() { date +%s%N; }
began=$(now)
mysqld --no-defaults --datadir=/work/data --tmpdir=/work --initialize-insecure 2>/work/log
initialized=$(now)
mysqld --no-defaults --datadir=/work/data --tmpdir=/work --socket=/work/s --pid-file=/work/p \
  --mysqlx=OFF --innodb-numa-interleave=OFF 2>>/work/log &
until mysqladmin --no-defaults -uroot --socket=/work/s ping >/dev/null 2>&1; do sleep 0.02; done
echo "$(( (initialized - began) / 1000000 )) $(( ($(now) - initialized) / 1000000 ))"
kill %1; wait
"""


_A_POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "floor"},
    "spec": {
        "restartPolicy": "Never",
        "securityContext": RESTRICTED,
        "volumes": [{"name": "work", "emptyDir": {}}],
        "containers": [
            {
                "name": "mysqld",
                "image": IMAGE,
                "command": ["bash", "-c", _SCRIPT],
                "volumeMounts": [{"name": "work", "mountPath": "/work"}],
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                },
            }
        ],
    },
}


@dataclass(frozen=True)
class Floor:
    """Seconds of each part of a start that has nothing around it."""

    initialize: float
    start: float


def measured(team: Team) -> Floor:
    """Initialize and start once, in a pod that goes again."""
    team.apply(_A_POD)

    def ended() -> bool:
        phase = team.get("pod", "floor")["status"].get("phase")
        assert phase != "Failed", team.try_kubectl("logs", "floor").said
        return bool(phase == "Succeeded")

    eventually(ended, within=300)
    initialize, start = team.kubectl("logs", "floor").split()
    team.kubectl("delete", "pod", "floor")
    return Floor(initialize=int(initialize) / 1000, start=int(start) / 1000)
