"""The scene in which fake databases live and die: nodes and volumes of its own, and kwok beside."""

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
from tests.support.objects import a_mysql
from tests.support.teams import Team

CLUSTER_WIDE = "nodes,persistentvolumes,storageclasses"
ENDS_WITHIN_SECONDS = 20


@contextmanager
def ready_for(teams: Sequence[Team], objects: int) -> Iterator[Scene]:
    """Make room for so many databases of these teams; afterwards nothing is left, nor the teams."""
    scene = Scene(teams)
    with ExitStack() as cleaning:
        cleaning.callback(_clear, scene.mark)
        apply(*fakes.storage(scene.mark, objects), *fakes.nodes(scene.mark))
        cleaning.enter_context(_kwok(scene.mark))
        # While kwok still runs: nobody else ends the pods.
        cleaning.callback(_dissolve, teams)
        mine = f"{fakes.MARK}={scene.mark}"
        must("kubectl", "wait", "nodes", "-l", mine, "--for=condition=Ready", "--timeout=120s")
        yield scene


class Scene:
    """Where fake databases are written, many of them by one command; each name is there once."""

    def __init__(self, teams: Sequence[Team]) -> None:
        self.teams = teams
        self.mark = teams[0].namespace
        self._homes: dict[str, str] = {}

    def apply(self, names: Sequence[str], **spec: Any) -> None:
        """`kubectl apply` of databases that are alike, spread evenly over the teams."""
        for name in names:
            team = self.teams[len(self._homes) % len(self.teams)]
            self._homes.setdefault(name, team.namespace)
        apply(*[self._made(fakes.database(name, self.mark, **spec)) for name in names])

    def delete(self, names: Sequence[str]) -> None:
        """`kubectl delete`, which comes back before they are gone."""
        made = {
            "apiVersion": "v1",
            "kind": "List",
            "items": [self._made(a_mysql(it)) for it in names],
        }
        must("kubectl", "delete", "--wait=false", "-f", "-", stdin=json.dumps(made))

    def _made(self, database: dict[str, Any]) -> dict[str, Any]:
        home = self._homes[database["metadata"]["name"]]
        return fakes.marked(database, self.mark, namespace=home)


def apply(*objects: dict[str, Any]) -> None:
    """Apply many objects; on the server's side, which is one request for each."""
    whole = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    options = ("--server-side", "--force-conflicts", "-f", "-")
    must("kubectl", "apply", *options, stdin=json.dumps(whole))


@contextmanager
def _kwok(mark: str) -> Iterator[None]:
    """Run kwok for the nodes of that scene alone, until the block ends."""
    program = shutil.which("kwok") or building.program("kwok")
    with tempfile.TemporaryDirectory() as folder:
        config, log = Path(folder) / "stages.yaml", Path(folder) / "log"
        # JSON is YAML, and kwok wants a file of several documents.
        config.write_text("\n---\n".join(json.dumps(stage) for stage in stages.all_of()))
        command = [
            str(program),
            f"--config={config}",
            "--manage-all-nodes=false",
            f"--manage-nodes-with-annotation-selector={fakes.ANNOTATION}={mark}",
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


def _dissolve(teams: Sequence[Team]) -> None:
    """Delete the namespaces with all that is in them, and wait until they are gone."""
    for team in teams:
        team.dissolve()
    gone = [f"namespace/{team.namespace}" for team in teams]
    run("kubectl", "wait", *gone, "--for=delete", "--timeout=300s")


def _clear(mark: str) -> None:
    """Remove what stands outside of the namespaces. A volume may go later, with its claim."""
    mine = f"{fakes.MARK}={mark}"
    run("kubectl", "delete", CLUSTER_WIDE, "-l", mine, "--wait=false")
