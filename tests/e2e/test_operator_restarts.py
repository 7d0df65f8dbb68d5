"""The operator may go and come at any time: nothing changes at rest, nothing is left half done."""

from __future__ import annotations

import pytest

from tests.support import installing, nodes
from tests.support.databases import Database
from tests.support.objects import SCHEMA
from tests.support.teams import Team
from tests.support.waiting import eventually

HELM_RUNS = "grep -alE '(^|/)[h]elm' /proc/[0-9]*/cmdline 2>/dev/null"
"""The brackets keep the search from finding itself."""

MOST_REQUESTS_AT_REST = 20
"""In the time of ten looks, of which each used to send a dozen: for the Lease, and for watches."""


def picture(team: Team) -> dict[str, str]:
    """Every object that the release made, with the version that it has."""
    kinds = "deployments,services,configmaps,pvc,jobs,pods,secrets"
    return {
        f"{item['kind']}/{item['metadata']['name']}": item["metadata"]["resourceVersion"]
        for item in team.items(kinds)
    }


def still_picture(team: Team) -> dict[str, str]:
    """The same, once Kubernetes itself has ended what follows from an install."""
    last: dict[str, str] = {}

    def is_still() -> bool:
        before = dict(last)
        last.update(picture(team))
        return last == before

    eventually(is_still, every=2)
    return last


def looks_so_far() -> int:
    """How often the operator has looked at an object."""
    return int(installing.measured("mysql_operator_pass_duration_seconds_count"))


def requests_so_far() -> int:
    """How often the operator has asked for an object, or for all of a database's."""
    return int(installing.measured("mysql_operator_api_requests_total"))


def test_a_restart_at_rest_changes_nothing(team: Team, operator_alone: str) -> None:
    database = Database.applied(team, user_password="ali's").eventually_ready()
    before = still_picture(team)

    installing.replace()
    # an edit that the new one carries out: by then it has looked at everything
    Database.applied(team, "later").eventually_ready()
    team.kubectl("delete", "ms", "later")

    after = {name: seen for name, seen in picture(team).items() if "later" not in name}
    assert after == before
    assert database.is_settled()


def test_the_end_of_the_operator_during_an_install_is_made_good(
    team: Team, operator_alone: str
) -> None:
    database = Database.applied(team)
    eventually(lambda: team.releases(), every=0.1)

    installing.replace()

    database.eventually_ready()
    assert {release["status"] for release in team.releases()} == {"deployed"}
    database.sql("CREATE TABLE t (n INT)", schema=SCHEMA)


def test_the_end_of_the_operator_during_a_deletion_is_made_good(
    team: Team, operator_alone: str
) -> None:
    database = Database.applied(team).eventually_ready()
    database.sql("CREATE TABLE t (n INT); INSERT INTO t VALUES (7)", schema=SCHEMA)
    team.kubectl("delete", "ms", "db", "--wait=false")
    eventually(lambda: team.find("jobs", "backup-db-job"), every=0.1)

    installing.replace()

    team.eventually_gone("ms", "db")
    Database.applied(team).eventually_ready()
    assert database.sql("SELECT n FROM t", schema=SCHEMA) == "7"


def test_an_operator_killed_during_an_install_is_made_good(team: Team, operator_alone: str) -> None:
    database = Database.applied(team)
    eventually(lambda: team.releases(), every=0.1)

    installing.kubectl("delete", "pod", installing.pod(), "--grace-period=0", "--force")

    database.eventually_ready()
    assert {release["status"] for release in team.releases()} == {"deployed"}


def test_a_resync_at_rest_starts_no_helm(team: Team, operator_alone: str) -> None:
    database = Database.applied(team).eventually_ready()
    revision = database.revision
    if not nodes.is_reachable():
        pytest.skip("the processes of a node can be seen only on the project's own cluster")
    installing.install(operator_alone, resyncSeconds=1)
    try:
        eventually(lambda: looks_so_far() >= 5, "the first looks compare everything")
        looks, asked, started = looks_so_far(), requests_so_far(), len(installing.log())
        with nodes.watching(HELM_RUNS) as helm_processes:
            eventually(lambda: looks_so_far() >= looks + 10)
        asked, quiet = requests_so_far() - asked, installing.log()[started:]
    finally:
        installing.install(operator_alone)

    assert helm_processes == []
    assert asked <= MOST_REQUESTS_AT_REST
    assert team.namespace not in quiet
    assert database.revision == revision
