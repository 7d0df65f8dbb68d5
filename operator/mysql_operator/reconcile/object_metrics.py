"""Metrics of each MySQL object, from what its last pass wrote. A scrape sends no request.

The series of an object end with it: the engine forgets it in the pass that finds it gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from mysql_operator.errors import SpecError
from mysql_operator.model import cron
from mysql_operator.model.status import MySQLStatus, ScheduleStatus
from mysql_operator.names import Key

OBJECT = ("namespace", "name")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is measured of an object: far less than its status, for there may be thousands."""

    phase: str
    reason: str
    version: str
    conditions: tuple[tuple[str, bool], ...]
    backup_time: float | None
    backup_size: int | None
    backup_interval: float | None
    drill_time: float | None


def snapshot_of(status: MySQLStatus) -> Snapshot:
    """Take from a status what is measured."""
    backup = status.last_backup
    passed = status.drill_schedule and status.drill_schedule.last_succeeded
    return Snapshot(
        phase=str(status.phase or ""),
        reason=status.reason or "",
        version=status.version or "",
        conditions=tuple(
            (it.type, it.status == "True") for it in status.conditions if it.status != "Unknown"
        ),
        backup_time=_seconds(backup.time) if backup is not None else None,
        backup_size=backup.size if backup is not None else None,
        backup_interval=_interval(status.backup_schedule),
        drill_time=_seconds(passed) if passed else None,
    )


def _interval(schedule: ScheduleStatus | None) -> float | None:
    """The longest time between two backups of a schedule: over a weekend, for one of workdays."""
    if schedule is None:
        return None
    try:
        gap = cron.parsed(schedule.schedule, schedule.time_zone).longest_gap
    except SpecError:
        return None
    return gap.total_seconds() if gap is not None else None


def _seconds(time: str) -> float | None:
    """Read the time of a receipt; None of one that no operator has written."""
    try:
        return datetime.fromisoformat(time).timestamp()
    except ValueError:
        return None


class ObjectMetrics:
    """The series of all objects; a Prometheus collector."""

    def __init__(self) -> None:
        """Know no object yet."""
        self._snapshots: dict[Key, Snapshot] = {}

    def remember(self, key: Key, status: MySQLStatus) -> None:
        """Take note of the status that an object has now."""
        self._snapshots[key] = snapshot_of(status)

    def forget(self, key: Key) -> None:
        """End the series of an object that is gone."""
        self._snapshots.pop(key, None)

    def collect(self) -> Iterator[Metric]:
        """Give Prometheus the series of each object."""
        yield from (self._info(), self._phases(), self._conditions(), *self._backups())

    def _info(self) -> Metric:
        info = GaugeMetricFamily(
            "mysql_operator_object_info",
            "MySQL objects, with the version of the server that runs; always 1.",
            labels=(*OBJECT, "version"),
        )
        for key, snapshot in self._snapshots.items():
            info.add_metric((*key, snapshot.version), 1)
        return info

    def _phases(self) -> Metric:
        phases = GaugeMetricFamily(
            "mysql_operator_object_phase",
            "Phase of a MySQL object and its reason, as kubectl get shows them; always 1.",
            labels=(*OBJECT, "phase", "reason"),
        )
        for key, snapshot in self._snapshots.items():
            phases.add_metric((*key, snapshot.phase, snapshot.reason), 1)
        return phases

    def _conditions(self) -> Metric:
        conditions = GaugeMetricFamily(
            "mysql_operator_object_condition",
            "Conditions of a MySQL object: 1 is True, 0 is False; none for Unknown. "
            "DeletionBlocked is there only while the object is being deleted.",
            labels=(*OBJECT, "type"),
        )
        for key, snapshot in self._snapshots.items():
            for type_, holds in snapshot.conditions:
                conditions.add_metric((*key, type_), holds)
        return conditions

    def _backups(self) -> Iterator[Metric]:
        times = GaugeMetricFamily(
            "mysql_operator_object_backup_timestamp_seconds",
            "Time of the newest complete backup of a MySQL object; none where it has no backup.",
            labels=OBJECT,
        )
        sizes = GaugeMetricFamily(
            "mysql_operator_object_backup_size_bytes",
            "Size of the newest complete backup of a MySQL object.",
            labels=OBJECT,
        )
        intervals = GaugeMetricFamily(
            "mysql_operator_object_backup_interval_seconds",
            "Longest time between two backups that the schedule of a MySQL object leaves; none "
            "where it has no schedule.",
            labels=OBJECT,
        )
        drills = GaugeMetricFamily(
            "mysql_operator_object_drill_timestamp_seconds",
            "Time of the last drill of a MySQL object that passed; none before the first.",
            labels=OBJECT,
        )
        for key, snapshot in self._snapshots.items():
            if snapshot.drill_time is not None:
                drills.add_metric(key, snapshot.drill_time)
            if snapshot.backup_interval is not None:
                intervals.add_metric(key, snapshot.backup_interval)
            if snapshot.backup_time is not None:
                times.add_metric(key, snapshot.backup_time)
            if snapshot.backup_size is not None:
                sizes.add_metric(key, snapshot.backup_size)
        yield from (times, sizes, intervals, drills)
