"""Object stores as real programs, each with a bucket.

Run as `python -m tests.support.buckets SERVER ADDRESS FOLDER QUESTION [KEY [TEXT]]` inside another
network, it prints JSON: what is there as an eye of tests.support.bucket_eyes sees it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.cluster import building
from tests.support import bucket_eyes
from tests.support.bucket_eyes import (
    ACCESS_KEY,
    ACCOUNT,
    ACCOUNT_KEY,
    BUCKET,
    SECRET_KEY,
    SERVICE_ACCOUNT,
    Eye,
    EyeOnAzure,
    EyeOnGoogle,
    EyeOnS3,
)
from tests.support.commands import ROOT
from tests.support.waiting import eventually

PREFIX = "some/prefix"

VERSITYGW = "versitygw"
RCLONE = "rclone"
FAKE_GCS = "fake-gcs-server"
AZURITE = "azurite"
OF_S3 = (VERSITYGW, RCLONE)
SERVERS = (*OF_S3, FAKE_GCS, AZURITE)


@dataclass(frozen=True)
class Bucket:
    """One bucket of a running store."""

    address: str
    """Scheme, host and port."""
    folder: Path
    """Where a test keeps the Secret for it."""
    enter: tuple[str, ...] = ()
    """Command that runs another one in the store's network; none: it is that of the tests."""
    ca_bundle: str = ""
    server: str = VERSITYGW
    name: str = BUCKET

    @property
    def kind(self) -> str:
        """The field of a MySQLBackupStorage's spec."""
        return {FAKE_GCS: "gcs", AZURITE: "azure"}.get(self.server, "s3")

    @property
    def endpoint(self) -> str:
        """What the spec has for the address."""
        return f"{self.address}/{ACCOUNT}" if self.server == AZURITE else self.address

    @property
    def title(self) -> str:
        """What people call it."""
        place = f"{ACCOUNT}/{self.name}" if self.server == AZURITE else self.name
        scheme = {"gcs": "gs", "azure": "az"}.get(self.kind, "s3")
        return f"{scheme}://{place}"

    def spec(self, **fields: Any) -> dict[str, Any]:
        """The spec of a MySQLBackupStorage for it."""
        place = {
            "prefix": PREFIX,
            "endpoint": self.endpoint,
            "credentialsSecretRef": {"name": "bucket-keys"},
        }
        place |= (
            {"account": ACCOUNT, "container": self.name}
            if self.server == AZURITE
            else {"bucket": self.name}
        )
        if self.ca_bundle:
            place["caBundle"] = self.ca_bundle
        return {self.kind: place | fields}

    @property
    def keys_of_secret(self) -> dict[str, str]:
        """The Secret's keys."""
        if self.server == FAKE_GCS:
            account = (self.folder / SERVICE_ACCOUNT).read_text()
            return {"GOOGLE_SERVICE_ACCOUNT": account}
        if self.server == AZURITE:
            return {"AZURE_STORAGE_KEY": ACCOUNT_KEY}
        return {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": f"{SECRET_KEY}\n"}

    @property
    def secrets(self) -> list[str]:
        """What may stand nowhere but in the Secret."""
        if self.server == FAKE_GCS:
            account = json.loads((self.folder / SERVICE_ACCOUNT).read_text())
            return [account["private_key"].splitlines()[1], account["client_email"]]
        return [ACCOUNT_KEY] if self.server == AZURITE else [SECRET_KEY, ACCESS_KEY]

    @property
    def secret(self) -> Path:
        """The mounted Secret."""
        folder = self.folder / "secret"
        if not folder.exists():
            folder.mkdir(parents=True)
            for name, value in self.keys_of_secret.items():
                (folder / name).write_text(value)
        return folder

    def of_a_stranger(self, folder: Path) -> Bucket:
        """The same with keys that the store does not know."""
        stranger = replace(self, folder=folder)
        if self.server == FAKE_GCS:
            bucket_eyes.write_service_account(folder)
        elif self.server == AZURITE:
            (stranger.secret / "AZURE_STORAGE_KEY").write_text("bm90IHRoZSBrZXkgaXQgaGFz")
        else:
            (stranger.secret / "AWS_ACCESS_KEY_ID").write_text("a-stranger")
        return stranger

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
        where = (self.server, self.address, str(self.folder))
        if not self.enter:
            return answer(*where, question, *arguments)
        line = [*self.enter, sys.executable, "-m", __name__, *where, question, *arguments]
        asked = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
        assert asked.returncode == 0, asked.stderr[-2000:]
        return json.loads(asked.stdout)


def answer(server: str, address: str, folder: str, question: str, *arguments: str) -> Any:
    """Answer one question about the bucket."""
    return getattr(_eye(server, address, Path(folder)), question)(*arguments)


def _eye(server: str, address: str, folder: Path) -> Eye:
    if server == FAKE_GCS:
        return EyeOnGoogle(address, folder)
    return EyeOnAzure(f"{address}/{ACCOUNT}") if server == AZURITE else EyeOnS3(address)


def in_network_of(process: int) -> tuple[str, ...]:
    """Command that runs another one in the network of a process."""
    return ("nsenter", f"--net=/proc/{process}/ns/net")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _command(server: str, address: str, home: Path, options: Sequence[str]) -> list[str]:
    data = str(home / "data")
    host, _, port = address.rpartition(":")
    match server:
        case "versitygw":
            listening = ["--port", address, "--region", "us-east-1", *options]
            return [str(building.program(server)), *listening, "posix", data]
        case "rclone":
            keys = ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"]
            program = [str(building.program(server)), "serve", "s3"]
            return [*program, "--addr", address, *keys, *options, data]
        case "fake-gcs-server":
            keys = ["--public-key", str(home / "public.pem")]
            program = [str(building.program(server)), "--bucket", BUCKET]
            return [*program, "--address", address, *keys, *options, data]
    program = [str(building.program(server, "node_modules/.bin/azurite-blob"))]
    listening = ["--blobHost", host, "--blobPort", port, "--skipApiVersionCheck", *options]
    return [*program, *listening, "--silent", "--disableTelemetry", "--location", data]


_SECRETS = {
    "ROOT_ACCESS_KEY": ACCESS_KEY,
    "ROOT_SECRET_KEY": SECRET_KEY,
    "AZURITE_ACCOUNTS": f"{ACCOUNT}:{ACCOUNT_KEY}",
}


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

    NB: the program has to be built, by `python3 -m tests.cluster build SERVER`.
    """
    address = address or f"127.0.0.1:{free_port()}"
    (home / "data").mkdir(parents=True, exist_ok=True)
    if server == FAKE_GCS and not (home / SERVICE_ACCOUNT).exists():
        bucket_eyes.write_service_account(home)
    scheme = "https" if "--cert" in options else "http"
    bucket = Bucket(f"{scheme}://{address}", home, enter, server=server)
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [*enter, *_command(server, address, home, options)],
            cwd=ROOT,
            env=os.environ | _SECRETS,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        eventually(lambda: _created(bucket, process), f"{server} serves", within=60, every=0.1)
        yield bucket
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # what enters a network does not hand it on
        process.wait(30)


def _created(bucket: Bucket, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        raise RuntimeError((bucket.folder / "log").read_text())
    try:
        bucket.ask("create")
    except OSError as error:
        raise AssertionError(str(error)) from error
    return True


if __name__ == "__main__":
    print(json.dumps(answer(*sys.argv[1:])))
