"""The operator in the cluster: installed by the very commands of README.md."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from tests.support.commands import ROOT, CommandFailedError, must, run

NAMESPACE = "mysql-operator"
NAME = "mysql-operator"
DEPLOYMENT = f"deployment/{NAME}"
CHART = "charts/mysql-operator"
METRICS_PORT = 8081
IMAGE = os.environ.get("MYSQL_OPERATOR_IMAGE", "")
"""An image that the cluster can pull; where none is given, one is built and loaded."""


def require_cluster() -> str:
    """The server's version.

    Raises:
        SystemExit: no Kubernetes answers; the message says what to run.
    """
    answer = run("kubectl", "version", "-o", "json", within=30)
    if not answer.ok:
        raise SystemExit(
            "No Kubernetes answers. `make test` brings one up; by hand: `make cluster-up`, then "
            "`python3 -m tests.cluster exec -- .venv/bin/pytest tests/e2e`.\n" + answer.said
        )
    return str(json.loads(answer.out)["serverVersion"]["gitVersion"])


def image(checkout: Path = ROOT) -> str:
    """The operator's image, where the cluster finds it."""
    if IMAGE:
        return IMAGE
    build = (sys.executable, "-m", "tests.cluster", "image", "--of", str(checkout))
    return must(*build, within=1200).splitlines()[-1]


SITE = {"policies.jobServiceAccounts": ["backups"]}
"""The one ServiceAccount that the Jobs of a storage may have, as in the example of the chart."""


def install(image: str, **settings: Any) -> None:
    """`helm upgrade --install`, as README.md says, and wait until the operator serves.

    A story before may have applied the CRDs by kubectl, and those of another checkout.
    """
    repository, _, tag = image.rpartition(":")
    chosen = {"image.repository": repository, "image.tag": tag} | SITE | settings
    options = [f"--set-json={name}={json.dumps(value)}" for name, value in chosen.items()]
    must(
        "helm", "upgrade", "--install", NAME, CHART, "-n", NAMESPACE, "--create-namespace",
        "--take-ownership", "--force-conflicts", *options,
    )  # fmt: skip
    wait_until_it_serves()


def wait_until_it_serves() -> None:
    """Wait for the roll-out; where it does not come, say what the pod said."""
    try:
        kubectl("rollout", "status", DEPLOYMENT, "--timeout=240s")
    except CommandFailedError as failed:
        why = run("kubectl", "-n", NAMESPACE, "logs", DEPLOYMENT, "--tail=50")
        raise AssertionError(f"{failed}\n{why.said}") from failed


def uninstall() -> None:
    """`helm uninstall`, until nothing of the operator runs any more."""
    must("helm", "uninstall", NAME, "-n", NAMESPACE, "--wait")


def kubectl(*words: str) -> str:
    """Run kubectl in the operator's namespace."""
    return must("kubectl", "-n", NAMESPACE, *words)


def pods() -> list[str]:
    """Names of the operator's pods that run."""
    selector = f"app.kubernetes.io/name={NAME}"
    listed = kubectl(
        "get", "pods", "-l", selector, "--field-selector=status.phase=Running", "-o", "name"
    )
    return [name.removeprefix("pod/") for name in listed.split()]


def pod() -> str:
    """Name of the operator's pod."""
    return pods()[-1]


def holder() -> str:
    """Name of the pod that holds the Lease."""
    return kubectl("get", "lease", NAME, "-o", "jsonpath={.spec.holderIdentity}")


def metrics() -> str:
    """All that the working operator serves to Prometheus, through the API server's own proxy."""
    pod = f"/api/v1/namespaces/{NAMESPACE}/pods/{holder()}:{METRICS_PORT}"
    return must("kubectl", "get", "--raw", f"{pod}/proxy/metrics")


def measured(name: str) -> float:
    """The sum of all series of a metric."""
    samples = (line for line in metrics().splitlines() if re.match(rf"{name}[{{ ]", line))
    return sum(float(line.split()[-1]) for line in samples)


def replace() -> None:
    """Delete the operator's pod, and wait until its successor serves."""
    kubectl("delete", "pod", pod(), "--wait=true")
    wait_until_it_serves()


def log(*options: str) -> str:
    """All that the operator has logged."""
    return kubectl("logs", DEPLOYMENT, "--tail=-1", *options)
