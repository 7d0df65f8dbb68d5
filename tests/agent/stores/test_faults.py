"""A network that cuts, stalls or crawls, and a store that fails: each has its reason.

Nothing that did not come whole is taken for a backup, and the next run finds a clean store.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mysql_operator.agent.interruptions import InterruptedJobError
from mysql_operator.agent.store import object_files, obstore_client, store_requests, streams
from mysql_operator.agent.store.object_stores import ObjectStore
from mysql_operator.agent.store.patience import AT_WORK, FIRST_CONTACT, READING
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from tests.agent.stores import writer
from tests.agent.stores.conftest import Kept, StartBucket, of_bucket
from tests.support import buckets, proxies
from tests.support.buckets import Bucket
from tests.support.proxies import DOWN, UP, Failing, Network
from tests.support.waiting import GRACE_SECONDS

MEGABYTES = 20


@pytest.fixture(params=[server for server in buckets.SERVERS if server != buckets.RCLONE])
def bucket(request: pytest.FixtureRequest, start_bucket: StartBucket) -> Bucket:
    """A bucket of each protocol."""
    return start_bucket(request.param)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that gives up after seconds, and not after minutes."""
    soon = timedelta(seconds=1.5)
    given = {"FIRST_CONTACT": FIRST_CONTACT, "AT_WORK": AT_WORK, "READING": READING}
    for name, patience in given.items():
        request = min(patience.request, soon) if name != "READING" else patience.request
        brief = replace(patience, retries=2, seconds=3, request=request, silence=soon)
        monkeypatch.setattr(obstore_client, name, brief)
    monkeypatch.setattr(store_requests, "SECONDS", 1.5)


@pytest.fixture
def network(bucket: Bucket, tmp_path: Path) -> Iterator[Network]:
    """The way to the store."""
    with proxies.network_to(bucket.address.partition("//")[2], tmp_path) as network:
        yield network


@pytest.fixture
def failing(bucket: Bucket) -> Iterator[Failing]:
    """A store that may fail, before the real one."""
    with proxies.failing_before(bucket.address.partition("//")[2]) as failing:
        yield failing


def behind(bucket: Bucket, address: str, namespace: str) -> ObjectStore:
    """The store as the agent sees it through a proxy."""
    store = of_bucket(replace(bucket, address=f"http://{address}"), namespace).open("uid-1")
    assert isinstance(store, ObjectStore)
    return store


def assert_clean(kept: Kept, bucket: Bucket, namespace: str, backups: int = 0) -> None:
    """See that the next run finds complete backups alone, and leaves nothing else."""
    store = kept.open("uid-1")
    assert len(store.backups()) == backups
    store.remove_leftovers()
    assert len(kept.names()) == 2 * backups
    assert not [key for key in bucket.uploads() if f"/{namespace}/" in key]


def write(store: ObjectStore, megabytes: int = MEGABYTES) -> None:
    writer.write(store, store.new_name(receipts.CLONE_SUFFIX), megabytes)


def test_a_connection_that_is_cut_in_an_upload_costs_nothing(
    network: Network, bucket: Bucket, namespace: str
) -> None:
    kept, store = of_bucket(bucket, namespace), behind(bucket, network.address, namespace)
    network.cut_each_after(UP, (17 << 20) + 1)

    write(store, 40)

    assert_clean(kept, bucket, namespace, backups=1)


@pytest.mark.usefixtures("impatient")
def test_a_store_that_goes_away_in_an_upload_is_named_and_nothing_counts(
    network: Network, bucket: Bucket, namespace: str
) -> None:
    kept, store = of_bucket(bucket, namespace), behind(bucket, network.address, namespace)

    with pytest.raises(OperatorError) as refused:
        write_until(store, network.cut)

    assert refused.value.reason == "StorageUnreachable"
    assert_clean(kept, bucket, namespace)


@pytest.mark.usefixtures("impatient")
def test_a_store_that_says_nothing_any_more_is_named_and_nothing_counts(
    network: Network, bucket: Bucket, namespace: str
) -> None:
    kept, store = of_bucket(bucket, namespace), behind(bucket, network.address, namespace)

    with pytest.raises(OperatorError) as refused:
        write_until(store, network.silent)

    # NB: obstore aborts an upload whose part has failed, and raises what became of that: it does
    # not say then whether a connection was refused or was silent.
    assert refused.value.reason in ("StorageTooSlow", "StorageUnreachable")
    assert_clean(kept, bucket, namespace)


def test_a_pod_that_is_ended_beside_a_silent_store_is_done_within_its_grace_period(
    network: Network, bucket: Bucket, namespace: str
) -> None:
    """The fence is lifted after that: with all the patience of an upload it would stay."""
    kept, store = of_bucket(bucket, namespace), behind(bucket, network.address, namespace)

    def fault() -> None:
        network.silent()
        raise InterruptedJobError("SIGTERM")

    began = time.monotonic()
    with pytest.raises(InterruptedJobError):
        write_until(store, fault)

    assert time.monotonic() - began < GRACE_SECONDS
    network.heal()
    assert_clean(kept, bucket, namespace)


