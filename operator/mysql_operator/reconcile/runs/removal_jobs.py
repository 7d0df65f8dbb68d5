"""The Job that removes the files of a MySQLBackup: the final backup's with another command. Pure.

Of that it has the place of the backups, and not the rest: no scratch server, and no password.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mysql_operator import names
from mysql_operator.reconcile.runs import backup_jobs

DEADLINE_SECONDS = 600
"""How long it may take, with the pull of the agent's image; then it has failed, and a pod that
waits for a node holds no claim any longer."""

KEPT_SECONDS = 60 * 60
"""How long Kubernetes keeps the Job once it has ended: its log says what it removed."""

COMMAND = "remove"
_MOUNTED = frozenset(("tmp", "backup", "storage"))
"""Volumes that it needs: where the backups are, or the keys of the store."""


def manifest(
    backup: str, uid: str, file: str, release: tuple[str, Iterable[str]]
) -> dict[str, Any]:
    """Make the Job for a MySQLBackup by its name and UID, given its file and the release.

    NB: no ownerReference. In a foreground deletion (Argo CD's default) the object would take the
    Job away before this has removed anything.

    Raises:
        JobError: BackupJobMissing; the release holds no Job of a final backup.
    """
    instance, hooks = release
    job = backup_jobs.hook_of_final_backup(instance, hooks)
    metadata, spec = job["metadata"], job["spec"]
    metadata["name"] = names.removal_job(backup, uid)
    metadata["annotations"] |= {names.BACKUP_UID: uid}
    for labelled in (metadata, spec["template"].setdefault("metadata", {})):
        labelled.setdefault("labels", {}).pop(names.TRIGGER, None)
    spec |= {
        "backoffLimit": 0,
        "activeDeadlineSeconds": DEADLINE_SECONDS,
        "ttlSecondsAfterFinished": KEPT_SECONDS,
    }
    container, pod = backup_jobs.set_command(job, names.REMOVAL, COMMAND), spec["template"]["spec"]
    backup_jobs.set_variables(container, {"REMOVE_FILE": file})
    pod.pop("initContainers", None)
    for place, field in ((container, "volumeMounts"), (pod, "volumes")):
        place[field] = [it for it in place.get(field) or [] if it["name"] in _MOUNTED]
    return job
