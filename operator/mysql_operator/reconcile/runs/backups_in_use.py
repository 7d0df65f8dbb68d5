"""Who reads a backup of a database at this moment, so that none is removed under them. Pure.

The Job of a restore takes the newest backup or one that it names, that of a drill the newest: which
one that was is not known before the end, so any of them counts for all backups of the database.
"""

from __future__ import annotations

from collections.abc import Iterable

from lightkube.generic_resource import GenericNamespacedResource

from mysql_operator import names
from mysql_operator.model.run_phases import RunPhase
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import purposes, reading
from mysql_operator.reconcile.facts.reading import Found

_OVER = (RunPhase.COMPLETE, RunPhase.FAILED)


def reader(
    key: Key,
    there: Found,
    restores: Iterable[GenericNamespacedResource],
    instances: Iterable[GenericNamespacedResource],
) -> str:
    """Name one that reads a backup; empty where nobody does."""
    for raw in restores:
        if (raw.get("status") or {}).get("job") and not _is_over(raw):
            return f"MySQLRestore {reading.meta(raw).name}"
    for name, job in there.jobs.items():
        is_restore = name == names.restore_job(key.name) or purposes.is_in_place(job)
        if (is_restore or purposes.is_drill(job)) and not reading.has_ended(job):
            return f"the Job {name}"
    for raw in instances:
        if _is_filled_from(raw, key):
            metadata = reading.meta(raw)
            return f"MySQL {metadata.namespace}/{metadata.name}, which is being filled from it,"
    return ""


def named_by_restores(restores: Iterable[GenericNamespacedResource]) -> dict[str, str]:
    """Name each restore that is not over, by the MySQLBackup that it names."""
    return {
        (raw.get("spec") or {}).get("backupName", ""): reading.meta(raw).name or ""
        for raw in restores
        if not _is_over(raw)
    }


def _is_over(raw: GenericNamespacedResource) -> bool:
    return (raw.get("status") or {}).get("phase") in _OVER


def _is_filled_from(raw: GenericNamespacedResource, key: Key) -> bool:
    """Whether a database that is not complete yet takes its first data from this one."""
    metadata, spec = reading.meta(raw), raw.get("spec") or {}
    source = (spec.get("restore") or {}).get("source") or {}
    is_complete = bool((raw.get("status") or {}).get("restore"))
    if is_complete or metadata.deletionTimestamp is not None:
        return False
    return (source.get("namespace") or metadata.namespace, source.get("name")) == key
