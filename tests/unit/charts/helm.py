"""What helm makes of the charts, as objects that tests can ask."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
INSTANCE = ROOT / "charts/mysql-instance"
OPERATOR = ROOT / "charts/mysql-operator"
RELEASE = "shop"
NAMESPACE = "team-a"

Object = dict[str, Any]


def helm(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run helm.

    Raises:
        AssertionError: there is no helm; these tests prove nothing without it.
    """
    assert shutil.which("helm"), (
        "no helm on PATH; run `make unit`, or "
        "`python3 -m tests.cluster exec -- .venv/bin/pytest tests/unit`"
    )
    return subprocess.run(
        ("helm", *arguments), input=stdin, capture_output=True, text=True, check=False
    )


def text(chart: Path, values: Object | None = None, *, release: str = RELEASE) -> str:
    """The manifests that `helm template` prints."""
    ended = template(chart, values, release=release)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def template(
    chart: Path, values: Object | None = None, *, release: str = RELEASE
) -> subprocess.CompletedProcess[str]:
    """What `helm template` does, be it a refusal."""
    arguments = ("template", release, str(chart), "--namespace", NAMESPACE, "--values", "-")
    return helm(*arguments, stdin=json.dumps(values or {}))


def objects(chart: Path, values: Object | None = None, *, release: str = RELEASE) -> list[Object]:
    """The objects of a release, hooks and tests among them; not to be changed."""
    return _objects(chart, json.dumps(values or {}), release)


@functools.cache
def _objects(chart: Path, values: str, release: str) -> list[Object]:
    manifests = text(chart, json.loads(values), release=release)
    return [made for made in yaml.safe_load_all(manifests) if made]


def one(made: list[Object], kind: str, name: str = "") -> Object:
    """The object of that kind, and of that name where there are several."""
    found = [
        candidate
        for candidate in made
        if candidate["kind"] == kind and name in ("", candidate["metadata"]["name"])
    ]
    assert len(found) == 1, [candidate["metadata"]["name"] for candidate in found]
    return found[0]


def named(made: list[Object], kind: str) -> set[str]:
    """Names of all objects of a kind."""
    return {candidate["metadata"]["name"] for candidate in made if candidate["kind"] == kind}


def pods(made: list[Object]) -> Iterator[tuple[str, Object]]:
    """Every pod that comes of the objects: what makes it, and its metadata and spec."""
    for candidate in made:
        name = f"{candidate['kind']} {candidate['metadata']['name']}"
        if candidate["kind"] == "Pod":
            yield name, candidate
        elif candidate["kind"] in ("Deployment", "Job"):
            yield name, candidate["spec"]["template"]
        elif candidate["kind"] == "CronJob":
            yield name, candidate["spec"]["jobTemplate"]["spec"]["template"]


def containers(pod: Object) -> list[Object]:
    """All containers of a pod, those that come first included."""
    spec = pod["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]


def rights(rules: list[Object]) -> dict[tuple[str, str], set[str]]:
    """Verbs that RBAC rules grant, by API group and resource."""
    granted: dict[tuple[str, str], set[str]] = {}
    for rule in rules:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                granted.setdefault((group, resource), set()).update(rule["verbs"])
    return granted


def everything(chart: Path) -> Object:
    """The values file that sets all there is."""
    values: Object = yaml.safe_load((chart / "examples/everything.yaml").read_text())
    return values
