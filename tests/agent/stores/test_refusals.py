"""Certificates, clocks and volumes of a store that make it unusable, each with its reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mysql_operator.agent import checking_storage
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from tests.agent.stores import writer
from tests.agent.stores.conftest import of_bucket
from tests.agent.stores.test_checks import check, refused
from tests.agent.test_full_disks import of_size
from tests.cluster import debian
from tests.support import buckets, certificates
from tests.support.buckets import AZURITE, Bucket
from tests.support.commands import ROOT


@pytest.fixture(params=buckets.SERVERS)
def encrypted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bucket]:
    """A store whose certificate is of nobody that the system trusts."""
    certificate, key = certificates.write(tmp_path)
    options = ["--cert", str(certificate), "--key", str(key)]
    with buckets.served(request.param, tmp_path, options=options) as served:
        yield replace(served, ca_bundle=certificate.read_text())


def test_an_authority_is_trusted_where_the_storage_names_it(
    encrypted: Bucket, namespace: str
) -> None:
    kept = of_bucket(encrypted, namespace)
    encrypted.begin_upload(f"{namespace}/shop/uid-1/shop-20200101T000000Z.tar.zst")

    check(encrypted, namespace)
    store = kept.open("uid-1")
    store.remove_leftovers()
    writer.write(store, store.new_name(receipts.CLONE_SUFFIX), 1)

    assert encrypted.uploads() == []
    assert refused(replace(encrypted, ca_bundle=""), namespace).reason == (
        "StorageCertificateRefused"
    )


def reason_by_clock(bucket: Bucket, offset: str) -> str:
    """What an agent whose clock is wrong says of a store."""
    debian.ensure_packages({"faketime": "faketime"})
    job = [sys.executable, "-m", checking_storage_by_clock.__module__]
    given = {"NAMESPACE": "team", "STORAGE_UID": "uid-1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    done = subprocess.run(
        ["faketime", "-f", offset, *job],
        cwd=ROOT,
        env=os.environ | bucket.environment() | given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return str(json.loads(done.stdout))


def checking_storage_by_clock() -> str:
    """The reason of a check, or nothing."""
    try:
        checking_storage.check_storage(checking_storage.read())
    except OperatorError as error:
        return error.reason
    return ""


@pytest.mark.parametrize("offset", ["+1d", "-1d"])
def test_a_clock_that_is_off_by_a_day_is_named(bucket: Bucket, offset: str) -> None:
    reason = reason_by_clock(bucket, offset)

    # Azurite does not look at the time of a request.
    assert reason == ("" if bucket.server == AZURITE else "StorageClockSkew")


# rclone loses an upload for which it has no room: it says so where a part is sent again, goes on
# listing it, and lets nobody abort it.
@pytest.mark.parametrize(
    ("server", "reason"), [(buckets.VERSITYGW, "StorageFull"), (buckets.RCLONE, "StorageFailed")]
)
def test_a_store_that_is_full_is_named_and_keeps_what_it_has(
    server: str, reason: str, tmp_path: Path, namespace: str
) -> None:
    (tmp_path / "data").mkdir()
    with of_size(tmp_path / "data", "24m"), buckets.served(server, tmp_path) as bucket:
        kept = of_bucket(bucket, namespace)
        store = kept.open("uid-1")
        first = store.new_name(receipts.CLONE_SUFFIX)
        writer.write(store, first, 2)
        with pytest.raises(OperatorError) as full:
            writer.write(store, store.new_name(receipts.CLONE_SUFFIX), 40)

        assert full.value.reason == reason, full.value.message
        assert kept.names() == sorted([first.name, first.receipt])
        kept.open("uid-1").remove_leftovers()
        assert server == buckets.RCLONE or bucket.uploads() == []


if __name__ == "__main__":
    print(json.dumps(checking_storage_by_clock()), flush=True)
    os._exit(0)  # faketime aborts programs whose threads still wait when they end
