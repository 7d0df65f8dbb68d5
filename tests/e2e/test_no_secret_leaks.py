"""A password is in the Secret it was given in, in the operator's copy, and nowhere else, ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cluster.addresses import NODE_IP
from tests.e2e import test_backups_in_a_bucket as in_buckets
from tests.support import age, buckets, leaks, nodes
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


def test_the_identity_that_decrypts_backups_is_found_nowhere(team: Team, tmp_path: Path) -> None:
    if not nodes.is_reachable():
        pytest.skip("the processes of a node can be seen only on the project's own cluster")
    pair = age.pair()
    planted = {pair.identity.removeprefix("AGE-SECRET-KEY-")}
    encryption = {
        "ageRecipients": [pair.recipient],
        "identitySecretRef": {"name": "age-keys"},
    }
    backup = {**in_buckets.IN_THE_BUCKET, "drill": {"schedule": "@monthly"}}

    with (
        in_buckets.a_store(tmp_path, f"{NODE_IP}:{buckets.free_port()}") as bucket,
        leaks.watching_processes(*planted) as in_processes,
    ):
        storage = in_buckets.a_storage(bucket)
        storage["spec"]["encryption"] = encryption
        team.apply(in_buckets.the_keys(), a_secret("age-keys", identity=pair.file), storage)
        eventually(lambda: in_buckets.reachable(team) == ("True", "CheckSucceeded"))
        database = Database.applied(team, backup=backup).eventually_ready().with_a_row()
        first_life = leaks.places(team, allowed_secrets={"age-keys", "bucket-keys"})
        database.delete()
        team.apply(a_secret("age-keys", identity=age.pair().file))
        Database.applied(team, backup=backup).eventually_says("Stalled", "DecryptionKeyWrong")
        team.apply(a_secret("age-keys", identity=pair.file))
        database.eventually_ready()
        second_life = leaks.places(team, allowed_secrets={"age-keys", "bucket-keys"})
        files = [key for key in bucket.keys() if not key.endswith(".json")]

    assert database.has_its_row()
    assert files
    assert all(key.endswith(".tar.zst.age") for key in files)
    assert in_processes == []
    for life in (first_life, second_life):
        assert leaks.found_in(life, planted) == []


def test_the_search_finds_what_is_there(team: Team) -> None:
    team.apply(a_secret("ours", password=ROOT))

    assert leaks.found_in(leaks.places(team, allowed_secrets=set()), ALL) == ["Secret/ours"]
    if nodes.is_reachable():
        with leaks.watching_processes(ROOT) as seen:
            nodes.sh("sleep 2", ROOT)
        assert any("cmdline" in line for line in seen)
