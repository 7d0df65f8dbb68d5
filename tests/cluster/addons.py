"""The objects that a cluster has before anybody uses it: storage, and the rights of its helpers."""

from __future__ import annotations

from typing import Any

from tests.cluster import certificates

Json = dict[str, Any]
# The name that local volumes have in kind and k3s too, so that one test fits all of them.
PROVISIONER = "rancher.io/local-path"
_RBAC = "rbac.authorization.k8s.io"
_READ = ["get", "list", "watch"]


def manifest() -> Json:
    """List the objects, for one `kubectl apply`."""
    return {"apiVersion": "v1", "kind": "List", "items": [*_storage(), *_dns()]}


def _storage() -> list[Json]:
    # Written in full, because a provisioner with fewer rights only fails at the first claim.
    rules = [
        _rule("", ["nodes"], _READ),
        _rule("", ["persistentvolumeclaims"], [*_READ, "update", "patch"]),
        _rule("", ["persistentvolumes"], [*_READ, "create", "update", "patch", "delete"]),
        _rule("", ["events"], ["create", "patch", "update"]),
        _rule("storage.k8s.io", ["storageclasses"], _READ),
    ]
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": "local-path",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": PROVISIONER,
        "volumeBindingMode": "WaitForFirstConsumer",
        "reclaimPolicy": "Delete",
    }
    return [*_granted(certificates.STORAGE.common_name, rules), storage_class]


def _dns() -> list[Json]:
    rules = [
        _rule("", ["services", "namespaces", "pods"], _READ),
        _rule("discovery.k8s.io", ["endpointslices"], _READ),
    ]
    return _granted(certificates.DNS.common_name, rules)


def _rule(group: str, resources: list[str], verbs: list[str]) -> Json:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


def _granted(user: str, rules: list[Json]) -> list[Json]:
    role = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": user},
        "rules": rules,
    }
    binding = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": user},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": user},
        "subjects": [{"apiGroup": _RBAC, "kind": "User", "name": user}],
    }
    return [role, binding]
