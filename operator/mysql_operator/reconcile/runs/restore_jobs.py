"""The Job of a MySQLRestore object: the final backup's of the release, with another command. Pure.

It has all that this needs as well: the backups, a scratch server, and the release's settings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from mysql_operator import names
from mysql_operator.model.receipts import Trigger
from mysql_operator.reconcile.runs import backup_jobs
from mysql_operator.reconcile.runs.backup_jobs import Wanted
from mysql_operator.reconcile.stores import storage_jobs

ATTEMPTS = 4
"""Of an agent that fails for a reason that may pass. Each attempt leaves the data as they were."""

_COMPONENT = "restore"
COMMAND = "restore-into"
"""What the agent is told to do."""


def manifest(name: str, uid: str, file: str, release: tuple[str, Iterable[str]]) -> dict[str, Any]:
    """Make the Job of a MySQLRestore by its name and UID, given its file and the release.

    Raises:
        JobError: BackupJobMissing; the release holds no Job of a final backup.
    """
    instance, hooks = release
    wanted = Wanted(names.in_place_job(name), Trigger.SAFETY, names.MYSQL_RESTORE, name, uid)
    job = backup_jobs.of_release(instance, hooks, wanted)
    _let_try_again(job["spec"])
    container = backup_jobs.set_command(job, _COMPONENT, COMMAND)
    backup_jobs.set_variables(container, {"RESTORE_FROM": file, "RESTORE_REQUEST": uid})
    # Of the Jobs of the final backup's form this one alone reads what others have encrypted.
    pod = job["spec"]["template"]["spec"]
    storage_jobs.give_identity(pod, container, _identity_secret(container))
    return job


def _identity_secret(container: dict[str, Any]) -> str:
    """Name of the Secret that decrypts the backups; empty where they lie plain."""
    found = (it["value"] for it in container["env"] if it["name"] == "BACKUP_STORAGE")
    storage: dict[str, Any] = json.loads(next(found, "{}"))
    reference = (storage.get("encryption") or {}).get("identitySecretRef") or {}
    return str(reference.get("name", ""))


def _let_try_again(spec: dict[str, Any]) -> None:
    """Try again, but not after what no other attempt would change."""
    spec["backoffLimit"] = ATTEMPTS - 1
    codes = {"containerName": _COMPONENT, "operator": "In", "values": [names.FINAL_EXIT_CODE]}
    policy = spec.setdefault("podFailurePolicy", {})
    policy["rules"] = [
        *policy.get("rules", []),
        {"action": "FailJob", "onExitCodes": codes},
    ]
