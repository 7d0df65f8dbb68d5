"""Eyes on object stores that are not the agent's own client: botocore, and the emulators' own APIs.

Each answers the same questions about one bucket.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

BUCKET = "backups"
ACCESS_KEY = "an-access-key"
SECRET_KEY = "a secret/key+with=signs"
ACCOUNT = "storageofteam"
ACCOUNT_KEY = base64.b64encode(b"a secret key of an account").decode()
SERVICE_ACCOUNT = "service-account.json"


class Eye(Protocol):
    """What is really in a bucket."""

    def create(self) -> None:
        """Make the bucket, which may be there."""

    def keys(self) -> list[str]:
        """Keys of all objects."""

    def uploads(self) -> list[str]:
        """Keys of unfinished uploads."""

    def read(self, key: str) -> str:
        """Read an object as text."""

    def sha256(self, key: str) -> str:
        """Read an object for its SHA-256."""

    def put(self, key: str, text: str) -> None:
        """Write an object."""

    def begin(self, key: str) -> None:
        """Leave an upload as a killed program does."""

    def delete(self, key: str) -> None:
        """Delete an object."""


class EyeOnS3:
    """A store that speaks S3, by botocore."""

    def __init__(self, address: str) -> None:
        """Take the address of the store."""
        import boto3
        import urllib3
        from botocore.config import Config

        urllib3.disable_warnings()  # about the certificates of tests

        self._client: Any = boto3.client(
            "s3",
            endpoint_url=address,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name="us-east-1",
            verify=False,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def create(self) -> None:
        """Make the bucket, which may be there."""
        from botocore.exceptions import BotoCoreError

        known = self._client.exceptions
        try:
            with suppress(known.BucketAlreadyOwnedByYou, known.BucketAlreadyExists):
                self._client.create_bucket(Bucket=BUCKET)
        except BotoCoreError as error:
            raise OSError(str(error)) from error

    def keys(self) -> list[str]:
        """Keys of all objects."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def uploads(self) -> list[str]:
        """Keys of unfinished uploads."""
        try:
            found = self._client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        except self._client.exceptions.NoSuchUpload:  # so says rclone before the first one
            return []
        return [upload["Key"] for upload in found]

    def read(self, key: str) -> str:
        """Read an object as text."""
        content: bytes = self._client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return content.decode()

    def sha256(self, key: str) -> str:
        """Read an object for its SHA-256."""
        digest = hashlib.sha256()
        body = self._client.get_object(Bucket=BUCKET, Key=key)["Body"]
        for chunk in body.iter_chunks(1 << 20):
            digest.update(chunk)
        return digest.hexdigest()

    def put(self, key: str, text: str) -> None:
        """Write an object."""
        self._client.put_object(Bucket=BUCKET, Key=key, Body=text.encode())

    def begin(self, key: str) -> None:
        """Leave an upload as a killed program does."""
        self._client.create_multipart_upload(Bucket=BUCKET, Key=key)

    def delete(self, key: str) -> None:
        """Delete an object."""
        self._client.delete_object(Bucket=BUCKET, Key=key)


class EyeOnGoogle:
    """fake-gcs-server: objects by the JSON API, uploads by that of XML."""

    def __init__(self, address: str, folder: Path) -> None:
        """Take the address of the store, and the folder with the key of its service account."""
        self._address = address
        self._key = folder / SERVICE_ACCOUNT

    def _ask(self, method: str, path: str, content: bytes | None = None) -> bytes:
        token = {"Authorization": f"Bearer {_token(json.loads(self._key.read_text()))}"}
        return _answer(method, f"{self._address}/{path}", token, content)

    def create(self) -> None:
        """See that the store answers: it has made the bucket itself."""
        self.keys()

    def keys(self) -> list[str]:
        """Keys of all objects."""
        found = json.loads(self._ask("GET", f"storage/v1/b/{BUCKET}/o?maxResults=10000"))
        return [item["name"] for item in found.get("items", [])]

    def uploads(self) -> list[str]:
        """Keys of unfinished uploads."""
        page = ElementTree.fromstring(self._ask("GET", f"{BUCKET}?uploads"))  # noqa: S314 - a test's
        return [key.text or "" for key in page.iterfind("{*}Upload/{*}Key")]

    def _content(self, key: str) -> bytes:
        return self._ask("GET", f"storage/v1/b/{BUCKET}/o/{quote(key, safe='')}?alt=media")

    def read(self, key: str) -> str:
        """Read an object as text."""
        return self._content(key).decode()

    def sha256(self, key: str) -> str:
        """Read an object for its SHA-256."""
        return hashlib.sha256(self._content(key)).hexdigest()

    def put(self, key: str, text: str) -> None:
        """Write an object."""
        query = urlencode({"uploadType": "media", "name": key})
        self._ask("POST", f"upload/storage/v1/b/{BUCKET}/o?{query}", text.encode())

    def begin(self, key: str) -> None:
        """Leave an upload as a killed program does."""
        self._ask("POST", f"{BUCKET}/{quote(key)}?uploads", b"")

    def delete(self, key: str) -> None:
        """Delete an object."""
        self._ask("DELETE", f"storage/v1/b/{BUCKET}/o/{quote(key, safe='')}")


