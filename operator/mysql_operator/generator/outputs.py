"""Everything that is generated, by its path in the repository.

Pure but for reading the templates and the READMEs, whose prose people write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel

from mysql_operator import names
from mysql_operator.agent.sql import sessions
from mysql_operator.generator import (
    chart_fields,
    charts,
    crd,
    definitions,
    factories,
    monitoring_values,
    my_cnf,
    operator_values,
    rbac,
    reason_pages,
    tables,
    values_files,
)
from mysql_operator.generator.marks import mark
from mysql_operator.model import (
    age_keys,
    cron,
    owned_settings,
    release_values,
    signing,
    spec,
    status,
)
from mysql_operator.model.annotations import Placement
from mysql_operator.model.reasons import catalogue

DEFINITIONS = PurePosixPath("crd")
INSTANCE = PurePosixPath("charts", names.INSTANCE_CHART)
OPERATOR = PurePosixPath("charts", names.OPERATOR)
SESSION = INSTANCE / "files" / "session.sql"
REASONS = PurePosixPath("docs", "reasons.md")

WHOLLY_GENERATED = (DEFINITIONS, INSTANCE / "templates", OPERATOR / "templates")
"""Folders that hold nothing else: a file there that nothing generates is a mistake."""

Outputs = dict[PurePosixPath, str]
Document = dict[str, Any]


@dataclass(frozen=True)
class Sources:
    """The models that everything is made from."""

    spec: type[BaseModel] = spec.MySQLSpec
    status: type[BaseModel] = status.MySQLStatus
    release: type[BaseModel] = release_values.ReleaseValues
    operator: type[BaseModel] = operator_values.OperatorValues
    templates: Path = field(default=factories.TEMPLATES)


def outputs(root: Path, sources: Sources) -> Outputs:
    """Make every generated file; `root` is the repository, for the prose of the READMEs."""
    documents = _definitions(sources)
    instance_templates = _instance_templates(sources)
    return {
        REASONS: reason_pages.page(catalogue.SECTIONS),
        SESSION: _session_file(),
        **_definition_files(documents),
        **_instance_files(root, sources),
        **{INSTANCE / "templates" / path: text for path, text in instance_templates.items()},
        **_operator_files(root, sources),
        **_operator_templates(sources, documents, list(instance_templates.values())),
    }


def _definitions(sources: Sources) -> list[Document]:
    kinds = (
        definitions.mysql(sources.spec, sources.status),
        definitions.mysql_backup(),
        definitions.mysql_restore(),
        definitions.mysql_backup_storage(),
        definitions.cluster_storage(),
    )
    return [crd.document(kind) for kind in kinds]


def _definition_files(documents: Sequence[Document]) -> Outputs:
    return {
        DEFINITIONS / f"{made['metadata']['name']}.yaml": f"# {mark('model')}\n"
        + factories.yaml_text(made)
        for made in documents
    }


def _session_file() -> str:
    """What a session of the server's scripts sets: a part of what the agent's sessions set."""
    statement = sessions.init_statement(sessions.OF_A_START, separator="\n  ")
    return f"-- {mark('agent/sql/sessions.py')}\n{statement};\n"


def _instance_fields(sources: Sources) -> list[chart_fields.ChartField]:
    """Values of the instance chart: domain words, the operator's part, pod plumbing."""
    found = chart_fields.of_spec(sources.spec)
    domain = [one for one in found if one.placement is Placement.VALUE]
    plumbing = [one for one in found if one.placement is not Placement.VALUE]
    return [*domain, *chart_fields.of_model(sources.release), *plumbing]


def _instance_files(root: Path, sources: Sources) -> Outputs:
    fields = _instance_fields(sources)
    return {
        INSTANCE / "values.yaml": values_files.values(fields, "model"),
        INSTANCE / "values.schema.json": values_files.schema(fields, "model"),
        **_readme(root, INSTANCE, {"values": tables.of_values(fields)}),
    }


def _operator_files(root: Path, sources: Sources) -> Outputs:
    fields = chart_fields.of_model(sources.operator)
    source = "generator/operator_values.py"
    return {
        OPERATOR / "values.yaml": values_files.values(fields, source),
        OPERATOR / "values.schema.json": values_files.schema(fields, source),
        **_readme(
            root,
            OPERATOR,
            {
                "values": tables.of_values(fields),
                "spec": tables.of_spec(crd.spec_schema(sources.spec)),
            },
        ),
    }


def _readme(root: Path, chart: PurePosixPath, made: dict[str, str]) -> Outputs:
    path = chart / "README.md"
    return {path: tables.filled(str(path), (root / path).read_text(encoding="utf-8"), made)}


def _instance_templates(sources: Sources) -> Outputs:
    fields = chart_fields.of_spec(sources.spec)
    context = {
        "defines": charts.defines(),
        "pod_fields": [one.name for one in fields if one.placement is Placement.POD],
        "container_fields": [one.name for one in fields if one.placement is Placement.CONTAINER],
        "age_keys": age_keys,
        "cron": cron,
        "reserved_schemas": names.RESERVED_SCHEMAS,
        "owned": owned_settings,
        "base_settings": my_cnf.BASE,
        "server_clients": list(names.SERVERS_OWN_CLIENTS),
        "signing": signing,
    }
    return charts.templates(sources.templates, names.INSTANCE_CHART, context)


def _operator_templates(
    sources: Sources, documents: Sequence[Document], instance_templates: list[str]
) -> Outputs:
    kinds = rbac.kinds(instance_templates)
    context = {
        "definitions": documents,
        "own_rules": rbac.OWN_RULES,
        "cluster_rules": rbac.CLUSTER_RULES,
        "signing_port": operator_values.SIGNING_PORT,
        "signing_audience": signing.AUDIENCE,
        "user_roles": rbac.USER_ROLES,
        "chart_rules": rbac.chart_rules(kinds),
        "written": rbac.written(kinds),
        "pod_makers": sorted({kind.plural for kind in kinds if kind.kind in rbac.POD_MAKERS}),
        "health_port": monitoring_values.HEALTH_PORT,
        "pod_monitor": "monitoring.coreos.com/v1/PodMonitor",
        "prometheus_rule": "monitoring.coreos.com/v1/PrometheusRule",
        "give_up_sentence": names.give_up_sentence(names.Key("%s", "%s")),
    }
    made = charts.templates(sources.templates, names.OPERATOR, context)
    return {OPERATOR / "templates" / path: text for path, text in made.items()}
