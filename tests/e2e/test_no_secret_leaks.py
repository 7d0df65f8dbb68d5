"""A password is in the Secret it was given in, in the operator's copy, and nowhere else, ever."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import leaks, nodes
from tests.support.databases import Database
from tests.support.objects import IMAGE, NOWHERE, a_pod_on_a_claim, a_secret
from tests.support.teams import Team
from tests.support.waiting import eventually

ROOT = "plantedrootword7Q"
ALI = "plantedaliword3K"
CHANGED = "plantednewword9Z"
ALL = {ROOT, ALI, CHANGED}
ALLOWED = {"ours", "db-credentials"}
IN_FILES = "[p]lanted[ran]"


def test_a_planted_password_is_found_nowhere(team: Team) -> None:
    if not nodes.is_reachable():
        pytest.skip("the processes of a node can be seen only on the project's own cluster")
    team.apply(a_secret("ours", ali=ALI))
    ref = {"name": "ours", "key": "ali"}
    spec: dict[str, Any] = {"password": ROOT, "userPasswordSecretRef": ref}

    with leaks.watching_processes(*ALL) as in_processes:
        database = Database.applied(team, **spec).eventually_ready()
        team.apply(a_secret("ours", ali=CHANGED))
        database.edit(config={"max_connections": 99}).eventually_ready()
        eventually(lambda: database.status["userPassword"]["result"] == "changed")
        database.eventually_ready()
        database.edit(image=NOWHERE).eventually_says("Stalled")
        database.edit(image=IMAGE).eventually_ready()
    first_life = leaks.places(team, allowed_secrets=ALLOWED)

    with leaks.watching_processes(*ALL) as in_processes_later:
        database.delete()
        second_life = leaks.places(team, allowed_secrets=ALLOWED)
        helper = team.run_to_ready(a_pod_on_a_claim("helper", "backup-db-pvc"))
        in_backup = team.shell(helper, f"cat /backup/* | zstd -dcf | grep -ac '{IN_FILES}' || true")
        Database.applied(team, **spec).eventually_ready()
        database.edit(password="plantedrootnext").eventually_ready()
        eventually(lambda: database.lets_in("root", "plantedrootnext"))
    third_life = leaks.places(team, allowed_secrets=ALLOWED)

    assert in_processes == []
    assert in_processes_later == []
    for life in (first_life, second_life, third_life):
        assert leaks.found_in(life, ALL) == []
    assert in_backup.strip() == "0"
    where = "exec", "deploy/db", "-c", "mysql", "--"
    on_disk = team.try_kubectl(*where, "grep", "-rlaE", IN_FILES, "/var/lib/mysql").out
    assert on_disk == ""


def test_the_search_finds_what_is_there(team: Team) -> None:
    team.apply(a_secret("ours", password=ROOT))

    assert leaks.found_in(leaks.places(team, allowed_secrets=set()), ALL) == ["Secret/ours"]
    if nodes.is_reachable():
        with leaks.watching_processes(ROOT) as seen:
            nodes.sh("sleep 2", ROOT)
        assert any("cmdline" in line for line in seen)