class EyeOnAzure:
    """Azurite, by a shared access signature of the account."""

    def __init__(self, address: str) -> None:
        """Take the address of the store."""
        self._address = address

    def _ask(
        self, method: str, path: str, query: str = "", content: bytes | None = None, **headers: str
    ) -> bytes:
        address = f"{self._address}/{quote(path)}?{query}&{_shared_access()}"
        return _answer(
            method, address, {name.replace("_", "-"): headers[name] for name in headers}, content
        )

    def create(self) -> None:
        """Make the container, which may be there."""
        with suppress(_ThereError):
            self._ask("PUT", BUCKET, "restype=container", b"")

    def _names(self, query: str = "") -> list[str]:
        answer = self._ask("GET", BUCKET, f"restype=container&comp=list{query}")
        page = ElementTree.fromstring(answer)  # noqa: S314 - a test's
        return [name.text or "" for name in page.iterfind("Blobs/Blob/Name")]

    def keys(self) -> list[str]:
        """Keys of all blobs."""
        return self._names()

    def uploads(self) -> list[str]:
        """Keys of blobs that are nothing but blocks."""
        return sorted(set(self._names("&include=uncommittedblobs")) - set(self._names()))

    def read(self, key: str) -> str:
        """Read a blob as text."""
        return self._ask("GET", f"{BUCKET}/{key}").decode()

    def sha256(self, key: str) -> str:
        """Read a blob for its SHA-256."""
        return hashlib.sha256(self._ask("GET", f"{BUCKET}/{key}")).hexdigest()

    def put(self, key: str, text: str) -> None:
        """Write a blob."""
        self._ask("PUT", f"{BUCKET}/{key}", "", text.encode(), x_ms_blob_type="BlockBlob")

    def begin(self, key: str) -> None:
        """Leave a block as a killed program does."""
        self._ask("PUT", f"{BUCKET}/{key}", "comp=block&blockid=MDAwMQ%3D%3D", b"a part")

    def delete(self, key: str) -> None:
        """Delete a blob."""
        self._ask("DELETE", f"{BUCKET}/{key}")


class _ThereError(Exception):
    """What is to be made is there."""


def _answer(method: str, address: str, headers: dict[str, str], content: bytes | None) -> bytes:
    request = urllib.request.Request(address, content, headers, method=method)  # noqa: S310
    unverified = ssl._create_unverified_context()  # noqa: S323 - of a test
    try:
        with urllib.request.urlopen(request, context=unverified) as answer:  # noqa: S310
            found: bytes = answer.read()
        return found
    except urllib.error.HTTPError as error:
        if error.code == 409:
            raise _ThereError from error
        raise AssertionError(f"{method} {address}: {error.code} {error.read()!r}") from error


def _shared_access() -> str:
    fields = {
        "sp": "rwdlac",
        "ss": "b",
        "srt": "sco",
        "st": "",
        "se": "2099-01-01T00:00:00Z",
        "sip": "",
        "spr": "https,http",
        "sv": "2021-12-02",
    }
    text = "\n".join((ACCOUNT, *fields.values(), "", ""))
    digest = hmac.digest(base64.b64decode(ACCOUNT_KEY), text.encode(), "sha256")
    given = {name: value for name, value in fields.items() if value}
    return urlencode(given | {"sig": base64.b64encode(digest).decode()})


def write_service_account(folder: Path) -> None:
    """Make the key of a service account, and its public half as a store has it."""
    key = rsa.generate_private_key(65537, 2048)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "private_key_id": "the-key",
        "private_key": secret.decode(),
        "client_email": "backups@team.iam.gserviceaccount.com",
    }
    (folder / SERVICE_ACCOUNT).write_text(json.dumps(account))
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (folder / "public.pem").write_bytes(public)


def _token(account: dict[str, str]) -> str:
    now = int(time.time())
    claims = {"iss": account["client_email"], "iat": now, "exp": now + 600}
    text = f"{_in_base64(b'{}')}.{_in_base64(json.dumps(claims).encode())}"
    key = serialization.load_pem_private_key(account["private_key"].encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{_in_base64(signature)}"


def _in_base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
