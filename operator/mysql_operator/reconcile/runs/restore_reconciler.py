"""The MySQLRestore objects: what is special about them beside all that ask for one Job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lightkube.generic_resource import GenericNamespacedResource

from mysql_operator import names
from mysql_operator.adapters import kinds
from mysql_operator.errors import OperatorError
from mysql_operator.model.backup_objects import MySQLBackupStatus
from mysql_operator.model.restore_objects import MySQLRestoreSpec, MySQLRestoreStatus
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.runs import one_job_reconciler, removals, restore_jobs, restore_runs
from mysql_operator.reconcile.runs.one_job_reconciler import OneJobReconciler, RunEvents, RunPass
from mysql_operator.reconcile.runs.restore_runs import Run


class RestoreReconciler(OneJobReconciler[Run, MySQLRestoreStatus]):
    """They name a backup, and both objects report how the restore goes."""

    watched = kinds.RESTORES
    resource = names.MYSQL_RESTORE

    def is_known(self, namespace: str) -> bool:
        """Whether memory of restores and backups can be relied upon."""
        return self._kube.knows_runs(namespace, kinds.RESTORES, kinds.BACKUPS)

    def read(self, raw: GenericNamespacedResource, key: Key) -> Run:
        """Read an object with the backup that it names."""
        spec = MySQLRestoreSpec.model_validate(raw.get("spec") or {})
        return Run(
            **one_job_reconciler.identity(raw),
            spec=spec,
            status=MySQLRestoreStatus.model_validate(raw.get("status") or {}),
            backup=self._backup(key, spec.backup_name),
        )

    def _backup(self, key: Key, name: str) -> MySQLBackupStatus | None:
        """Read what is known of the backup, unless that is being removed."""
        for raw in self._kube.runs(kinds.BACKUPS, key):
            metadata = reading.meta(raw)
            if metadata.name == name:
                status = reading.readable(MySQLBackupStatus, raw.get("status"))
                stays = metadata.deletionTimestamp is None or removals.is_blocked(status)
                return status if stays else None
        return None

    def job_name(self, run: Run) -> str:
        """Name the Job."""
        return names.in_place_job(run.name)

    def manifest(self, run: Run, instance: str, hooks: Iterable[str]) -> Mapping[str, Any]:
        """Make the Job."""
        file = (run.backup and run.backup.file) or ""
        return restore_jobs.manifest(run.name, run.uid, file, (instance, hooks))

    def obstacle(self, run: Run, run_pass: RunPass[Run]) -> OperatorError | None:
        """Say why it cannot begin."""
        return restore_runs.obstacle(run, run_pass.database, run_pass.runs)

    def status_of(
        self, run: Run, run_pass: RunPass[Run], why_not: OperatorError | None
    ) -> MySQLRestoreStatus:
        """Say how far it is."""
        return restore_runs.status_of(run, why_not, run_pass.now)

    def events(self, run: Run, status: MySQLRestoreStatus) -> RunEvents:
        """Report how it begins and ends, a failure at the database too."""
        event = restore_runs.event_of(run.status, status)
        if event is None:
            return RunEvents()
        return RunEvents(event, restore_runs.event_of_database(run, event))
