"""Metrics of the stores of backups, from what the last pass of each wrote. No scrape asks."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from mysql_operator import names
from mysql_operator.model import conditions
from mysql_operator.model.storage_objects import REACHABLE, StorageStatus
from mysql_operator.names import Key


class StorageMetrics:
    """The series of all storages of both kinds; a Prometheus collector."""

    def __init__(self) -> None:
        """Know no storage yet."""
        self._reachable: dict[Key, bool] = {}

    def remember(self, key: Key, status: StorageStatus) -> None:
        """Take note of the status that a storage has now."""
        found = conditions.find(status.conditions, REACHABLE)
        if found is None or found.status == "Unknown":
            self.forget(key)
        else:
            self._reachable[key] = found.status == "True"

    def forget(self, key: Key) -> None:
        """End the series of a storage that is gone."""
        self._reachable.pop(key, None)

    def collect(self) -> Iterator[Metric]:
        """Give Prometheus the series of each storage."""
        reachable = GaugeMetricFamily(
            "mysql_operator_storage_reachable",
            "Condition Reachable of a MySQLBackupStorage or ClusterMySQLBackupStorage: 1 is True, "
            "0 is False; none for Unknown, as during the first check.",
            labels=("kind", "namespace", "name"),
        )
        for key, is_reachable in self._reachable.items():
            reachable.add_metric(_labels(key), is_reachable)
        yield reachable


def _labels(key: Key) -> tuple[str, str, str]:
    shared = names.cluster_storage_of(key)
    if shared is not None:
        return names.CLUSTER_STORAGE.kind, "", shared
    return names.MYSQL_BACKUP_STORAGE.kind, key.namespace, names.storage_of(key) or ""
