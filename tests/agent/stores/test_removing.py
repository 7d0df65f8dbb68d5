"""The removal of one backup from a bucket, as its Job runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mysql_operator.agent import removing, settings
from mysql_operator.agent.interruptions import InterruptedJobError
from mysql_operator.agent.store.object_client import ObjectClient
from mysql_operator.agent.store.s3_answers import Entry
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.receipts import BackupFile, RemovalReceipt
from tests.agent.stores import writer
from tests.agent.stores.conftest import Kept, of_bucket, of_claim
from tests.support import buckets
from tests.support.buckets import Bucket
from tests.support.commands import ROOT


@pytest.fixture
def kept(bucket: Bucket, namespace: str) -> Kept:
    """The bucket, with nothing of this test in it."""
    return of_bucket(bucket, namespace)


def taken(kept: Kept, uid: str = "uid-1") -> BackupFile:
    """A backup that the object of that UID has taken."""
    store = kept.open(uid)
    file = store.new_name(receipts.CLONE_SUFFIX)
    writer.write(store, file, 1)
    return file


def removed(store: Bucket, namespace: str, name: str, **fields: Any) -> RemovalReceipt:
    """Run the agent's command as the Job of the object `uid-1`."""
    given = {
        "INSTANCE": "shop", "NAMESPACE": namespace, "OBJECT_UID": "uid-1", "MYSQL_DATABASE": "app",
        "REMOVE_FILE": name,
    }  # fmt: skip
    return removing.remove(settings.read(given | store.environment(**fields)))


def all_of(bucket: Bucket, namespace: str) -> list[str]:
    below = f"{namespace}/shop/"
    return sorted(key.removeprefix(below) for key in bucket.keys() if key.startswith(below))


def test_one_that_is_named_goes_and_no_other(kept: Kept, bucket: Bucket, namespace: str) -> None:
    old, newest = taken(kept), taken(kept)
    kept.put(old.export, "SQL for people")

    receipt = removed(bucket, namespace, old.name)

    assert (receipt.result, receipt.store) == ("removed", kept.open("uid-1").title)
    assert kept.names() == sorted([newest.name, newest.receipt])
    assert removed(bucket, namespace, old.name).result == "absent"


def test_the_newest_one_stays(kept: Kept, bucket: Bucket, namespace: str) -> None:
    _, newest = taken(kept), taken(kept)
    before = kept.names()

    with pytest.raises(OperatorError) as refused:
        removed(bucket, namespace, newest.name)

    assert refused.value.reason == "NewestBackup"
    assert kept.names() == before


def test_one_of_a_predecessor_goes_from_its_folder(
    kept: Kept, bucket: Bucket, namespace: str
) -> None:
    of_before, own = taken(kept, "uid-0"), taken(kept)

    assert removed(bucket, namespace, of_before.name).result == "removed"
    assert all_of(bucket, namespace) == [f"uid-1/{own.receipt}", f"uid-1/{own.name}"]


def test_a_name_that_two_objects_have_used_is_a_persons_to_decide(
    kept: Kept, bucket: Bucket, namespace: str
) -> None:
    first = taken(kept, "uid-0")
    kept.put(first.name, "of another cluster, in the same second")
    kept.put(first.receipt, "{}")
    taken(kept)
    before = all_of(bucket, namespace)

    with pytest.raises(OperatorError) as refused:
        removed(bucket, namespace, first.name)

    assert refused.value.reason == "BackupAmbiguous"
    assert "uid-0" in refused.value.message
    assert all_of(bucket, namespace) == before


