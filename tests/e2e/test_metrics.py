"""What Prometheus reads of the operator in the cluster."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tests.support import installing
from tests.support.databases import Database
from tests.support.teams import Team
from tests.support.waiting import eventually

Sample = tuple[str, dict[str, str], float]


def scraped() -> list[Sample]:
    """All samples that the operator's pod serves, without the prefix of their names."""
    families = text_string_to_metric_families(installing.metrics())
    samples = (sample for family in families for sample in family.samples)
    return [(one.name.removeprefix("mysql_operator_"), one.labels, one.value) for one in samples]


def series_of(team: Team) -> dict[tuple[str, str], float]:
    """Series of a team's objects: what each is called, and the label that tells it from others."""
    return {
        (name, labels.get("type") or labels.get("phase") or labels.get("version") or ""): value
        for name, labels, value in scraped()
        if labels.get("namespace") == team.namespace
    }


def value_of(metric: str, **labels: str) -> float:
    """Sum of the samples that bear these labels."""
    wanted = labels.items()
    return sum(
        value for name, found, value in scraped() if name == metric and wanted <= found.items()
    )


def test_the_series_of_a_database_come_and_go_with_it(team: Team) -> None:
    database = Database.applied(team).eventually_ready()

    version = database.status["version"]
    shown = eventually(lambda: series_of(team))
    assert shown[("object_info", version)] == 1
    assert shown[("object_phase", "Ready")] == 1
    assert shown[("object_condition", "Ready")] == 1
    assert shown[("object_condition", "Stalled")] == 0
    assert ("object_backup_size_bytes", "") not in shown

    team.kubectl("delete", "ms", "db")
    eventually(lambda: not series_of(team))


def test_a_backup_is_seen_in_the_object_that_is_created_again(team: Team) -> None:
    Database.applied(team).eventually_ready()
    team.kubectl("delete", "ms", "db")

    again = Database.applied(team).eventually_ready()

    backup = again.status["lastBackup"]
    shown = eventually(lambda: series_of(team))
    assert shown[("object_backup_size_bytes", "")] == backup["size"]
    assert shown[("object_backup_timestamp_seconds", "")] > 1.7e9


def test_the_operators_own_work_is_counted(team: Team) -> None:
    installs = {"command": "install", "outcome": "succeeded"}
    before = value_of("helm_duration_seconds_count", **installs)
    asked = value_of("api_requests_total", resource="mysqls", verb="patch", code="200")

    Database.applied(team).eventually_ready()

    assert value_of("helm_duration_seconds_count", **installs) > before
    assert value_of("api_requests_total", resource="mysqls", verb="patch", code="200") > asked
    assert value_of("pass_duration_seconds_count") > 0
    assert value_of("leader") == 1
    assert 0 < value_of("watch_age_seconds", resource="pods") < 600
