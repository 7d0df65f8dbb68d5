"""What stands in for real machines: nodes that kwok plays, volumes that nobody writes to."""

from __future__ import annotations

from typing import Any

from tests.support.objects import a_mysql, a_storage_class, a_volume

MARK = "mysql-operator-tests"
"""Label, and key of the taint, of all that is made outside of the team's namespace; its value is
that namespace."""

ANNOTATION = "kwok.x-k8s.io/node"
NODES = 4
VOLUMES_EACH = 2


def nodes(namespace: str) -> list[dict[str, Any]]:
    """Nodes for the databases of one namespace, and for no other pod."""
    return [_a_node(f"{namespace}-{number}", namespace) for number in range(NODES)]


def _a_node(name: str, namespace: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {MARK: namespace, "kubernetes.io/hostname": name},
            "annotations": {ANNOTATION: namespace},
        },
        "spec": {"taints": [{"key": MARK, "value": namespace, "effect": "NoSchedule"}]},
    }


def storage(namespace: str, objects: int) -> list[dict[str, Any]]:
    """A class without a provisioner, and the volumes of so many databases."""
    names = [f"{namespace}-{number}" for number in range(VOLUMES_EACH * objects)]
    volumes = [a_volume(it, path=f"/nowhere/{it}", storage_class=namespace) for it in names]
    immediate = {"volumeBindingMode": "Immediate"}
    made = [a_storage_class(namespace, "kubernetes.io/no-provisioner") | immediate, *volumes]
    return [_marked(it, namespace) for it in made]


def _marked(made: dict[str, Any], namespace: str) -> dict[str, Any]:
    return {**made, "metadata": {**made["metadata"], "labels": {MARK: namespace}}}


def database(name: str, namespace: str, **spec: Any) -> dict[str, Any]:
    """A MySQL object on those nodes and volumes."""
    return a_mysql(
        name,
        storageClassName=namespace,
        backup={"storageClassName": namespace},
        tolerations=[{"key": MARK, "operator": "Equal", "value": namespace}],
        **{"nodeSelector": {MARK: namespace}} | spec,
    )
