"""What Argo CD and Flux make of the statuses that the operator writes, by what docs/gitops holds.

Argo CD runs Lua 5.1, Flux CEL: both are run here as they are shipped.
"""

from __future__ import annotations

from typing import Any

import celpy
import pytest
import yaml
from lupa import lua51

from mysql_operator import names
from mysql_operator.model.status import MySQLStatus
from mysql_operator.reconcile import reporting
from mysql_operator.reconcile.actions import Action, Nothing, Refuse, Wait
from mysql_operator.reconcile.facts.observations import JobState, Observed, OperationKind
from tests.unit.charts.helm import ROOT
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import (
    FRESH,
    a_job,
    an_instance,
    an_operation,
    seen,
    what_is_desired,
)

GITOPS = ROOT / "docs/gitops"
NEW = an_instance(status=MySQLStatus())
EDITED = an_instance(generation=2, status=MySQLStatus(restore=FRESH, observed_generation=1))

Object = dict[str, Any]


def reported(observed: Observed, action: Action) -> Object:
    """The object after the pass that saw this and decided that."""
    status = reporting.status_for(observed, action)
    stored = status.model_dump(by_alias=True, exclude_none=True, mode="json")
    return {"metadata": {"generation": observed.instance.generation}, "status": stored}


STORIES = [
    pytest.param({"metadata": {"generation": 1}}, "Progressing", "InProgress", id="no status yet"),
    pytest.param(
        reported(
            seen(
                instance=NEW,
                release=None,
                server=None,
                restore_job=a_job(JobState.RUNNING),
                operation=an_operation(OperationKind.INSTALL),
            ),
            Wait(),
        ),
        "Progressing",
        "InProgress",
        id="installing",
    ),
    pytest.param(reported(seen(), Nothing()), "Healthy", "Current", id="serving"),
    pytest.param(
        reported(
            seen(instance=EDITED, desired=what_is_desired(values_digest="other")),
            builders.an_upgrade(install=False, restore=False, change_user_password=False),
        ),
        "Progressing",
        "InProgress",
        id="edited",
    ),
    pytest.param(
        reported(
            seen(instance=an_instance(status=MySQLStatus()), server=None),
            Refuse("OwnershipConflict", "claim db-pvc belongs to somebody else"),
        ),
        "Degraded",
        "Failed",
        id="refused",
    ),
]


def health_in_argo_cd(manifest: Object) -> Object:
    lua = lua51.LuaRuntime(unpack_returned_tuples=True)
    lua.globals().obj = lua.table_from(manifest, recursive=True)
    return dict(lua.execute((GITOPS / "argo-cd-health.lua").read_text()))


def status_in_flux(manifest: Object) -> str:
    """Failed before Current; what cannot be evaluated is waited for."""
    (check,) = yaml.safe_load((GITOPS / "flux-kustomization.yaml").read_text())["spec"][
        "healthCheckExprs"
    ]
    assert (check["apiVersion"], check["kind"]) == (
        f"{names.GROUP}/{names.VERSION}",
        names.MYSQL.kind,
    )
    if _holds(check["failed"], manifest):
        return "Failed"
    return "Current" if _holds(check["current"], manifest) else "InProgress"


def _holds(expression: str, manifest: Object) -> bool:
    environment = celpy.Environment()
    program = environment.program(environment.compile(expression))
    parts = {part: celpy.json_to_cel(value) for part, value in manifest.items()}
    try:
        return bool(program.evaluate(parts))
    except celpy.CELEvalError:
        return False


@pytest.mark.parametrize(("manifest", "health", "_flux"), STORIES)
def test_argo_cd_knows_the_health_of_a_database(manifest: Object, health: str, _flux: str) -> None:
    told = health_in_argo_cd(manifest)

    assert told["status"] == health
    assert told["message"]


@pytest.mark.parametrize(("manifest", "_argo", "status"), STORIES)
def test_flux_waits_for_a_database(manifest: Object, _argo: str, status: str) -> None:
    assert status_in_flux(manifest) == status


def test_argo_cd_says_what_is_wrong_in_the_operators_words() -> None:
    refused = reported(seen(server=None), Refuse("ReleaseConflict", "choose another name"))

    assert health_in_argo_cd(refused)["message"] == "ReleaseConflict: choose another name"
