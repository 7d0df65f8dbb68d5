"""helm in memory: it makes a small release in the API server of `fake_api`, and keeps revisions."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

import yaml

from mysql_operator import names
from mysql_operator.names import Key
from tests.support.fake_api import FakeApi, Object

SECONDS = 0.3
PLURALS = {
    "ConfigMap": "configmaps",
    "Deployment": "deployments",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "Service": "services",
}


class FakeHelm:
    """Installs, upgrades and uninstalls; its servers are ready at once."""

    def __init__(self, api: FakeApi) -> None:
        self.commands: list[str] = []
        self.values: Mapping[str, Any] = {}
        """Those of the last upgrade."""
        self._api = api

    async def upgrade(
        self,
        release: Key,
        values: Mapping[str, Any],
        *,
        labels: Mapping[str, str],
        timeout_seconds: int,
    ) -> None:
        self.commands.append(f"upgrade {release.name}")
        self.values = values
        revisions = self._revisions(release)
        number = len(revisions) + 1
        manifest = [
            _labelled(it, release, names.PART_OF) for it in _objects(release.name, values, number)
        ]
        self._store(release, number, "pending-upgrade", labels, manifest)
        await asyncio.sleep(SECONDS)
        for made in manifest:
            self._apply(made)
        self._serve(release)
        for old in revisions:
            self._api.put("secrets", _with_status(old, "superseded"))
        self._store(release, number, "deployed", labels, manifest)

    async def uninstall(self, release: Key, *, hooks: bool, timeout_seconds: int) -> None:
        self.commands.append(f"uninstall {release.name}")
        await asyncio.sleep(SECONDS)
        for plural in ("services", "configmaps", "deployments", "pods"):
            self._remove_all(plural, release)
        for secret in self._revisions(release):
            self._api.remove("secrets", secret["metadata"]["name"], release.namespace)

    def _revisions(self, release: Key) -> list[Object]:
        return [
            whole
            for place, whole in self._api.objects.items()
            if place.plural == "secrets"
            and place.namespace == release.namespace
            and (whole["metadata"].get("labels") or {}).get("name") == release.name
        ]

    def _store(
        self,
        release: Key,
        number: int,
        status: str,
        labels: Mapping[str, str],
        manifest: list[Object],
    ) -> None:
        content = {
            "chart": {"metadata": {"name": names.INSTANCE_CHART}},
            "manifest": yaml.safe_dump_all(manifest),
            "hooks": [{"manifest": yaml.safe_dump(_backup_job(release))}],
            "info": {"status": status},
        }
        packed = base64.b64encode(gzip.compress(json.dumps(content).encode()))
        own = {"owner": "helm", "name": release.name, "version": str(number), "status": status}
        metadata = {
            "name": f"sh.helm.release.v1.{release.name}.v{number}",
            "namespace": release.namespace,
            "labels": {**labels, **own},
        }
        data = {"release": base64.b64encode(packed).decode()}
        whole = {"metadata": metadata, "type": "helm.sh/release.v1", "data": data}
        self._api.put("secrets", whole)

    def _apply(self, made: Object) -> None:
        plural = PLURALS[made["kind"]]
        metadata = made["metadata"]
        before = self._api.at(plural, metadata["name"], metadata["namespace"]) or {}
        status = {"phase": "Bound"} if made["kind"] == "PersistentVolumeClaim" else {}
        self._api.put(plural, {**made, "status": before.get("status", status)})

    def _serve(self, release: Key) -> None:
        """Do what Kubernetes does with the Deployment."""
        deployment = self._api.at("deployments", release.name, release.namespace)
        assert deployment is not None
        pod = {
            "metadata": {"name": f"{release.name}-1", "labels": {names.POD_LABEL: release.name}},
            "spec": {"containers": [{"name": "mysql"}]},
            "status": {"phase": "Running", "containerStatuses": [_running("mysql")]},
        }
        self._api.put("pods", _labelled(pod, release, names.PART_OF))
        status = {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": 1,
            "readyReplicas": 1,
            "updatedReplicas": 1,
        }
        self._api.put("deployments", {**deployment, "status": status})

    def _remove_all(self, plural: str, release: Key) -> None:
        for place, whole in list(self._api.objects.items()):
            labels = whole["metadata"].get("labels") or {}
            if place.plural == plural and labels.get(names.INSTANCE) == release.name:
                self._api.remove(plural, place.name, place.namespace)


def _objects(name: str, values: Mapping[str, Any], number: int) -> list[Object]:
    container = {"name": "mysql", "image": values["image"]}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    size = {"requests": {"storage": "1Gi"}}
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                "name": name,
                "annotations": {names.SERVER_DIGEST: values["serverDigest"]},
            },
            "spec": {"replicas": 1, "selector": {}, "template": template},
        },
        _object("Service", name, spec={"ports": [{"name": "mysql", "port": 3306}]}),
        _object("ConfigMap", names.config(name), data={"my.cnf": "[mysqld]\n"}),
        _object("PersistentVolumeClaim", names.data_claim(name), spec={"resources": size}),
        _object("PersistentVolumeClaim", names.backup_claim(name), spec={"resources": size}),
    ]


def _backup_job(release: Key) -> Object:
    """The hook that takes the final backup."""
    env = [{"name": "BACKUP_TRIGGER", "value": "Final"}, {"name": "INSTANCE", "value": "db"}]
    command = ["mysql-operator", "agent", "back-up"]
    container = {"name": "backup", "image": "agent", "command": command, "env": env}
    metadata = {
        "name": names.backup_job(release.name),
        "annotations": {"helm.sh/hook": "pre-delete", "note": "kept"},
    }
    pod = {"metadata": {}, "spec": {"containers": [container], "restartPolicy": "Never"}}
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {"backoffLimit": 0, "template": pod},
    }
    return _labelled(job, release, names.PART_OF)


def _object(kind: str, name: str, **content: Any) -> Object:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **content}


def _labelled(whole: Object, release: Key, label: str) -> Object:
    metadata = whole["metadata"]
    labels = {
        **metadata.get("labels", {}),
        names.INSTANCE: release.name,
        label: names.OPERATOR,
    }
    return {**whole, "metadata": {**metadata, "labels": labels, "namespace": release.namespace}}


def _with_status(secret: Object, status: str) -> Object:
    metadata = secret["metadata"]
    return {**secret, "metadata": {**metadata, "labels": {**metadata["labels"], "status": status}}}


def _running(name: str) -> Object:
    return {
        "name": name,
        "image": "mysql:9",
        "imageID": "",
        "ready": True,
        "started": True,
        "restartCount": 0,
        "state": {"running": {"startedAt": "2026-11-23T12:00:00Z"}},
    }
