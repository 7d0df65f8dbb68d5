"""The check of a store, as its Job runs it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mysql_operator.agent import checking_storage
from mysql_operator.errors import OperatorError
from tests.support.buckets import Bucket


def check(store: Bucket, namespace: str, **fields: Any) -> None:
    environment = store.environment(**fields)
    given = {**environment, "NAMESPACE": namespace, "STORAGE_UID": "uid-1"}
    checking_storage.check_storage(checking_storage.read(given))


def refused(store: Bucket, namespace: str, **fields: Any) -> OperatorError:
    with pytest.raises(OperatorError) as error:
        check(store, namespace, **fields)
    return error.value


def left(bucket: Bucket, namespace: str) -> list[str]:
    return [key for key in bucket.keys() if key.startswith(f"{namespace}/")]


def test_a_store_that_can_be_used_is_as_it_was_afterwards(bucket: Bucket, namespace: str) -> None:
    bucket.put(f"{namespace}/shop/uid/shop-20200101T000000Z.json", "{}")
    before = left(bucket, namespace)

    check(bucket, namespace)

    assert left(bucket, namespace) == before


def test_what_a_killed_check_left_goes_and_that_of_others_stays(
    bucket: Bucket, namespace: str
) -> None:
    for uid in ("uid-1", "uid-12", "uid-2"):
        bucket.put(f"{namespace}/.checks/{uid}/0123", "of a check that was killed")

    check(bucket, namespace)

    others = [f"{namespace}/.checks/uid-12/0123", f"{namespace}/.checks/uid-2/0123"]
    assert left(bucket, namespace) == others


def test_a_bucket_that_is_not_there_is_named(bucket: Bucket, namespace: str) -> None:
    another = replace(bucket, name="another")

    error = refused(another, namespace)

    assert error.reason == "StorageBucketMissing"
    assert another.title in error.message


def test_a_wrong_key_is_told_in_the_stores_words(
    bucket: Bucket, namespace: str, tmp_path: Path
) -> None:
    stranger = bucket.of_a_stranger(tmp_path)

    assert refused(stranger, namespace).reason == "StorageCredentialsRefused"


def test_a_store_that_is_away_is_unreachable(bucket: Bucket, namespace: str) -> None:
    error = refused(bucket, namespace, endpoint="http://127.0.0.1:9")

    assert error.reason == "StorageUnreachable"


def test_a_job_without_its_settings_says_which(bucket: Bucket) -> None:
    with pytest.raises(OperatorError) as error:
        checking_storage.read({"BACKUP_STORAGE": json.dumps(bucket.spec())})

    assert (error.value.reason, error.value.message) == ("SettingsInvalid", "NAMESPACE is not set")
