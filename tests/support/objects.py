"""Builders of what the tests write into the cluster."""

from __future__ import annotations

import os
from typing import Any

IMAGE = os.environ.get("MYSQL_OPERATOR_TEST_IMAGE", "localhost/mysql:9.7")
OTHER_IMAGE = os.environ.get("MYSQL_OPERATOR_TEST_OTHER_IMAGE", "localhost/mysql:9.7-b")
"""The same server under another tag, to prove that a new tag is rolled out."""

NOWHERE = "localhost:1/nobody/has-it:0"
"""An image that no registry has."""

NOT_MYSQL = os.environ.get("MYSQL_OPERATOR_TEST_NOT_MYSQL", "localhost/busybox:v1")
"""An image without /bin/bash and without mysqld."""

PASSWORD = "otuspassword"
SCHEMA = "otus-database"
SMALL = {"requests": {"cpu": "10m", "memory": "64Mi"}}

RESTRICTED: dict[str, Any] = {
    "runAsNonRoot": True,
    "runAsUser": 999,
    "runAsGroup": 999,
    "fsGroup": 999,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def a_mysql(name: str = "db", **spec: Any) -> dict[str, Any]:
    """A MySQL object that works; name what is special about it. None leaves a field out."""
    whole = {
        "image": IMAGE,
        "database": SCHEMA,
        "password": PASSWORD,
        "storage_size": "1Gi",
        "resources": SMALL,
    }
    if "passwordSecretRef" in spec:
        del whole["password"]
    whole |= spec
    return {
        "apiVersion": "otus.homework/v1",
        "kind": "MySQL",
        "metadata": {"name": name},
        "spec": {field: value for field, value in whole.items() if value is not None},
    }


def a_list(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """Several objects for one `kubectl apply`."""
    return {"apiVersion": "v1", "kind": "List", "items": objects}


def a_secret(name: str, **content: str) -> dict[str, Any]:
    """A Secret with text in it, which every object of its namespace may use."""
    labels = {"otus.homework/password-for": "Any", "otus.homework/storage-for": "Any"}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": labels},
        "stringData": content,
    }


def an_unshared_secret(name: str, **content: str) -> dict[str, Any]:
    """A Secret that says nothing about MySQL objects."""
    return {**a_secret(name, **content), "metadata": {"name": name}}


def a_storage_class(name: str, provisioner: str) -> dict[str, Any]:
    """A storage class that binds when a pod comes, as most do."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": provisioner,
        "volumeBindingMode": "WaitForFirstConsumer",
        "reclaimPolicy": "Delete",
    }


def a_claim(name: str) -> dict[str, Any]:
    """A claim that nobody uses yet."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }


def a_suspended_job(name: str) -> dict[str, Any]:
    """A Job of somebody's own, which is to start later."""
    container = {"name": "work", "image": IMAGE, "command": ["true"]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {
            "suspend": True,
            "template": {"spec": {"restartPolicy": "Never", "containers": [container]}},
        },
    }


def a_volume(name: str, *, path: str, storage_class: str) -> dict[str, Any]:
    """A volume that is a folder of the node."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage_class,
            "persistentVolumeReclaimPolicy": "Retain",
            "hostPath": {"path": path},
        },
    }


def a_sleeping_pod(name: str) -> dict[str, Any]:
    """A pod with MySQL's client in it: how a person, or an application, comes to a server."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "securityContext": RESTRICTED,
            "terminationGracePeriodSeconds": 0,
            "containers": [
                {
                    "name": "shell",
                    "image": IMAGE,
                    "command": ["sleep", "infinity"],
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                }
            ],
        },
    }


def a_pod_on_a_claim(name: str, claim: str) -> dict[str, Any]:
    """The same with the claim at /backup: how a person looks into a volume."""
    pod = a_sleeping_pod(name)
    pod["spec"]["volumes"] = [{"name": "claim", "persistentVolumeClaim": {"claimName": claim}}]
    (container,) = pod["spec"]["containers"]
    container["volumeMounts"] = [{"name": "claim", "mountPath": "/backup"}]
    return pod
