"""Which MySQLBackup objects there are to be for the backups that lie on a claim. Pure.

The files are what counts: an object is made for each that a Job has found, and goes with it. What
a person has created stays, whatever becomes of the file.
"""

from __future__ import annotations

from collections.abc import Sequence

from mysql_operator.model import receipts
from mysql_operator.model.backup_objects import ReclaimPolicy
from mysql_operator.model.status import MySQLStatus
from mysql_operator.reconcile.runs.backup_runs import Run
from mysql_operator.reconcile.runs.run_states import Database


def missing(database: Database, runs: Sequence[Run]) -> list[str]:
    """List the files for which there is no object."""
    known = {run.file for run in runs}
    return [file for file in database.listed if file not in known]


def stale(database: Database, runs: Sequence[Run]) -> list[Run]:
    """List the operator's own objects whose files have been removed.

    Only where the newest list names all files, and for no file that is younger than that list. Not
    one with `reclaimPolicy: Delete`: to delete that removes files, for which a person has to ask.
    """
    if not _is_all(database.status):
        return []
    return [
        run
        for run in runs
        if run.is_index
        and run.spec.file is not None
        and run.spec.reclaim_policy is ReclaimPolicy.RETAIN
        and run.spec.file not in database.listed
        and any(receipts.is_newer(file, run.spec.file) for file in database.listed)
    ]


def _is_all(status: MySQLStatus) -> bool:
    return status.backup_count is not None and len(status.backups or []) == status.backup_count
