"""The Job of a MySQLBackup object: the final backup's of the release, with another trigger. Pure.

So it is what helm has installed, with the release's image, claims and settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import yaml

from mysql_operator import names
from mysql_operator.errors import OperatorError
from mysql_operator.model.receipts import Trigger
from mysql_operator.reconcile.runs.backup_runs import Run

KEPT_SECONDS = 24 * 60 * 60
"""How long Kubernetes keeps the Job once it has ended: its log says why one failed."""

_OF_HOOKS = "helm.sh/"


class JobError(OperatorError):
    """The Job cannot be created now; the operator tries again."""


class Wanted(NamedTuple):
    """What tells a Job that somebody asked for by an object from that of the final backup."""

    name: str
    trigger: Trigger
    owner: names.Resource
    owner_name: str
    owner_uid: str


def manifest(run: Run, hooks: Iterable[str]) -> dict[str, Any]:
    """Make the Job from the manifests of the release's hooks.

    Raises:
        JobError: BackupJobMissing; the release holds no Job of a final backup.
    """
    name = names.on_demand_job(run.name)
    wanted = Wanted(name, Trigger.ON_DEMAND, names.MYSQL_BACKUP, run.name, run.uid)
    return of_release(run.spec.mysql_name, hooks, wanted)


def of_release(instance: str, hooks: Iterable[str], wanted: Wanted) -> dict[str, Any]:
    """Make a Job from that of the final backup among the release's hooks.

    Raises:
        JobError: BackupJobMissing; the release holds no Job of a final backup.
    """
    return _made(hook_of_final_backup(instance, hooks), wanted)


def hook_of_final_backup(instance: str, hooks: Iterable[str]) -> dict[str, Any]:
    """Find the Job of the final backup among the release's hooks; without what makes it a hook.

    Raises:
        JobError: BackupJobMissing; the release holds no Job of a final backup.
    """
    final = names.backup_job(instance)
    for hook in map(yaml.safe_load, hooks):
        metadata = hook["metadata"]
        if (hook["kind"], metadata["name"]) == ("Job", final):
            annotations = (metadata.get("annotations") or {}).items()
            own = {name: text for name, text in annotations if not name.startswith(_OF_HOOKS)}
            return {**hook, "metadata": {**metadata, "annotations": own}}
    raise JobError(
        "BackupJobMissing",
        f"the release {instance} holds no Job {final}; the operator looks again",
    )


def name_taken(name: str) -> JobError:
    """Say that there is a Job of that name, and it is not the object's."""
    return JobError(
        "JobNameTaken",
        f"there is a Job {name} already, of an earlier object of the same name perhaps; delete "
        "it, or wait until it is gone",
    )


def _made(job: dict[str, Any], wanted: Wanted) -> dict[str, Any]:
    metadata, spec = job["metadata"], job["spec"]
    metadata["name"] = wanted.name
    for labelled in (metadata, spec["template"].setdefault("metadata", {})):
        labelled.setdefault("labels", {})[names.TRIGGER] = str(wanted.trigger)
    metadata["ownerReferences"] = [owner(wanted.owner, wanted.owner_name, wanted.owner_uid)]
    spec["ttlSecondsAfterFinished"] = KEPT_SECONDS
    for container in spec["template"]["spec"]["containers"]:
        set_variables(container, {"BACKUP_TRIGGER": str(wanted.trigger)})
    return job


def set_command(job: dict[str, Any], component: str, command: str) -> dict[str, Any]:
    """Let the agent of a Job do something else; returns its container, named as the component."""
    for labelled in (job["metadata"], job["spec"]["template"]["metadata"]):
        labelled["labels"][names.COMPONENT] = component  # the server may copy from its pod
    container: dict[str, Any]
    (container,) = job["spec"]["template"]["spec"]["containers"]
    container["name"] = component
    container["command"] = [*container["command"][:-1], command]
    return container


def set_variables(container: dict[str, Any], variables: Mapping[str, str]) -> None:
    """Give variables other values, or add them."""
    others = [it for it in container.get("env") or [] if it["name"] not in variables]
    given = [{"name": name, "value": value} for name, value in variables.items()]
    container["env"] = [*others, *given]


def owner(resource: names.Resource, name: str, uid: str) -> dict[str, Any]:
    """Refer to the object with which its Job goes, also one that is at work."""
    return {
        "apiVersion": f"{names.GROUP}/{names.VERSION}",
        "kind": resource.kind,
        "name": name,
        "uid": uid,
    }


def is_of(uid: str, owners: Iterable[Any]) -> bool:
    """Whether a Job of that name was made for this very object."""
    return any(owner.uid == uid for owner in owners)
