"""What is special about a bucket: its folders, its uploads, and who else writes there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.retention import Rules
from tests.agent.stores import writer
from tests.agent.stores.conftest import EVERY_BUCKET, Kept, of_bucket
from tests.agent.stores.test_stores import fail
from tests.support.buckets import AZURITE, PREFIX, Bucket

pytestmark = pytest.mark.parametrize("bucket", EVERY_BUCKET, indirect=True)


@pytest.fixture
def kept(bucket: Bucket, namespace: str) -> Kept:
    """The bucket, with nothing of this test in it."""
    return of_bucket(bucket, namespace)


def uploads(bucket: Bucket, namespace: str) -> list[str]:
    below = f"{PREFIX}/{namespace}/shop/"
    return sorted(key.removeprefix(below) for key in bucket.uploads() if key.startswith(below))


def test_half_a_pair_is_no_backup_and_goes(kept: Kept) -> None:
    kept.put("shop-20200101T000000Z.tar.zst", "a file without its receipt")
    kept.put("shop-20200102T000000Z.json", "{}")
    store = kept.open("uid-1")

    assert store.backups() == []
    store.remove_leftovers()

    assert kept.names() == []


def test_backups_of_predecessors_are_found_and_left_alone(
    kept: Kept, bucket: Bucket, namespace: str
) -> None:
    earlier, later = kept.open("uid-1"), kept.open("uid-2")
    first = earlier.new_name(receipts.CLONE_SUFFIX)
    writer.write(earlier, first, 1)
    kept.put("shop-20200101T000000Z.tar.zst", "what another cluster may be writing")
    before = kept.names()

    assert [file.name for file in later.backups()] == [first.name]
    second = later.new_name(receipts.CLONE_SUFFIX)
    later.remove_leftovers()
    writer.write(later, second, 1)
    later.prune(Rules(keep=1), datetime.now(UTC))

    assert kept.names() == before
    assert [file.name for file in later.backups()] == [second.name, first.name]
    assert f"{namespace}/shop/uid-2/{second.name}" in bucket.keys()
    assert later.receipt(later.backups()[1]).file == first.name


def test_an_instance_does_not_see_those_whose_names_begin_so(kept: Kept, bucket: Bucket) -> None:
    kept.put("x/shop-20200101T000000Z.tar.zst", "too deep")
    kept.put("x/shop-20200101T000000Z.json", "{}")
    kept.put("shop-2-20200101T000000Z.tar.zst", "of another instance")
    kept.put("shop-2-20200101T000000Z.json", "{}")

    assert kept.open("uid-1").backups() == []


def test_a_receipt_is_never_overwritten(kept: Kept) -> None:
    store = kept.open("uid-1")
    file = store.new_name(receipts.CLONE_SUFFIX)
    kept.put(file.receipt, "of somebody else")

    with pytest.raises(OperatorError) as refused:
        writer.write(store, file, 1)

    assert refused.value.reason == "StorageFailed"
    assert "has another receipt there" in refused.value.message
    assert kept.names() == [file.receipt]


def test_a_writer_that_fails_leaves_no_unfinished_upload(
    kept: Kept, bucket: Bucket, namespace: str
) -> None:
    with pytest.raises(ZeroDivisionError):
        fail(kept, megabytes=30)

    if bucket.server == AZURITE:  # a block that is on its way may come after the others are dropped
        kept.open("uid-1").remove_leftovers()
    assert uploads(bucket, namespace) == []


def test_uploads_that_a_killed_run_left_are_aborted_and_those_of_others_are_not(
    kept: Kept, bucket: Bucket, namespace: str
) -> None:
    for name in ("uid-1/shop-20200101T000000Z.tar.zst", "uid-1/a b+c", "uid-12/shop", "uid-2/x"):
        bucket.begin_upload(f"{namespace}/shop/{name}")

    kept.open("uid-1").remove_leftovers()

    assert uploads(bucket, namespace) == ["uid-12/shop", "uid-2/x"]
