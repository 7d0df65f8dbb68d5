"""The MySQLBackup objects: what is special about them beside all that ask for one Job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lightkube.generic_resource import GenericNamespacedResource

from mysql_operator import names
from mysql_operator.adapters import kinds
from mysql_operator.errors import OperatorError
from mysql_operator.model.backup_objects import MySQLBackupSpec, MySQLBackupStatus
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.runs import backup_index, backup_jobs, backup_runs, one_job_reconciler
from mysql_operator.reconcile.runs.backup_runs import Run
from mysql_operator.reconcile.runs.one_job_reconciler import OneJobReconciler, RunPass


class BackupReconciler(OneJobReconciler[Run, MySQLBackupStatus]):
    """They also stand for files that are there: the operator keeps one for each."""

    watched = kinds.BACKUPS
    resource = names.MYSQL_BACKUP

    def is_known(self, namespace: str) -> bool:
        """Whether memory of backups can be relied upon."""
        return self._kube.knows_runs(namespace, kinds.BACKUPS)

    def read(self, raw: GenericNamespacedResource, key: Key) -> Run:
        """Read an object."""
        labels = reading.meta(raw).labels or {}
        return Run(
            **one_job_reconciler.identity(raw),
            spec=MySQLBackupSpec.model_validate(raw.get("spec") or {}),
            status=MySQLBackupStatus.model_validate(raw.get("status") or {}),
            is_index=labels.get(names.MANAGED_BY) == names.OPERATOR,
        )

    async def tidy(self, run_pass: RunPass[Run]) -> bool:
        """Let there be an object for each file; whether one was created, which is no news."""
        if run_pass.database is None:
            return False
        for run in backup_index.stale(run_pass.database, run_pass.runs):
            await self._kube.delete_backup_object(run_pass.key, run.name)
        created = [
            await self._kube.create_backup_object(run_pass.key, names.indexed_backup(file), file)
            for file in backup_index.missing(run_pass.database, [*run_pass.runs, *run_pass.going])
        ]
        return any(created)

    def job_name(self, run: Run) -> str:
        """Name the Job."""
        return names.on_demand_job(run.name)

    def manifest(self, run: Run, instance: str, hooks: Iterable[str]) -> Mapping[str, Any]:
        """Make the Job."""
        return backup_jobs.manifest(run, hooks)

    def obstacle(self, run: Run, run_pass: RunPass[Run]) -> OperatorError | None:
        """Say why it cannot begin."""
        return backup_runs.obstacle(run, run_pass.database, run_pass.runs)

    def status_of(
        self, run: Run, run_pass: RunPass[Run], why_not: OperatorError | None
    ) -> MySQLBackupStatus:
        """Say how far it is."""
        return backup_runs.status_of(run, run_pass.database, why_not, run_pass.now)
