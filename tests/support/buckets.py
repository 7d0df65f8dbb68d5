"""Stores that speak S3, as real programs; and an eye on them that is not the agent's own client.

Run as `python -m tests.support.buckets ADDRESS QUESTION [KEY [TEXT]]` inside another network, it
prints JSON: what is there as botocore sees it.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster import building
from tests.support.commands import ROOT
from tests.support.waiting import eventually

BUCKET = "backups"
ACCESS_KEY = "an-access-key"
SECRET_KEY = "a secret/key+with=signs"
PREFIX = "some/prefix"

VERSITYGW = "versitygw"
RCLONE = "rclone"
SERVERS = (VERSITYGW, RCLONE)


@dataclass(frozen=True)
class Bucket:
    """One bucket of a running store."""

    address: str
    folder: Path
    """Where a test keeps the Secret for it."""
    enter: tuple[str, ...] = ()
    """Command that runs another one in the store's network; none: it is that of the tests."""
    ca_bundle: str = ""

    def spec(self, **fields: Any) -> dict[str, Any]:
        """The spec of a MySQLBackupStorage for it."""
        place = {
            "bucket": BUCKET,
            "prefix": PREFIX,
            "endpoint": self.address,
            "credentialsSecretRef": {"name": "bucket-keys"},
        }
        if self.ca_bundle:
            place["caBundle"] = self.ca_bundle
        return {"s3": place | fields}

    @property
    def secret(self) -> Path:
        """The mounted Secret."""
        folder = self.folder / "secret"
        if not folder.exists():
            folder.mkdir(parents=True)
            (folder / "AWS_ACCESS_KEY_ID").write_text(ACCESS_KEY)
            (folder / "AWS_SECRET_ACCESS_KEY").write_text(f"{SECRET_KEY}\n")
        return folder

    def environment(self, **fields: Any) -> dict[str, str]:
        """What a Job of the agent gets."""
        return {
            "BACKUP_STORAGE": json.dumps(self.spec(**fields)),
            "STORAGE_CREDENTIALS_DIR": str(self.secret),
        }

    def keys(self) -> list[str]:
        """Keys of all objects, without the prefix."""
        return [str(key).removeprefix(f"{PREFIX}/") for key in self.ask("keys")]

    def uploads(self) -> list[str]:
        """Keys of unfinished uploads."""
        return [str(key) for key in self.ask("uploads")]

    def put(self, key: str, text: str) -> None:
        """Write an object below the prefix."""
        self.ask("put", self.below_prefix(key), text)

    def begin_upload(self, key: str) -> None:
        """Leave an upload as a killed program does."""
        self.ask("begin", self.below_prefix(key))

    def below_prefix(self, key: str) -> str:
        """The key as the store has it."""
        return f"{PREFIX}/{key}"

    def read(self, key: str) -> str:
        """Read a text below the prefix."""
        return str(self.ask("read", self.below_prefix(key)))

    def delete(self, key: str) -> None:
        """Delete an object below the prefix."""
        self.ask("delete", self.below_prefix(key))

    def ask(self, question: str, *arguments: str) -> Any:
        """Ask the store, from inside its network where that is another one."""
        if not self.enter:
            return answer(self.address, question, *arguments)
        line = [*self.enter, sys.executable, "-m", __name__]
        asked = subprocess.run(
            [*line, self.address, question, *arguments],
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert asked.returncode == 0, asked.stderr[-2000:]
        return json.loads(asked.stdout)


def answer(address: str, question: str, *arguments: str) -> Any:
    """Answer one question about the bucket."""
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name="us-east-1",
        verify=False,
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    return _QUESTIONS[question](client, *arguments)


def _create(client: Any) -> None:
    known = client.exceptions
    with suppress(known.BucketAlreadyOwnedByYou, known.BucketAlreadyExists):
        client.create_bucket(Bucket=BUCKET)


def _keys(client: Any) -> list[str]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def _uploads(client: Any) -> list[str]:
    try:
        found = client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    except client.exceptions.NoSuchUpload:  # so says rclone before the first one
        return []
    return [upload["Key"] for upload in found]


def _read(client: Any, key: str) -> str:
    content: bytes = client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return content.decode()


def _sha256(client: Any, key: str) -> str:
    digest = hashlib.sha256()
    for chunk in client.get_object(Bucket=BUCKET, Key=key)["Body"].iter_chunks(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


_QUESTIONS: Mapping[str, Callable[..., Any]] = {
    "create": _create,
    "keys": _keys,
    "uploads": _uploads,
    "read": _read,
    "sha256": _sha256,
    "put": lambda client, key, text: str(
        client.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    ),
    "begin": lambda client, key: str(client.create_multipart_upload(Bucket=BUCKET, Key=key)),
    "delete": lambda client, key: str(client.delete_object(Bucket=BUCKET, Key=key)),
}


def in_network_of(process: int) -> tuple[str, ...]:
    """Command that runs another one in the network of a process."""
    return ("nsenter", f"--net=/proc/{process}/ns/net")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _command(server: str, address: str, data: Path, options: Sequence[str]) -> list[str]:
    program = str(building.program(server))
    if server == VERSITYGW:
        listening = ["--port", address, "--region", "us-east-1", *options]
        return [program, *listening, "posix", str(data)]
    listening = ["--addr", address, "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"]
    return [program, "serve", "s3", *listening, *options, str(data)]


@contextmanager
def served(
    server: str,
    home: Path,
    *,
    enter: tuple[str, ...] = (),
    address: str = "",
    options: Sequence[str] = (),
) -> Iterator[Bucket]:
    """Run a store with a bucket in it, which may be there from an earlier run.

    NB: the program has to be built: `python3 -m tests.cluster build versitygw rclone`.
    """
    address, data = address or f"127.0.0.1:{free_port()}", home / "data"
    data.mkdir(parents=True, exist_ok=True)
    scheme = "https" if "--cert" in options else "http"
    bucket = Bucket(f"{scheme}://{address}", home, enter)
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [*enter, *_command(server, address, data, options)],
            cwd=ROOT,
            env=os.environ | {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        eventually(lambda: _created(bucket, process), f"{server} serves", within=60, every=0.1)
        yield bucket
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # what enters a network does not hand it on
        process.wait(30)


def _created(bucket: Bucket, process: subprocess.Popen[bytes]) -> bool:
    from botocore.exceptions import BotoCoreError

    if process.poll() is not None:
        raise RuntimeError((bucket.folder / "log").read_text())
    try:
        bucket.ask("create")
    except BotoCoreError as error:
        raise AssertionError(str(error)) from error
    return True


if __name__ == "__main__":
    print(json.dumps(answer(*sys.argv[1:])))
