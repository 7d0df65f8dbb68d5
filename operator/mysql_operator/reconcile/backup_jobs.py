"""The Job of a MySQLBackup object: the final backup's of the release, with another trigger. Pure.

So it is what helm has installed, with the release's image, claims and settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from mysql_operator import names
from mysql_operator.errors import OperatorError
from mysql_operator.model.receipts import Trigger
from mysql_operator.reconcile.backup_runs import Run

KEPT_SECONDS = 24 * 60 * 60
"""How long Kubernetes keeps the Job once it has ended: its log says why one failed."""

_OF_HOOKS = "helm.sh/"


class JobError(OperatorError):
    """The Job cannot be created now; the operator tries again."""


def manifest(run: Run, hooks: Iterable[str]) -> dict[str, Any]:
    """Make the Job from the manifests of the release's hooks.

    Raises:
        JobError: BackupJobMissing; the release holds no Job of a final backup.
    """
    final = names.backup_job(run.spec.mysql_name)
    for hook in map(yaml.safe_load, hooks):
        if (hook["kind"], hook["metadata"]["name"]) == ("Job", final):
            return _on_demand(run, hook)
    raise JobError(
        "BackupJobMissing",
        f"the release {run.spec.mysql_name} holds no Job {final}; the operator looks again",
    )


def name_taken(run: Run) -> JobError:
    """Say that there is a Job of that name, and it is not this object's."""
    return JobError(
        "JobNameTaken",
        f"there is a Job {names.on_demand_job(run.name)} already, of an earlier MySQLBackup "
        "object perhaps; delete it, or wait until it is gone",
    )


def _on_demand(run: Run, job: dict[str, Any]) -> dict[str, Any]:
    metadata, spec = job["metadata"], job["spec"]
    annotations = metadata.get("annotations") or {}
    metadata["name"] = names.on_demand_job(run.name)
    for labelled in (metadata, spec["template"].setdefault("metadata", {})):
        labelled.setdefault("labels", {})[names.TRIGGER] = str(Trigger.ON_DEMAND)
    metadata["annotations"] = {
        name: text for name, text in annotations.items() if not name.startswith(_OF_HOOKS)
    }
    metadata["ownerReferences"] = [_owner(run)]
    spec["ttlSecondsAfterFinished"] = KEPT_SECONDS
    for container in spec["template"]["spec"]["containers"]:
        container["env"] = [_with_trigger(variable) for variable in container.get("env") or []]
    return job


def _with_trigger(variable: Mapping[str, Any]) -> Mapping[str, Any]:
    if variable["name"] != "BACKUP_TRIGGER":
        return variable
    return {"name": "BACKUP_TRIGGER", "value": str(Trigger.ON_DEMAND)}


def _owner(run: Run) -> dict[str, Any]:
    """With the object its Job goes, also one that is at work."""
    return {
        "apiVersion": f"{names.GROUP}/{names.VERSION}",
        "kind": names.MYSQL_BACKUP.kind,
        "name": run.name,
        "uid": run.uid,
    }


def is_of(run: Run, owners: Iterable[Any]) -> bool:
    """Whether a Job of that name was made for this very object."""
    return any(owner.uid == run.uid for owner in owners)
