"""The scene in which fake databases live and die: a team's nodes and volumes, and kwok beside."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.bench.scale import fakes, stages
from tests.cluster import building
from tests.support.commands import must, run
from tests.support.teams import Team

CLUSTER_WIDE = "nodes,persistentvolumes,storageclasses"
ENDS_WITHIN_SECONDS = 20


@contextmanager
def ready_for(team: Team, objects: int) -> Iterator[Scene]:
    """Make room for so many databases of that team; afterwards nothing is left, nor the team."""
    with ExitStack() as cleaning:
        cleaning.callback(_clear, team.namespace)
        apply(*fakes.storage(team.namespace, objects), *fakes.nodes(team.namespace))
        cleaning.enter_context(_kwok(team.namespace))
        # While kwok still runs: nobody else ends the pods.
        cleaning.callback(_dissolve, team)
        mine = f"{fakes.MARK}={team.namespace}"
        must("kubectl", "wait", "nodes", "-l", mine, "--for=condition=Ready", "--timeout=120s")
        yield Scene(team)


class Scene:
    """Where a team's fake databases are written, all of them by one command."""

    def __init__(self, team: Team) -> None:
        self.team = team

    def apply(self, names: Sequence[str], **spec: Any) -> None:
        """`kubectl apply` of databases that are alike."""
        made = [fakes.database(name, self.team.namespace, **spec) for name in names]
        apply(*made, namespace=self.team.namespace)

    def delete(self, names: Sequence[str]) -> None:
        """`kubectl delete`, which comes back before they are gone."""
        self.team.kubectl("delete", "mysqls", "--wait=false", *names)


def apply(*objects: dict[str, Any], namespace: str = "default") -> None:
    """Apply many objects; on the server's side, which is one request for each."""
    whole = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    options = ("--server-side", "--force-conflicts", "-f", "-")
    must("kubectl", "-n", namespace, "apply", *options, stdin=json.dumps(whole))


@contextmanager
def _kwok(namespace: str) -> Iterator[None]:
    """Run kwok for the nodes of that team alone, until the block ends."""
    program = shutil.which("kwok") or building.program("kwok")
    with tempfile.TemporaryDirectory() as folder:
        config, log = Path(folder) / "stages.yaml", Path(folder) / "log"
        # JSON is YAML, and kwok wants a file of several documents.
        config.write_text("\n---\n".join(json.dumps(stage) for stage in stages.all_of()))
        command = [
            str(program),
            f"--config={config}",
            "--manage-all-nodes=false",
            f"--manage-nodes-with-annotation-selector={fakes.ANNOTATION}={namespace}",
            # NB: without leases Kubernetes takes the nodes for dead after a minute.
            "--node-lease-duration-seconds=40",
        ]
        with log.open("wb") as said:
            process = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            yield
            assert process.poll() is None, f"kwok ended by itself:\n{log.read_text()[-4000:]}"
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(ENDS_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _dissolve(team: Team) -> None:
    team.dissolve()
    run("kubectl", "wait", f"namespace/{team.namespace}", "--for=delete", "--timeout=300s")


def _clear(namespace: str) -> None:
    """Remove what stands outside of the namespace. A volume may go later, with its claim."""
    mine = f"{fakes.MARK}={namespace}"
    run("kubectl", "delete", CLUSTER_WIDE, "-l", mine, "--wait=false")
