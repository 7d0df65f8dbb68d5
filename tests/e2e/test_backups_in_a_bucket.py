"""Backups in an object store that pods of the cluster reach, and a store that is away."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.e2e.test_backup_objects import a_backup, eventually_complete
from tests.support import buckets, nodes
from tests.support.buckets import Bucket
from tests.support.databases import Database
from tests.support.objects import SCHEMA, a_secret, an_unshared_secret
from tests.support.teams import Team
from tests.support.waiting import eventually

IN_THE_BUCKET = {"storageRef": {"name": "bucket"}}
DATABASES = ("orders", "stock")


def a_store(home: Path, address: str) -> AbstractContextManager[Bucket]:
    return buckets.served(buckets.VERSITYGW, home, enter=nodes.ON_THE_NODE, address=address)


def a_storage(bucket: Bucket) -> dict[str, Any]:
    return {
        "apiVersion": "otus.homework/v1",
        "kind": "MySQLBackupStorage",
        "metadata": {"name": "bucket"},
        "spec": bucket.spec(),
    }


def the_keys() -> dict[str, Any]:
    keys = {"AWS_ACCESS_KEY_ID": buckets.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": buckets.SECRET_KEY}
    return a_secret("bucket-keys", **keys)


def test_a_database_comes_back_from_a_bucket(team: Team, address: str, tmp_path: Path) -> None:
    with a_store(tmp_path, address) as bucket:
        team.apply(the_keys(), a_storage(bucket))
        database = Database.applied(team, backup=IN_THE_BUCKET).eventually_ready().with_a_row()
        uid = database.whole["metadata"]["uid"]
        database.delete()
        assert "backup-db-pvc" not in team.names("pvc")
        kept = [key.rpartition(".")[2] for key in bucket.keys() if f"/db/{uid}/" in key]
        assert sorted(kept) == ["json", "zst"]

        Database.applied(team, backup=IN_THE_BUCKET).eventually_ready()
        assert database.has_its_row()
        assert bucket.uploads() == []


def test_a_deletion_waits_for_a_bucket_that_is_away(
    team: Team, address: str, tmp_path: Path
) -> None:
    with a_store(tmp_path, address) as bucket:
        team.apply(the_keys(), a_storage(bucket))
        database = Database.applied(team, backup=IN_THE_BUCKET).eventually_ready().with_a_row()
    team.kubectl("delete", "ms", "db", "--wait=false")
    said = database.eventually_says("DeletionBlocked", "StorageUnreachable")
    assert address in said
    assert database.has_its_row()

    with a_store(tmp_path, address):
        team.eventually_gone("mysqls.otus.homework", "db", within=420)
        Database.applied(team, backup=IN_THE_BUCKET).eventually_ready()
        assert database.has_its_row()


def test_all_is_lost_but_the_bucket(team: Team, address: str, tmp_path: Path) -> None:
    """What docs/disaster-recovery.md tells people to do: keys, storage and manifests again."""
    with a_store(tmp_path, address) as bucket:
        team.apply(the_keys(), a_storage(bucket))
        files = {backed_up(team, database) for database in born(team)}

        team.kubectl("delete", "namespace", team.namespace, "--timeout=300s")  # no Job can start
        team.found()
        team.apply(the_keys(), a_storage(bucket))
        for database in born(team, restore={"policy": "Require"}):
            assert database.sql("SELECT name FROM t", schema=SCHEMA) == database.name
        staging = {"source": {"name": DATABASES[0]}}
        copy = Database.applied(team, "staging", backup=IN_THE_BUCKET, restore=staging)
        assert copy.eventually_ready().sql("SELECT name FROM t", schema=SCHEMA) == DATABASES[0]

        def listed() -> bool:
            found = {item.get("status", {}).get("file") for item in team.items("msb")}
            return files <= found

        eventually(listed, "kubectl get msb lists the backups of before")


def born(team: Team, **spec: Any) -> list[Database]:
    """Two databases, side by side."""
    applied = [Database.applied(team, name, backup=IN_THE_BUCKET, **spec) for name in DATABASES]
    return [database.eventually_ready() for database in applied]


def backed_up(team: Team, database: Database) -> str:
    """Write a row and take a backup of it on demand; its file."""
    database.sql(f"CREATE TABLE t AS SELECT '{database.name}' AS name", schema=SCHEMA)
    team.apply(a_backup(f"of-{database.name}", mysqlName=database.name))
    return str(eventually_complete(team, f"of-{database.name}")["file"])


def test_a_storage_says_whether_it_can_be_used(team: Team, address: str, tmp_path: Path) -> None:
    """Before any database is there: a wrong key is seen at once, and so is the right one."""
    wrong = {"AWS_ACCESS_KEY_ID": "a-stranger", "AWS_SECRET_ACCESS_KEY": buckets.SECRET_KEY}
    with a_store(tmp_path, address) as bucket:
        team.apply(an_unshared_secret("bucket-keys", **wrong), a_storage(bucket))
        eventually(lambda: reachable(team) == ("False", "SecretNotShared"), "it is not shared")
        team.apply(a_secret("bucket-keys", **wrong))
        refused = ("False", "StorageCredentialsRefused")
        eventually(lambda: reachable(team) == refused, "the key is refused")
        team.apply(the_keys())
        eventually(lambda: reachable(team) == ("True", "CheckSucceeded"), "the store is reachable")
        assert bucket.keys() == []


def reachable(team: Team) -> tuple[str, str]:
    asked = "jsonpath={.status.conditions[0].status} {.status.conditions[0].reason}"
    status, _, reason = team.kubectl("get", "msbs", "bucket", "-o", asked).strip().partition(" ")
    return status, reason
