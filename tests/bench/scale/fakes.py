"""What stands in for real machines: nodes that kwok plays, volumes that nobody writes to."""

from __future__ import annotations

from typing import Any

from tests.support.objects import a_mysql, a_storage_class, a_volume

MARK = "mysql-operator-tests"
"""Label of all that belongs to a scene, and key of its nodes' taint; its value names the scene."""

ANNOTATION = "kwok.x-k8s.io/node"
NODES = 4
VOLUMES_EACH = 2


def nodes(scene: str) -> list[dict[str, Any]]:
    """Nodes for the databases of one scene, and for no other pod."""
    return [_a_node(f"{scene}-{number}", scene) for number in range(NODES)]


def _a_node(name: str, scene: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {MARK: scene, "kubernetes.io/hostname": name},
            "annotations": {ANNOTATION: scene},
        },
        "spec": {"taints": [{"key": MARK, "value": scene, "effect": "NoSchedule"}]},
    }


def storage(scene: str, objects: int) -> list[dict[str, Any]]:
    """A class without a provisioner, and the volumes of so many databases."""
    names = [f"{scene}-{number}" for number in range(VOLUMES_EACH * objects)]
    volumes = [a_volume(it, path=f"/nowhere/{it}", storage_class=scene) for it in names]
    immediate = {"volumeBindingMode": "Immediate"}
    made = [a_storage_class(scene, "kubernetes.io/no-provisioner") | immediate, *volumes]
    return [marked(it, scene) for it in made]


def marked(made: dict[str, Any], scene: str, **metadata: str) -> dict[str, Any]:
    """Say that something belongs to a scene."""
    return {**made, "metadata": {**made["metadata"], "labels": {MARK: scene}, **metadata}}


def database(name: str, scene: str, **spec: Any) -> dict[str, Any]:
    """A MySQL object on the nodes and volumes of a scene."""
    return a_mysql(
        name,
        storageClassName=scene,
        backup={"storageClassName": scene},
        tolerations=[{"key": MARK, "operator": "Equal", "value": scene}],
        **{"nodeSelector": {MARK: scene}} | spec,
    )
