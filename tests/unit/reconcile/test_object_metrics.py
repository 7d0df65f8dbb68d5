"""What Prometheus reads of each object, in Prometheus' own format."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, generate_latest

from mysql_operator.model.status import Condition, MySQLStatus, Phase, ScheduleStatus
from mysql_operator.names import Key
from mysql_operator.reconcile.object_metrics import ObjectMetrics
from tests.unit.reconcile.builders import RECEIPT

SHOP = Key("team", "shop")
PREFIX = "mysql_operator_object_"


def a_condition(type_: str, status: str) -> Condition:
    return Condition(type=type_, status=status, reason="R", message="", last_transition_time="")


def a_status(**changes: Any) -> MySQLStatus:
    ordinary: dict[str, Any] = {
        "phase": Phase.READY,
        "reason": "Serving",
        "version": "9.7.4",
        "conditions": [a_condition("Ready", "True"), a_condition("Stalled", "False")],
    }
    return MySQLStatus(**{**ordinary, **changes})


def scraped(metrics: ObjectMetrics) -> set[str]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics)
    lines = generate_latest(registry).decode().splitlines()
    return {line.removeprefix(PREFIX) for line in lines if not line.startswith("#")}


def test_an_object_has_its_version_its_phase_and_its_conditions() -> None:
    metrics = ObjectMetrics()

    metrics.remember(SHOP, a_status())

    assert scraped(metrics) == {
        'info{name="shop",namespace="team",version="9.7.4"} 1.0',
        'phase{name="shop",namespace="team",phase="Ready",reason="Serving"} 1.0',
        'condition{name="shop",namespace="team",type="Ready"} 1.0',
        'condition{name="shop",namespace="team",type="Stalled"} 0.0',
    }


def test_a_backup_gives_its_time_and_its_size() -> None:
    metrics = ObjectMetrics()

    metrics.remember(SHOP, a_status(last_backup=RECEIPT, conditions=[]))

    assert {line for line in scraped(metrics) if line.startswith("backup")} == {
        'backup_timestamp_seconds{name="shop",namespace="team"} 1.7954352e+09',
        'backup_size_bytes{name="shop",namespace="team"} 1.0',
    }


def test_a_time_that_nobody_can_read_leaves_out_the_time_alone() -> None:
    metrics = ObjectMetrics()

    metrics.remember(SHOP, a_status(last_backup=RECEIPT.model_copy(update={"time": "then"})))

    names = {line.split("{")[0] for line in scraped(metrics)}
    assert "backup_size_bytes" in names
    assert "backup_timestamp_seconds" not in names


def test_what_an_object_was_before_leaves_no_series() -> None:
    metrics = ObjectMetrics()
    metrics.remember(SHOP, a_status(phase=Phase.STALLED, reason="ConfigInvalid"))

    metrics.remember(SHOP, a_status())

    assert not any("ConfigInvalid" in line for line in scraped(metrics))


def test_a_deleted_object_leaves_no_series() -> None:
    metrics = ObjectMetrics()
    metrics.remember(SHOP, a_status(last_backup=RECEIPT))

    metrics.forget(SHOP)

    assert scraped(metrics) == set()


def test_a_blocked_deletion_is_a_condition_of_its_own() -> None:
    metrics = ObjectMetrics()

    metrics.remember(SHOP, a_status(conditions=[a_condition("DeletionBlocked", "True")]))

    assert 'condition{name="shop",namespace="team",type="DeletionBlocked"} 1.0' in scraped(metrics)


def test_a_schedule_gives_the_longest_time_between_two_backups() -> None:
    metrics = ObjectMetrics()
    on_workdays = ScheduleStatus(schedule="0 3 * * MON-FRI", time_zone="Europe/Berlin")
    unknown = ScheduleStatus(schedule="of another operator", time_zone="")

    metrics.remember(SHOP, a_status(backup_schedule=on_workdays, conditions=[]))
    metrics.remember(Key("team", "other"), a_status(backup_schedule=unknown, conditions=[]))

    assert {line for line in scraped(metrics) if line.startswith("backup")} == {
        f'backup_interval_seconds{{name="shop",namespace="team"}} {3 * 86400.0}'
    }


def test_what_nobody_can_tell_is_neither_true_nor_false() -> None:
    metrics = ObjectMetrics()

    metrics.remember(SHOP, a_status(conditions=[a_condition("BackupsOnSchedule", "Unknown")]))

    assert not [line for line in scraped(metrics) if line.startswith("condition")]


def test_the_last_drill_that_passed_has_a_time() -> None:
    metrics = ObjectMetrics()
    weekly = ScheduleStatus(
        schedule="0 3 * * 0", time_zone="Etc/UTC", last_succeeded="1970-01-01T00:01:00Z"
    )

    metrics.remember(SHOP, a_status(drill_schedule=weekly, conditions=[]))
    metrics.remember(Key("team", "other"), a_status(conditions=[]))

    assert {line for line in scraped(metrics) if line.startswith("drill")} == {
        'drill_timestamp_seconds{name="shop",namespace="team"} 60.0'
    }
