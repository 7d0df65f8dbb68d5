"""The Job that checks an object store, from a pod like those of the backups. Pure.

It has no release: the store may be there before the first database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mysql_operator import names
from mysql_operator.model import age_keys
from mysql_operator.model.release_values import Agent, JobRequests
from mysql_operator.model.storage_spec import StorageSpec
from mysql_operator.reconcile.runs import backup_jobs
from mysql_operator.reconcile.stores.storage_checks import Storage

DEADLINE_SECONDS = 300
"""How long a check may take, with the pull of the agent's image: what is not done by then fails."""

KEPT_SECONDS = 60 * 60
"""How long Kubernetes keeps the Job if no operator deletes it."""

COMMAND = "check-storage"
"""Of the agent, whose container and component are named alike."""

_IDENTITY = "identity"


def manifest(storage: Storage, spec: StorageSpec, namespace: str, agent: Agent) -> dict[str, Any]:
    """Make the Job."""
    labels = {
        names.PART_OF: names.OPERATOR,
        names.MANAGED_BY: names.OPERATOR,
        names.COMPONENT: COMMAND,
        names.STORAGE: storage.name,
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": names.storage_check_job(storage.name),
            "labels": labels,
            "annotations": {names.CHECKED: storage.to_check, **names.LEFT_BY_ARGO_CD},
            "ownerReferences": [
                backup_jobs.owner(names.MYSQL_BACKUP_STORAGE, storage.name, storage.uid)
            ],
        },
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": DEADLINE_SECONDS,
            "ttlSecondsAfterFinished": KEPT_SECONDS,
            "template": {
                "metadata": {"labels": labels},
                "spec": _pod(spec, environment(storage.uid, spec, namespace), agent),
            },
        },
    }


def environment(uid: str, spec: StorageSpec, namespace: str) -> Mapping[str, str]:
    """What the agent needs to check the store of the object with that UID."""
    return {
        "NAMESPACE": namespace,
        "STORAGE_UID": uid,
        "BACKUP_STORAGE": spec.model_dump_json(by_alias=True, exclude_none=True),
    }


def _pod(spec: StorageSpec, given: Mapping[str, str], agent: Agent) -> dict[str, Any]:
    """A pod as the restricted Pod Security Standard wants it."""
    # Kubernetes would take $$ and $(NAME) for its own.
    variables = [{"name": it, "value": text.replace("$", "$$")} for it, text in given.items()]
    container: dict[str, Any] = {
        "name": COMMAND,
        "image": agent.image,
        "imagePullPolicy": str(agent.pull_policy),
        "command": ["mysql-operator", "agent", COMMAND],
        "env": variables,
        "resources": {"requests": JobRequests().model_dump()},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [],
    }
    pod: dict[str, Any] = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 999,
            "runAsGroup": 999,
            "fsGroup": 999,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "imagePullSecrets": [secret.model_dump(by_alias=True) for secret in agent.pull_secrets],
        "containers": [container],
        "volumes": [],
    }
    if spec.service_account_name:
        pod["serviceAccountName"] = spec.service_account_name
    if spec.credentials_secret:
        mount = {"name": "storage", "mountPath": names.STORAGE_FOLDER, "readOnly": True}
        container["volumeMounts"].append(mount)
        secret = {"secretName": spec.credentials_secret, "defaultMode": 0o440}
        pod["volumes"].append({"name": "storage", "secret": secret})
    give_identity(pod, container, spec.identity_secret)
    return pod


def give_identity(pod: dict[str, Any], container: dict[str, Any], name: str) -> None:
    """Let the agent of a pod decrypt backups by a Secret, as the chart does for Jobs that read.

    Where there is no such Secret, or it lacks the key, the agent says what is missing.
    """
    if not name:
        return
    mount = {"name": _IDENTITY, "mountPath": names.IDENTITY_FOLDER, "readOnly": True}
    container.setdefault("volumeMounts", []).append(mount)
    secret = {
        "secretName": name,
        "optional": True,
        "defaultMode": 0o440,
        "items": [{"key": age_keys.IDENTITY_KEY, "path": age_keys.IDENTITY_KEY}],
    }
    pod.setdefault("volumes", []).append({"name": _IDENTITY, "secret": secret})
