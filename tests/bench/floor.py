"""MySQL's own share: `mysqld --initialize` and start alone, in a pod with nothing around it."""

from __future__ import annotations

import statistics

from tests.support.objects import IMAGE, RESTRICTED
from tests.support.teams import Team
from tests.support.waiting import eventually

SCRIPT = """
now() { date +%s%N; }
for round in $(seq ROUNDS); do
  rm -rf /work/*; began=$(now)
  mysqld --no-defaults --datadir=/work/data --tmpdir=/work --initialize-insecure 2>/work/log
  initialized=$(now)
  mysqld --no-defaults --datadir=/work/data --tmpdir=/work --socket=/work/s --pid-file=/work/p \
    --mysqlx=OFF --innodb-numa-interleave=OFF 2>>/work/log &
  until mysqladmin --no-defaults -uroot --socket=/work/s ping >/dev/null 2>&1; do sleep 0.02; done
  echo "$(( (initialized - began) / 1000000 )) $(( ($(now) - initialized) / 1000000 ))"
  kill %1; wait
done
"""


def measured(team: Team, rounds: int) -> tuple[float, float]:
    """Medians of initialize and of start, in seconds."""
    team.apply(_a_pod(rounds))

    def ended() -> bool:
        phase = team.get("pod", "floor")["status"].get("phase")
        assert phase != "Failed", team.try_kubectl("logs", "floor").said
        return bool(phase == "Succeeded")

    eventually(ended, within=300)
    lines = team.kubectl("logs", "floor").splitlines()
    pairs = [[int(number) / 1000 for number in line.split()] for line in lines]
    team.kubectl("delete", "pod", "floor")
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def _a_pod(rounds: int) -> dict[str, object]:
    return {
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
                    "command": ["bash", "-c", SCRIPT.replace("ROUNDS", str(rounds))],
                    "volumeMounts": [{"name": "work", "mountPath": "/work"}],
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                }
            ],
        },
    }
