"""A backup goes with its object, and none goes that may be needed."""

from __future__ import annotations

import json
from pathlib import Path

from mysql_operator import names
from tests.e2e.test_backup_objects import a_backup, eventually_complete
from tests.e2e.test_backups_in_a_bucket import (
    IN_THE_BUCKET,
    a_storage,
    a_store,
    the_keys,
)
from tests.support.databases import Database
from tests.support.objects import a_pod_on_a_claim
from tests.support.teams import Team
from tests.support.waiting import eventually

GOES = {"reclaimPolicy": "Delete"}


def eventually_held(team: Team, name: str) -> None:
    """Wait until the deletion of an object would remove its files."""

    def is_held() -> bool:
        return names.FILES_FINALIZER in team.get("msb", name)["metadata"].get("finalizers", [])

    eventually(is_held, f"{name} is held", within=60)


def taken(team: Team, name: str) -> str:
    """Take a backup whose file goes with its object; the file."""
    team.apply(a_backup(name, **GOES))
    file = str(eventually_complete(team, name)["file"])
    eventually_held(team, name)
    return file


def blocked(team: Team, name: str) -> str:
    """Why the deletion of an object waits."""
    for condition in team.get("msb", name)["status"]["conditions"]:
        if (condition["type"], condition["status"]) == ("DeletionBlocked", "True"):
            return str(condition["reason"])
    return ""


def test_a_file_goes_with_its_object_and_the_newest_one_stays(team: Team) -> None:
    database = Database.applied(team).eventually_ready().with_a_row()
    first, second = taken(team, "first"), taken(team, "second")

    team.kubectl("delete", "msb", "first", "--timeout=300s")
    team.kubectl("delete", "msb", "second", "--wait=false")
    eventually(lambda: blocked(team, "second") == "NewestBackup", "the newest one stays")
    said = team.kubectl("describe", "msb", "second")
    retain = json.dumps({"spec": {"reclaimPolicy": "Retain"}})
    team.kubectl("patch", "msb", "second", "--type=merge", "-p", retain)
    team.eventually_gone("msb", "second", within=60)

    pod = team.run_to_ready(a_pod_on_a_claim("look", "backup-db-pvc"))
    files = team.shell(pod, "ls /backup").split()
    assert [file for file in files if file.startswith(first.partition(".")[0])] == []
    assert second in files
    assert "kubectl patch" in said
    assert database.eventually_tells("BackupRemoved", "Normal").startswith(first)
    kept = eventually_complete(team, names.indexed_backup(second))
    assert kept["file"] == second
    assert team.find("msb", names.indexed_backup(first)) is None
    assert database.has_its_row()


def test_a_file_goes_from_a_bucket_too(team: Team, address: str, tmp_path: Path) -> None:
    with a_store(tmp_path, address) as bucket:
        team.apply(the_keys(), a_storage(bucket))
        Database.applied(team, backup=IN_THE_BUCKET).eventually_ready()
        taken(team, "first")
        second = taken(team, "second")

        team.kubectl("delete", "msb", "first", "--timeout=300s")

        left = {key.rpartition("/")[2] for key in bucket.keys() if "/db/" in key}
        assert left == {second, f"{second.partition('.')[0]}.json"}


def test_the_end_of_a_namespace_is_not_held_up(team: Team) -> None:
    team.apply(a_backup("old", file="db-20200101T000000Z.tar.zst", **GOES))
    eventually_held(team, "old")
    team.kubectl("delete", "msb", "old", "--wait=false")
    eventually(lambda: blocked(team, "old") == "NoSuchDatabase", "it waits for its database")

    team.kubectl("delete", "namespace", team.namespace, "--timeout=300s")

    team.found()
    assert team.names("msb") == []