@pytest.mark.parametrize("uid", ["uid-0", "uid-1"])
def test_a_removal_that_is_killed_leaves_no_backup_and_is_completed(
    kept: Kept, bucket: Bucket, namespace: str, uid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, newest = taken(kept, uid), taken(kept)
    delete, deleted = ObjectClient.delete, list[str]()

    def killed(client: ObjectClient, key: str) -> None:
        if deleted:
            raise InterruptedJobError("SIGKILL")
        deleted.append(key)
        delete(client, key)

    with monkeypatch.context() as patched:
        patched.setattr(ObjectClient, "delete", killed)
        with pytest.raises(InterruptedJobError):
            removed(bucket, namespace, old.name)

    assert [file.name for file in kept.open("uid-1").backups()] == [newest.name]
    assert f"{uid}/{old.name}" in all_of(bucket, namespace)
    assert removed(bucket, namespace, old.name).result == "removed"
    assert all_of(bucket, namespace) == sorted([f"uid-1/{newest.name}", f"uid-1/{newest.receipt}"])


def test_a_store_that_does_not_answer_loses_nothing(
    kept: Kept, bucket: Bucket, namespace: str
) -> None:
    old, _ = taken(kept), taken(kept)
    before = kept.names()

    with pytest.raises(OperatorError) as failure:
        removed(replace(bucket, name="no-such-bucket"), namespace, old.name)

    assert failure.value.reason == "StorageBucketMissing"
    assert kept.names() == before


def test_a_receipt_that_cannot_be_read_now_is_no_reason_to_remove(
    kept: Kept, bucket: Bucket, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, _ = taken(kept), taken(kept)
    before = kept.names()

    def away(client: ObjectClient, key: str) -> bytes:
        raise OperatorError("StorageUnreachable", key)

    with monkeypatch.context() as patched:
        patched.setattr(ObjectClient, "get", away)
        with pytest.raises(OperatorError) as failure:
            removed(bucket, namespace, old.name)

    assert failure.value.reason == "StorageUnreachable"
    assert kept.names() == before


@pytest.mark.parametrize("place", ["claim", "bucket"])
def test_the_job_reports_what_it_removed_and_what_is_left(
    place: str, tmp_path: Path, namespace: str, request: pytest.FixtureRequest
) -> None:
    """As its pod runs it: the list is what lets the object go."""
    on_claim = place == "claim"
    bucket = None if on_claim else request.getfixturevalue("start_bucket")("versitygw")
    there = of_claim(tmp_path / "claim") if bucket is None else of_bucket(bucket, namespace)
    old, newest = taken(there), taken(there)
    given = {
        "INSTANCE": "shop", "NAMESPACE": namespace, "OBJECT_UID": "uid-1", "MYSQL_DATABASE": "app",
        "REMOVE_FILE": old.name, "TERMINATION_LOG": str(tmp_path / "report"),
        "BACKUP_DIR": str(tmp_path / "claim"), **(bucket.environment() if bucket else {}),
    }  # fmt: skip

    command = [sys.executable, "-m", "mysql_operator", "agent", "remove"]
    path = {"PYTHONPATH": str(ROOT / "operator")}
    ended = subprocess.run(
        command, env=os.environ | given | path, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    report = json.loads((tmp_path / "report").read_text())
    assert (report["result"], report["file"], report["backupCount"]) == ("removed", old.name, 1)
    assert [entry["file"] for entry in report["backups"]] == [newest.name]
    assert there.names() == sorted([newest.name, newest.receipt])


@pytest.fixture
def late_list(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A store whose list does not show yet what was put last."""
    list_ = ObjectClient.list

    def hide(name: str) -> None:
        def late(client: ObjectClient, prefix: str) -> list[Entry]:
            return [entry for entry in list_(client, prefix) if not entry.key.endswith(name)]

        monkeypatch.setattr(ObjectClient, "list", late)

    return hide


@pytest.mark.parametrize("bucket", [buckets.VERSITYGW], indirect=True)
def test_a_backup_whose_receipt_the_list_does_not_show_yet_is_no_leftover(
    kept: Kept, late_list: Callable[[str], None]
) -> None:
    newest = taken(kept)
    before = kept.names()
    late_list(newest.receipt)

    kept.open("uid-1").remove_leftovers()

    assert kept.names() == before


@pytest.mark.parametrize("bucket", [buckets.VERSITYGW], indirect=True)
def test_the_newest_one_stays_where_the_list_does_not_show_its_receipt_yet(
    kept: Kept, bucket: Bucket, namespace: str, late_list: Callable[[str], None]
) -> None:
    _, newest = taken(kept), taken(kept)
    before = kept.names()
    late_list(newest.receipt)

    with pytest.raises(OperatorError) as refused:
        removed(bucket, namespace, newest.name)

    assert refused.value.reason == "NewestBackup"
    assert kept.names() == before
