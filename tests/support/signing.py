"""The operator's signing service, for one store and one pod that asks, without a cluster."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod, Secret

from mysql_operator import names
from mysql_operator.adapters.callers import Caller
from mysql_operator.adapters.kinds import ClusterMySQLBackupStorage
from mysql_operator.adapters.kube import Kube
from mysql_operator.model import signing
from mysql_operator.model.signing import SignedBy
from mysql_operator.names import Key
from mysql_operator.reconcile.stores.signing import SigningService
from mysql_operator.settings import Settings
from tests.support.buckets import Bucket, free_port

HOME = "operators"
STORAGE = "shared"
TOKEN = "a token of the pod"
KEYS = {"AWS_ACCESS_KEY_ID": "an-access-key", "AWS_SECRET_ACCESS_KEY": "a secret/key+with=signs"}


@dataclass
class OneStorage:
    """An API server with one ClusterMySQLBackupStorage, and one pod whose token it knows."""

    spec: dict[str, Any]
    namespace: str = "team"
    instance: str = "shop"
    account: str = "default"
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of the pod's namespace."""
    keys: dict[str, str] = field(default_factory=lambda: dict(KEYS))
    secrets: dict[Key, Secret] = field(default_factory=dict)
    reviewed: list[str] = field(default_factory=list)

    async def caller(self, token: str) -> Caller | None:
        self.reviewed.append(token)
        if token != TOKEN:
            return None
        return Caller(Key(self.namespace, self.account), "a-pod")

    def cluster_storage(self, name: str, reader: Key) -> Any:
        if name != STORAGE:
            return None
        return ClusterMySQLBackupStorage({"metadata": {"name": name}, "spec": self.spec})

    def labels_of_namespace(self, namespace: str) -> dict[str, str]:
        return dict(self.labels)

    async def pod(self, place: Key) -> Pod | None:
        labels = {names.PART_OF: names.OPERATOR, names.INSTANCE: self.instance}
        return Pod(metadata=ObjectMeta(name=place.name, labels=labels if self.instance else {}))

    async def secret_for(self, reader: Key, place: Key) -> Secret | None:
        if place != Key(HOME, self.spec["s3"]["credentialsSecretRef"]["name"]):
            return None
        labels = {names.STORAGE_FOR: STORAGE}
        metadata = ObjectMeta(name=place.name, labels=labels, resourceVersion="1")
        return Secret(metadata=metadata, data=encoded(self.keys))

    async def secret(self, key: Key, name: str) -> Secret | None:
        return self.secrets.get(Key(key.namespace, name))

    async def kept_secret(self, place: Key, data: dict[str, str]) -> Secret:
        made = Secret(metadata=ObjectMeta(name=place.name), data=data)
        return self.secrets.setdefault(place, made)


def encoded(content: Mapping[str, str]) -> dict[str, str]:
    return {name: base64.b64encode(text.encode()).decode() for name, text in content.items()}


def service(api: OneStorage, port: int) -> SigningService:
    """The operator's part, which has not started yet."""
    settings = Settings(chart=Path("chart"), own_namespace=HOME, signing_port=port)
    return SigningService(cast(Kube, api), settings)


@contextmanager
def served(api: OneStorage, folder: Path) -> Iterator[SignedBy]:
    """Serve signed URLs in a thread, with the token in the folder, as a Job's pod has it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / signing.TOKEN_FILE).write_text(f"{TOKEN}\n")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(30)

    async def started() -> tuple[SigningService, SignedBy]:
        made = service(api, free_port())
        return made, await made.given(STORAGE)

    serving, signed_by = run(started())
    try:
        yield signed_by
    finally:
        run(serving.stop())
        run(asyncio.sleep(0.2))  # until TLS has said its last word
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass(frozen=True)
class SignedBucket(Bucket):
    """A bucket whose keys nobody has but the signing service."""

    signed_by: SignedBy | None = None

    def spec(self, **fields: Any) -> dict[str, Any]:
        """The store as a release has it."""
        assert self.signed_by is not None
        keyless = super().spec(**fields)
        del keyless["s3"]["credentialsSecretRef"]
        return {**keyless, "signedBy": self.signed_by.model_dump(by_alias=True)}

    @property
    def secret(self) -> Path:
        """The folder with the token of the pod."""
        return self.folder / "token"


@contextmanager
def signed(bucket: Bucket, folder: Path, namespace: str) -> Iterator[SignedBucket]:
    """Give a bucket as a Job of the instance `shop` has it, which gets signed URLs."""
    with served(OneStorage(bucket.spec(), namespace), folder / "token") as signed_by:
        yield SignedBucket(**vars(bucket) | {"folder": folder}, signed_by=signed_by)
