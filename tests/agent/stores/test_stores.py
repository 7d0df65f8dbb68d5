"""What every store of backups does, be it a claim or a bucket."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from mysql_operator.agent.store import stores, streams
from mysql_operator.model import receipts
from mysql_operator.model.retention import Rules
from tests.agent.stores import writer
from tests.agent.stores.conftest import Kept


def test_what_was_kept_is_listed_and_reads_back(kept: Kept) -> None:
    store = kept.open("uid-1")
    file = store.new_name(receipts.CLONE_SUFFIX)

    packed = writer.write(store, file, 20)

    (found,) = kept.open("uid-1").backups()
    assert found.name == file.name
    assert streams.checksum(store.file(found)) == packed
    assert store.file(found).size() == packed.size
    assert store.receipt(found).sha256 == packed.sha256
    assert [summary.file for summary in stores.summaries(store, store.backups())] == [file.name]
    assert kept.names() == sorted([file.name, file.receipt])


@pytest.mark.parametrize("size", [0, 1, 1 << 20, 8 << 20, (8 << 20) + 1, 25 << 20])
def test_a_file_of_any_size_comes_back_byte_for_byte(kept: Kept, size: int) -> None:
    store, content = kept.open("uid-1"), os.urandom(size)

    with store.partial(store.new_name(receipts.CLONE_SUFFIX)) as file:
        with file.create() as writing:
            writing.write(content)
        with file.open() as reading:
            read = b"".join(iter(lambda: reading.read(1 << 19), b""))

    assert read == content


def test_a_writer_that_fails_leaves_nothing(kept: Kept) -> None:
    store = kept.open("uid-1")

    with pytest.raises(ZeroDivisionError):
        fail(kept, megabytes=20)

    assert kept.names() == []
    assert store.backups() == []


def test_a_backup_whose_receipt_does_not_come_leaves_nothing(kept: Kept) -> None:
    store = kept.open("uid-1")

    with store.partial(store.new_name(receipts.CLONE_SUFFIX)) as file, file.create() as writing:
        writing.write(b"complete, and yet nobody has proven it")

    assert kept.names() == []


def test_an_sql_file_goes_with_its_backup(kept: Kept) -> None:
    store = kept.open("uid-1")
    file = store.new_name(receipts.CLONE_SUFFIX)
    with store.partial(file) as archive:
        for each in (archive, store.partial_export(file)):
            with streams.writing(each) as written:
                written.stream.write(b"SELECT 1;\n")
        receipt = writer.receipt_of(file, written.packed)
        store.publish(file, receipt.model_copy(update={"sql_file": file.export}))
    assert kept.names() == sorted([file.name, file.receipt, file.export])

    writer.write(store, store.new_name(receipts.CLONE_SUFFIX), 1)
    store.prune(Rules(keep=1), datetime.now(UTC))

    assert file.export not in kept.names()
    assert len(kept.names()) == 2


def test_the_oldest_go_and_the_newest_stays(kept: Kept) -> None:
    store = kept.open("uid-1")
    files = [store.new_name(receipts.CLONE_SUFFIX)]
    writer.write(store, files[0], 1)
    for _ in range(3):
        files.append(store.new_name(receipts.CLONE_SUFFIX))
        writer.write(store, files[-1], 1)

    assert store.prune(Rules(keep=2), datetime.now(UTC)) == []
    assert [file.name for file in store.backups()] == [files[3].name, files[2].name]
    store.prune(Rules(keep=1), datetime.now(UTC))

    assert [file.name for file in store.backups()] == [files[3].name]
    assert kept.names() == sorted([files[3].name, files[3].receipt])


def test_names_grow_also_where_the_clock_was_set_back(kept: Kept) -> None:
    store = kept.open("uid-1")
    kept.put("shop-29990101T000000Z.tar.zst", "of a node whose clock is wrong")
    kept.put("shop-29990101T000000Z.json", "{}")

    file = store.new_name(receipts.CLONE_SUFFIX)

    assert file.name == "shop-29990101T000001Z.tar.zst"


def test_what_a_killed_run_left_goes_and_nothing_else(kept: Kept) -> None:
    store = kept.open("uid-1")
    file = store.new_name(receipts.CLONE_SUFFIX)
    writer.write(store, file, 1)
    kept.put("shop-20200101T000000Z.json", "a receipt without its file")
    kept.put("shop-20200102T000000Z.export.sql.zst", "SQL without its backup")
    kept.put("README.txt", "of a person")

    store.remove_leftovers()

    assert kept.names() == sorted([file.name, file.receipt, "README.txt"])


def fail(kept: Kept, megabytes: int) -> None:
    """Fail while a file is being written."""
    store = kept.open("uid-1")
    with (
        store.partial(store.new_name(receipts.CLONE_SUFFIX)) as file,
        streams.writing(file) as written,
    ):
        for _ in range(megabytes):
            written.stream.write(os.urandom(1 << 20))
        _ = 1 / 0
