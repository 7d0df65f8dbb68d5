"""What the chart makes for Prometheus, and that each alert leads to a page that exists."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from mysql_operator.adapters.requests import Requests
from mysql_operator.model.reasons import catalogue
from mysql_operator.model.status import Phase
from mysql_operator.reconcile.engine import Engine
from mysql_operator.settings import Settings
from tests.unit.charts import helm

ALERTS = helm.OPERATOR / "files/alerts.yaml"
KINDS = ("PodMonitor", "PrometheusRule")
WANTED = {"metrics": {"podMonitor": {"enabled": True}, "rules": {"enabled": True}}}


def monitored(values: dict[str, Any]) -> list[helm.Object]:
    """The objects of the chart in a cluster that has the Prometheus Operator."""
    kinds = (f"--api-versions=monitoring.coreos.com/v1/{kind}" for kind in KINDS)
    ended = helm.helm(
        "template", "x", str(helm.OPERATOR), "--namespace", helm.NAMESPACE, "--values", "-", *kinds,
        stdin=yaml.safe_dump(values),
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return [made for made in yaml.safe_load_all(ended.stdout) if made]


def notes(values: dict[str, Any]) -> str:
    ended = helm.helm(
        "install", "x", str(helm.OPERATOR), "--dry-run=client", "--values", "-",
        stdin=yaml.safe_dump(values),
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.partition("NOTES:")[2]


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_the_monitor_finds_the_port_and_the_pod_of_the_operator() -> None:
    made = monitored(WANTED)
    template = helm.one(made, "Deployment")["spec"]["template"]
    monitor = helm.one(made, "PodMonitor")["spec"]

    (endpoint,) = monitor["podMetricsEndpoints"]
    (container,) = template["spec"]["containers"]

    assert endpoint["port"] in [port["name"] for port in container["ports"]]
    assert endpoint["honorLabels"] is True
    assert monitor["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()


def test_the_rules_are_those_of_the_file_with_the_address_of_the_runbooks() -> None:
    address = "https://git.example/docs"
    values = {"metrics": {"rules": {"enabled": True, "runbooks": f"{address}/"}}}

    made = helm.one(monitored(values), "PrometheusRule")

    (group,) = made["spec"]["groups"]
    for rule, alert in zip(group["rules"], alerts(), strict=True):
        url = alert["annotations"].pop("runbook_url")
        assert rule["annotations"].pop("runbook_url") == url.replace("docs", address, 1)
        assert rule == alert


def test_a_prometheus_selects_them_by_labels() -> None:
    made = monitored(helm.everything(helm.OPERATOR))

    for kind in KINDS:
        assert helm.one(made, kind)["metadata"]["labels"]["release"] == "prometheus"


def test_neither_is_made_unless_somebody_wants_it() -> None:
    made = monitored({})

    assert {one["kind"] for one in made} & set(KINDS) == set()


def test_a_cluster_without_the_kinds_gets_none_and_is_told() -> None:
    made = helm.objects(helm.OPERATOR, WANTED)

    assert {one["kind"] for one in made} & set(KINDS) == set()
    assert "NO PodMonitor was made" in notes(WANTED)
    assert "NO PrometheusRule was made" in notes(WANTED)
    assert "was made" not in notes({})


def test_without_metrics_there_is_no_port_and_nothing_to_monitor() -> None:
    off = {"metrics": {**WANTED["metrics"], "enabled": False}, "networkPolicy": {"enabled": True}}

    made = monitored(off)

    (container,) = helm.one(made, "Deployment")["spec"]["template"]["spec"]["containers"]
    environment = {one["name"]: one.get("value") for one in container["env"]}
    assert [port["name"] for port in container["ports"]] == ["health", "signing"]
    assert environment["MYSQL_OPERATOR_METRICS_PORT"] == "0"
    ingress = helm.one(made, "NetworkPolicy")["spec"]["ingress"]
    assert ingress == [{"ports": [{"port": name}]} for name in ("health", "signing")]
    assert {one["kind"] for one in made} & set(KINDS) == set()
    assert "neither a PodMonitor nor a PrometheusRule" in notes(off)


def test_only_who_is_named_may_read_the_metrics() -> None:
    policy = helm.one(monitored(helm.everything(helm.OPERATOR)), "NetworkPolicy")["spec"]

    *_, metrics = policy["ingress"]

    assert metrics["ports"] == [{"port": "metrics"}]
    (peer,) = metrics["from"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "monitoring"}


def test_the_port_of_the_health_is_not_to_be_had() -> None:
    refused = helm.template(helm.OPERATOR, {"metrics": {"port": 8080}})

    assert refused.returncode != 0
    assert "/metrics/port" in refused.stderr


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_each_alert_says_what_is_wrong_and_leads_to_its_page(alert: dict[str, Any]) -> None:
    page = (helm.ROOT / "docs/alerts.md").read_text()
    headings = {heading.lower() for heading in re.findall(r"^### (\w+)$", page, re.MULTILINE)}

    told = alert["annotations"]

    assert alert["labels"]["severity"] in ("critical", "warning")
    assert told["summary"].endswith(".")
    assert told["description"].endswith(".")
    assert told["runbook_url"] == f"docs/alerts.md#{alert['alert'].lower()}"
    assert alert["alert"].lower() in headings


def test_the_page_describes_no_alert_that_is_not_there() -> None:
    page = (helm.ROOT / "docs/alerts.md").read_text()

    headings = re.findall(r"^### (\w+)$", page, re.MULTILINE)

    assert headings == [alert["alert"] for alert in alerts()]


def test_the_reasons_of_helms_alert_are_in_the_catalogue() -> None:
    known = [reason.name for reason in catalogue.reasons()]
    (alert,) = (one for one in alerts() if one["alert"] == "MySQLHelmFailing")

    (named,) = re.findall(r'reason=~"([^"]+)"', alert["expr"])

    for pattern in named.split("|"):
        assert any(re.fullmatch(pattern, reason) for reason in known), pattern


def test_the_phases_of_the_alerts_are_those_of_the_operator() -> None:
    named = re.findall(r'phase=~"([^"]+)"', ALERTS.read_text())

    assert {phase for found in named for phase in found.split("|")} <= set(Phase)


def served() -> set[str]:
    """Names of all metrics, as one process of the operator serves them."""
    settings = Settings(chart=helm.INSTANCE)
    nobody: Any = None
    engine = Engine(nobody, nobody, settings, chart_digest="")
    families = (one.collect() for one in (Requests(), *engine.metrics()))
    return {family.name for found in families for family in found}


def test_alerts_and_page_name_metrics_that_are_served() -> None:
    page = (helm.ROOT / "docs/alerts.md").read_text()
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \|", page, re.MULTILINE)
    listed = {f"mysql_operator_{name}" for row in rows for name in re.findall(r"`(\w+)`", row)}
    asked = set(re.findall(r"mysql_operator_\w+", ALERTS.read_text()))

    assert {name.removesuffix("_total") for name in listed} == served()
    assert asked <= listed | {f"{name}_count" for name in listed}


def test_each_alert_has_a_story_of_when_it_comes_and_one_of_when_it_does_not() -> None:
    stories = yaml.safe_load((helm.ROOT / "tests/alerts/alerts.yaml").read_text())["tests"]
    moments = [moment for story in stories for moment in story["alert_rule_test"]]

    fires = {moment["alertname"] for moment in moments if moment.get("exp_alerts")}
    is_quiet = {moment["alertname"] for moment in moments if not moment.get("exp_alerts")}

    named = {alert["alert"] for alert in alerts()}
    assert fires == named
    assert is_quiet == named
