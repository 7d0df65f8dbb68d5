"""Encrypted backups in a store: written by those who know public keys, read by those who may."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mysql_operator.agent import checking_storage, settings
from mysql_operator.agent.store import archives, opening, stores, streams
from mysql_operator.agent.store.object_files import ObjectFile
from mysql_operator.agent.store.stores import Store
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.receipts import BackupFile, Receipt
from tests.support import age
from tests.support.age import Pair
from tests.support.buckets import Bucket

OURS, NEXT, STRANGER = age.pair(), age.pair(), age.pair()
CONTENT = os.urandom(20 << 20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.ibd").write_bytes(CONTENT)
    return tmp_path / "data"


@pytest.fixture
def opened(bucket: Bucket, namespace: str, tmp_path: Path) -> Callable[..., Store]:
    """Opens the store as a Job with these recipients and identities does."""

    def open_store(recipients: list[Pair], *identities: Pair) -> Store:
        where = tmp_path / "-".join(one.recipient[-6:] for one in identities)
        mounted = age.mounted(where, *identities) if identities else age.NOT_MOUNTED
        environment = age.encrypted(bucket.environment(), recipients, mounted)
        needed = {"INSTANCE": "shop", "NAMESPACE": namespace, "MYSQL_DATABASE": "d"}
        return opening.store_of(settings.read(environment | needed | {"OBJECT_UID": "uid-1"}))

    return open_store


def write(store: Store, folder: Path) -> BackupFile:
    """Write a backup as the agent does."""
    file = store.new_name(receipts.CLONE_SUFFIX)
    with store.partial(file) as archive:
        packed = archives.pack(folder, archive, lambda _: True)
        archives.check(archive, packed)
        receipt = Receipt(
            file=file.name, size=packed.size, sha256=packed.sha256, schemas=1, tables=1, rows=1,
            server_version="9.7.4", time="2026-11-28T00:00:00Z",
            persisted_variables={"report_password": "planted-password"},
        )  # fmt: skip
        store.publish(file, receipt)
    return file


def unpacked(store: Store, target: Path) -> bytes:
    (file,) = store.backups()
    receipt = stores.receipt_to_read(store, file)
    assert receipt is not None
    assert receipt.persisted_variables == {"report_password": "planted-password"}
    archives.unpack(
        store.file(file), streams.Packed(receipt.size, receipt.sha256), target / "again"
    )
    return (target / "again" / "rows.ibd").read_bytes()


def refusal(store: Store, target: Path) -> str:
    with pytest.raises(OperatorError) as refused:
        unpacked(store, target)
    return refused.value.reason


def test_a_backup_is_written_by_public_keys_and_read_by_the_identity(
    opened: Callable[..., Store], folder: Path, bucket: Bucket, namespace: str, tmp_path: Path
) -> None:
    file = write(opened([OURS]), folder)

    names = [key for key in bucket.keys() if key.startswith(f"{namespace}/")]
    receipt = bucket.read(f"{namespace}/shop/uid-1/{file.receipt}")
    assert [name.rpartition("/")[2] for name in sorted(names)] == [file.receipt, file.name]
    assert file.name.endswith(".tar.zst.age")
    assert json.loads(receipt)["ageRecipients"] == [OURS.recipient]
    assert "planted" not in receipt
    assert unpacked(opened([OURS], OURS), tmp_path) == CONTENT


def test_whoever_lacks_the_identity_is_told_which(
    opened: Callable[..., Store], folder: Path, tmp_path: Path
) -> None:
    write(opened([OURS]), folder)

    assert refusal(opened([OURS]), tmp_path) == "DecryptionKeyMissing"
    assert refusal(opened([OURS], STRANGER), tmp_path) == "DecryptionKeyWrong"
    assert not (tmp_path / "again").exists()


def test_other_recipients_from_now_on_and_old_files_stay_readable(
    opened: Callable[..., Store], folder: Path, tmp_path: Path
) -> None:
    old = write(opened([OURS]), folder)
    new = write(opened([NEXT]), folder)
    both, only_new = opened([NEXT], NEXT, OURS), opened([NEXT], NEXT)

    for file in (old, new):
        receipt = stores.receipt_to_read(both, file)
        assert receipt is not None
        packed = streams.Packed(receipt.size, receipt.sha256)
        archives.unpack(both.file(file), packed, tmp_path / file.stamp.text)
    with pytest.raises(OperatorError) as refused:
        stores.receipt_to_read(only_new, old)

    assert refused.value.reason == "DecryptionKeyWrong"
    assert OURS.recipient in refused.value.message
    assert stores.receipt_to_read(only_new, new) is not None


def test_a_store_without_recipients_reads_what_was_written_before(
    opened: Callable[..., Store], folder: Path, tmp_path: Path, bucket: Bucket, namespace: str
) -> None:
    """Backups from before the encryption, and none of it after."""
    plain = settings.read(
        bucket.environment()
        | {"INSTANCE": "shop", "NAMESPACE": namespace, "MYSQL_DATABASE": "d", "OBJECT_UID": "uid-1"}
    )
    write(opening.store_of(plain), folder)

    assert unpacked(opened([OURS], OURS), tmp_path) == CONTENT
    assert [file.suffix for file in opened([OURS]).backups()] == ["tar.zst"]


@pytest.mark.parametrize("edit", ["cut", "changed", "a changed header"])
def test_what_somebody_has_changed_in_the_bucket_is_refused(
    opened: Callable[..., Store], folder: Path, tmp_path: Path, edit: str
) -> None:
    write(opened([OURS]), folder)
    store = opened([OURS], OURS)
    (file,) = store.backups()
    stored = store.file(file)
    assert isinstance(stored, ObjectFile)
    content = bytearray(b"".join(stored.client.stream(stored.key, 1 << 20)))
    at = {"cut": 0, "changed": len(content) // 2, "a changed header": 40}[edit]
    content[at] ^= at and 1
    with stored.create() as again:
        again.write(bytes(content[: -1 if edit == "cut" else None]))

    assert refusal(store, tmp_path) == "ChecksumMismatch"
    assert stores.newest_intact(store, beside=file._replace(instance="other")) is None


# --- the check of a store ---


def check(environment: dict[str, str], namespace: str) -> None:
    given = {**environment, "NAMESPACE": namespace, "STORAGE_UID": "uid-1"}
    checking_storage.check_storage(checking_storage.read(given))


@pytest.mark.parametrize(
    ("identities", "reason"),
    [([OURS], ""), ([STRANGER, OURS], ""), ([STRANGER], "DecryptionKeyWrong")],
    ids=["the pair", "a pair among others", "no pair"],
)
def test_the_check_finds_a_wrong_pair_on_the_first_day(
    bucket: Bucket, namespace: str, tmp_path: Path, identities: list[Pair], reason: str
) -> None:
    mounted = age.mounted(tmp_path / "identities", *identities)
    environment = age.encrypted(bucket.environment(), [OURS, NEXT], mounted)

    if reason:
        with pytest.raises(OperatorError) as refused:
            check(environment, namespace)
        assert refused.value.reason == reason
        assert OURS.recipient in refused.value.message
    else:
        check(environment, namespace)

    assert [key for key in bucket.keys() if key.startswith(f"{namespace}/")] == []


def test_the_check_says_that_the_secret_lacks_its_key(bucket: Bucket, namespace: str) -> None:
    with pytest.raises(OperatorError) as refused:
        check(age.encrypted(bucket.environment(), [OURS]), namespace)

    assert refused.value.reason == "DecryptionKeyMissing"
    assert "age-keys" in refused.value.message
