"""The values of the operator's chart about monitoring."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mysql_operator.generator.chart_fields import Block
from mysql_operator.generator.pod_values import Marks
from mysql_operator.model.network import Peer

HEALTH_PORT = 8080
METRICS_PORT = 8081


class PodMonitor(Block):
    """PodMonitor of the Prometheus Operator."""

    enabled: Annotated[
        bool,
        Field(
            description="Make a PodMonitor, where the cluster has that kind of the Prometheus "
            "Operator; elsewhere the notes of the release say that there is none."
        ),
    ] = False
    interval: Annotated[
        str,
        Field(pattern=r"^[0-9]+(ms|s|m|h)$", description="How often Prometheus reads the metrics."),
    ] = "30s"
    labels: Annotated[
        Marks | None,
        Field(description="Further labels, such as those that your Prometheus selects by."),
    ] = None


class Rules(Block):
    """PrometheusRule of the Prometheus Operator."""

    enabled: Annotated[
        bool,
        Field(
            description="Make a PrometheusRule with the alerts of docs/alerts.md, where the "
            "cluster has that kind of the Prometheus Operator; elsewhere the notes of the release "
            "say that there is none. The same alerts are in files/alerts.yaml of this chart."
        ),
    ] = False
    labels: Annotated[
        Marks | None,
        Field(description="Further labels, such as those that your Prometheus selects by."),
    ] = None
    runbooks: Annotated[
        str,
        Field(
            min_length=1,
            description="Address of this project's folder docs/, where your people read it; "
            "runbook_url of each alert begins with it.",
        ),
    ] = "docs"


class Metrics(Block):
    """Metrics of the operator and of all MySQL objects."""

    enabled: Annotated[
        bool,
        Field(
            description="Serve /metrics. Whoever reaches the port can read the names, phases and "
            "versions of all databases; nothing of their content."
        ),
    ] = True
    port: Annotated[
        int,
        Field(
            ge=1024,
            le=65535,
            description=f"Port of /metrics in the operator's pod; not {HEALTH_PORT}, which is that "
            "of /healthz.",
            json_schema_extra={"not": {"const": HEALTH_PORT}},
        ),
    ] = METRICS_PORT
    scrapers: Annotated[
        list[Peer] | None,
        Field(
            description="Where the operator's NetworkPolicy lets Prometheus connect from; empty: "
            "everywhere. Needs networkPolicy.enabled."
        ),
    ] = None
    pod_monitor: Annotated[
        PodMonitor, Field(description="PodMonitor of the Prometheus Operator.")
    ] = PodMonitor()
    rules: Annotated[Rules, Field(description="PrometheusRule of the Prometheus Operator.")] = (
        Rules()
    )
