"""The operator goes, comes back, changes, or has company: databases run on, and no row is lost."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import installing
from tests.support.commands import ROOT, must, run
from tests.support.databases import Database
from tests.support.teams import MARK, Team
from tests.support.waiting import eventually

CRD = "mysqls.otus.homework"
CHART = "charts/mysql-instance"


@contextmanager
def operator_away(image: str) -> Iterator[None]:
    """Uninstalled, and installed again at the end."""
    installing.uninstall()
    try:
        yield
    finally:
        installing.install(image)


def test_without_the_operator_databases_run_on_and_plain_helm_works(
    team: Team, operator_alone: str
) -> None:
    database = Database.applied(team).eventually_ready().with_a_row()

    with operator_away(operator_alone):
        pod = database.server_pod
        assert database.has_its_row()
        settings = '--set-json=config={"max_connections": 71}'
        team.helm("upgrade", "db", CHART, "--reuse-values", settings)
        team.kubectl("rollout", "status", "deploy/db", "--timeout=240s")
        assert database.sql("SELECT @@max_connections") == "71"
        team.helm("rollback", "db")
        team.kubectl("rollout", "status", "deploy/db", "--timeout=240s")
        assert database.sql("SELECT @@max_connections") != "71"
        assert database.server_pod != pod
        assert database.has_its_row()

    database.eventually_ready()
    assert database.has_its_row()


def test_what_is_asked_for_while_the_operator_is_away_is_done_when_it_is_back(
    team: Team, operator_alone: str
) -> None:
    going = Database.applied(team, "going").eventually_ready().with_a_row()
    edited = Database.applied(team, "edited").eventually_ready().with_a_row()

    with operator_away(operator_alone):
        team.kubectl("delete", "ms", "going", "--wait=false")
        edited.edit(config={"max_connections": 72})
        new = Database.applied(team, "new")
        assert going.has_its_row()

    team.eventually_gone("ms", "going")
    edited.eventually_ready()
    new.eventually_ready()
    assert edited.sql("SELECT @@max_connections") == "72"
    assert edited.has_its_row()
    Database.applied(team, "going").eventually_ready()
    assert going.has_its_row()


def test_a_deleted_definition_takes_no_data_with_it(team: Team, operator_alone: str) -> None:
    require_no_strangers()
    database = Database.applied(team).eventually_ready().with_a_row()

    try:
        must("kubectl", "delete", "crd", CRD, "--timeout=400s")
        waits = "waiting for the definition"
        eventually(lambda: waits in installing.log(), "the operator waits for the definition")
    finally:
        must("kubectl", "apply", "--server-side", "-f", f"crd/{CRD}.yaml")

    installing.wait_until_it_serves()
    team.eventually_gone("pvc", "db-pvc")
    Database.applied(team).eventually_ready()
    assert database.has_its_row()


def require_no_strangers() -> None:
    """Skip where the definition holds objects that are none of these tests'."""
    ours = set(must("kubectl", "get", "ns", "-l", MARK, "-o", "name").split())
    listed = must("kubectl", "get", CRD, "-A", "-o", "json")
    namespaces = {item["metadata"]["namespace"] for item in json.loads(listed)["items"]}
    if strangers := namespaces - {name.removeprefix("namespace/") for name in ours}:
        pytest.skip(f"there are MySQL objects in {sorted(strangers)}, which would all be deleted")


def test_an_operator_with_a_newer_chart_restarts_no_server(
    team: Team, operator_alone: str, tmp_path: Path
) -> None:
    if installing.IMAGE:
        pytest.skip("an image is given, so no newer one can be built")
    database = Database.applied(team).eventually_ready().with_a_row()
    pod, revision = database.server_pod, database.revision
    newer = tmp_path / "newer"
    shutil.copytree(ROOT, newer, ignore=shutil.ignore_patterns(".venv", ".git", ".*_cache"))
    chart = newer / CHART / "Chart.yaml"
    chart.write_text(chart.read_text().replace("\nversion: 0.", "\nversion: 999."))

    installing.install(installing.image(newer))
    try:
        eventually(lambda: database.revision > revision, "the release is upgraded")
        database.eventually_ready()
        (release,) = team.releases()
        assert release["chart"].startswith("mysql-instance-999.")
        assert database.server_pod == pod
    finally:
        installing.install(operator_alone)

    eventually(lambda: "-999." not in team.releases()[0]["chart"], "the older chart is back")
    database.eventually_ready()
    assert database.server_pod == pod
    assert database.has_its_row()


def test_with_roles_alone_it_serves_its_namespaces_and_no_other(
    team: Team, another_team: Team, operator_alone: str
) -> None:
    installing.kubectl(
        "create", "secret", "docker-registry", "registry", "--docker-server=registry.example",
        "--docker-username=robot", "--docker-password=not-a-secret",
    )  # fmt: skip
    pull_secrets = [{"name": "registry"}]
    installing.install(operator_alone, namespaces=[team.namespace], imagePullSecrets=pull_secrets)
    try:
        assert not run("kubectl", "get", "clusterrole", installing.NAME).ok
        unheard = Database.applied(another_team)
        database = Database.applied(team).eventually_ready().with_a_row()
        copy = team.get("secret", "db-agent-registry")
        assert b"registry.example" in base64.b64decode(copy["data"][".dockerconfigjson"])
        database.delete()
        assert team.find("secret", "db-agent-registry") is None
        Database.applied(team).eventually_ready()
        assert database.has_its_row()
        assert unheard.status == {"observedGeneration": -1}  # nobody has looked at it
    finally:
        installing.install(operator_alone, namespaces=[], imagePullSecrets=[])
        installing.kubectl("delete", "secret", "registry")

    unheard.eventually_ready()
    assert database.is_settled()


def test_a_second_operator_acts_only_when_the_first_has_gone(
    team: Team, operator_alone: str
) -> None:
    installing.kubectl("scale", installing.DEPLOYMENT, "--replicas=2")
    try:
        installing.wait_until_it_serves()
        first = installing.holder()
        (second,) = set(installing.pods()) - {first}
        Database.applied(team, "one")
        eventually(lambda: team.releases(), "the first has begun", every=0.1)
        Database(team, "one").eventually_ready()
        assert team.namespace in installing.kubectl("logs", first)
        assert team.namespace not in installing.kubectl("logs", second)

        Database.applied(team, "two")
        eventually(lambda: len(team.releases()) == 2, "the first has begun again", every=0.1)
        installing.kubectl("delete", "pod", first, "--grace-period=0", "--force")
        Database(team, "two").eventually_ready()
        assert installing.holder() != first
        assert {release["status"] for release in team.releases()} == {"deployed"}
    finally:
        installing.kubectl("scale", installing.DEPLOYMENT, "--replicas=1")
        installing.wait_until_it_serves()