def test_a_thread_that_writes_to_a_silent_store_can_be_ended(
    network: Network, bucket: Bucket, namespace: str
) -> None:
    """As those of a dump: a signal reaches the main thread alone."""
    kept, store = of_bucket(bucket, namespace), behind(bucket, network.address, namespace)

    def write_from_a_thread() -> None:
        with (
            store.partial(store.new_name(receipts.CLONE_SUFFIX)) as archive,
            streams.writing(archive) as written,
            ThreadPoolExecutor(1) as pool,
        ):
            network.silent()
            writing = pool.submit(lambda: [written.write(os.urandom(1 << 20)) for _ in range(40)])
            assert wait([writing], 3).not_done
            written.abandon()
            assert wait([writing], 20).done
            raise InterruptedJobError("SIGTERM")

    with pytest.raises(InterruptedJobError):
        write_from_a_thread()
    network.heal()
    assert_clean(kept, bucket, namespace)


def write_until(store: ObjectStore, fault: Callable[[], object]) -> None:
    """Write, with a fault in the middle."""
    file = store.new_name(receipts.CLONE_SUFFIX)
    with store.partial(file) as archive:
        with streams.writing(archive) as written:
            for number in range(MEGABYTES):
                if number == MEGABYTES // 2:
                    fault()
                written.stream.write(os.urandom(1 << 20))
        store.publish(file, writer.receipt_of(file, written.packed))


@pytest.mark.usefixtures("impatient")
def test_a_store_that_says_nothing_at_first_is_named(
    network: Network, bucket: Bucket, namespace: str
) -> None:
    store = behind(bucket, network.address, namespace)
    network.silent()

    with pytest.raises(OperatorError) as refused:
        store.backups()

    assert refused.value.reason == "StorageTooSlow"


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", ["cut", "silent", "cut each"])
def test_a_download_that_breaks_off_is_no_shorter_file(
    network: Network, bucket: Bucket, namespace: str, fault: str
) -> None:
    store = behind(bucket, network.address, namespace)
    write(store)
    (file,) = store.backups()
    receipt = store.receipt(file)
    if fault == "cut each":
        network.cut_each_after(DOWN, 7 << 20)

    read, reason = 0, ""
    try:
        with store.file(file).open() as reading:
            while chunk := reading.read(1 << 20):
                read += len(chunk)
                if read == 4 << 20 and fault != "cut each":
                    network.cut() if fault == "cut" else network.silent()
    except OperatorError as error:
        reason = error.reason

    assert reason in ("StorageUnreachable", "StorageTooSlow") or read == receipt.size


def test_a_line_of_64_kib_a_second_is_slow_and_no_fault(
    network: Network, bucket: Bucket, namespace: str
) -> None:
    kept, store = of_bucket(bucket, namespace), behind(bucket, network.address, namespace)
    network.slow(64)

    file = store.new_name(receipts.CLONE_SUFFIX)
    with store.partial(file) as archive:
        with streams.writing(archive) as written:
            written.stream.write(os.urandom(96 << 10))
        streams.compare(streams.checksum(archive), written.packed)
        store.publish(file, writer.receipt_of(file, written.packed))

    assert_clean(kept, bucket, namespace, backups=1)


def test_parts_at_64_kib_a_second_are_in_time() -> None:
    at_once = 2 * object_files.PART / (64 << 10)

    assert at_once < AT_WORK.request.total_seconds()
    assert at_once < AT_WORK.silence.total_seconds()


@pytest.mark.parametrize("status", [500, 503])
def test_a_store_that_fails_now_and_then_costs_nothing(
    failing: Failing, bucket: Bucket, namespace: str, status: int
) -> None:
    kept, store = of_bucket(bucket, namespace), behind(bucket, failing.address, namespace)
    failing.status, failing.fails = status, lambda _, number: number % 3 == 0

    write(store)

    assert failing.requests > 6
    assert_clean(kept, bucket, namespace, backups=1)


@pytest.mark.usefixtures("impatient")
def test_a_store_that_fails_from_now_on_is_named_and_nothing_counts(
    failing: Failing, bucket: Bucket, namespace: str
) -> None:
    kept, store = of_bucket(bucket, namespace), behind(bucket, failing.address, namespace)

    def fault() -> None:
        failing.fails = lambda method, _: method in ("PUT", "POST")

    with pytest.raises(OperatorError) as refused:
        write_until(store, fault)

    assert refused.value.reason == "StorageFailing"
    assert_clean(kept, bucket, namespace)
