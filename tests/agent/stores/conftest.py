"""The stores of backups: the claim, and two programs that speak S3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from mysql_operator.agent.store.object_stores import ObjectStore, Owner
from mysql_operator.agent.store.stores import Store
from mysql_operator.agent.store.volumes import BackupVolume
from mysql_operator.model.release_storage import ReleaseStorage
from tests.support import age, buckets, signing
from tests.support.buckets import Bucket

CLAIM = "claim"
SIGNED = "signed"
"""A store whose keys the Job does not have: it gets signed URLs."""

ENCRYPTED = "encrypted"
"""One in which files are encrypted."""

EVERY_BUCKET = (*buckets.SERVERS, SIGNED)


@dataclass(frozen=True)
class Kept:
    """Where backups of the instance `shop` are kept, and what is really there."""

    open: Callable[[str], Store]
    """Opens the store as the Jobs of the object with that UID do."""
    names: Callable[[], list[str]]
    """Names of all files of the object `uid-1`, complete or not."""
    put: Callable[[str, str], object]
    """Puts a file there as somebody else does."""


def of_claim(folder: Path) -> Kept:
    folder.mkdir()
    return Kept(
        lambda _: BackupVolume(folder, "shop"),
        lambda: sorted(file.name for file in folder.iterdir()),
        lambda name, text: (folder / name).write_text(text),
    )


def of_bucket(bucket: Bucket, namespace: str) -> Kept:
    own = f"{namespace}/shop/uid-1/"
    spec = ReleaseStorage.model_validate(bucket.spec())
    return Kept(
        lambda uid: ObjectStore(spec, bucket.secret, Owner(namespace, "shop", uid)),
        lambda: sorted(key.removeprefix(own) for key in bucket.keys() if key.startswith(own)),
        lambda name, text: bucket.put(f"{own}{name}", text),
    )


StartBucket = Callable[[str], Bucket]
"""Gives the bucket of a store, which runs from then on."""


@pytest.fixture(scope="session")
def start_bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartBucket]:
    """Starts each store when it is first asked for."""
    running: dict[str, Bucket] = {}
    with ExitStack() as stack:

        def start(server: str) -> Bucket:
            if server not in running:
                home = tmp_path_factory.mktemp(server)
                running[server] = stack.enter_context(buckets.served(server, home))
            return running[server]

        yield start


@pytest.fixture(params=buckets.SERVERS)
def bucket(
    request: pytest.FixtureRequest, start_bucket: StartBucket, tmp_path: Path, namespace: str
) -> Iterator[Bucket]:
    """A bucket of each store."""
    yield from _bucket(request.param, start_bucket, tmp_path, namespace)


def _bucket(name: str, start: StartBucket, folder: Path, namespace: str) -> Iterator[Bucket]:
    if name == ENCRYPTED:
        yield age.EncryptedBucket(**vars(start(buckets.VERSITYGW)))
        return
    if name != SIGNED:
        yield start(name)
        return
    with signing.signed(start(buckets.VERSITYGW), folder, namespace) as bucket:
        yield bucket


@pytest.fixture
def namespace(tmp_path: Path) -> str:
    """A namespace that no other test has."""
    return tmp_path.name.replace("_", "-").strip("-")


@pytest.fixture(params=[CLAIM, *EVERY_BUCKET])
def kept(
    request: pytest.FixtureRequest, tmp_path: Path, namespace: str, start_bucket: StartBucket
) -> Iterator[Kept]:
    """Every store in turn, with nothing of this test in it."""
    if request.param == CLAIM:
        yield of_claim(tmp_path / "claim")
        return
    for bucket in _bucket(request.param, start_bucket, tmp_path, namespace):
        yield of_bucket(bucket, namespace)
