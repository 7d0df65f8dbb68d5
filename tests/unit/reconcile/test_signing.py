"""The signing service, asked over HTTPS as the agent asks it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mysql_operator import names
from mysql_operator.agent.store.object_errors import StorageError
from mysql_operator.agent.store.signatures import Signatures
from mysql_operator.model import signing
from mysql_operator.model.s3_requests import Operation, S3Request
from mysql_operator.model.signing import Question, SignedBy
from mysql_operator.names import Key
from tests.support import buckets
from tests.support.signing import HOME, STORAGE, TOKEN, OneStorage, served, service

SPEC = {
    "s3": {
        "bucket": "backups",
        "endpoint": "https://store:9000",
        "credentialsSecretRef": {"name": "keys"},
    }
}
OWN = S3Request(operation=Operation.PUT, key="team/shop/uid-1/shop.json")
NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture
def api() -> OneStorage:
    return OneStorage(SPEC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "token"


@pytest.fixture
def signed_by(api: OneStorage, folder: Path) -> Iterator[SignedBy]:
    with served(api, folder) as serving:
        yield serving


def asked(signed_by: SignedBy, folder: Path, request: S3Request = OWN) -> str:
    """What an agent gets; it closes nothing, because its process ends."""

    async def ask() -> str:
        signatures = Signatures(signed_by, folder)
        try:
            return await signatures.url(request)
        finally:
            await signatures.close()

    return asyncio.run(ask())


def refused(signed_by: SignedBy, folder: Path, request: S3Request = OWN) -> StorageError:
    with pytest.raises(StorageError) as error:
        asked(signed_by, folder, request)
    return error.value


def test_a_job_gets_a_url_that_holds_no_key(
    api: OneStorage, signed_by: SignedBy, folder: Path
) -> None:
    url = asked(signed_by, folder)

    assert url.startswith("https://store:9000/backups/team/shop/uid-1/shop.json?")
    assert "X-Amz-Signature=" in url
    assert "secret" not in url


def test_a_job_asks_many_times_and_its_token_is_reviewed_once(
    api: OneStorage, signed_by: SignedBy, folder: Path
) -> None:
    for _ in range(3):
        asked(signed_by, folder)

    assert api.reviewed == [TOKEN]


def test_a_key_of_somebody_else_is_refused_by_name(signed_by: SignedBy, folder: Path) -> None:
    other = OWN.model_copy(update={"key": "production/shop/uid-1/shop.json"})

    error = refused(signed_by, folder, other)

    assert error.reason == "SigningRefused"
    assert "production/shop/uid-1/shop.json is not of team/shop" in error.message


def test_a_token_of_nobody_is_refused(signed_by: SignedBy, folder: Path) -> None:
    (folder / signing.TOKEN_FILE).write_text("made up")

    assert "the token is not that of a pod which is there" in refused(signed_by, folder).message


def test_keys_that_are_missing_are_told(api: OneStorage, signed_by: SignedBy, folder: Path) -> None:
    del api.keys["AWS_SECRET_ACCESS_KEY"]

    error = refused(signed_by, folder)

    assert error.reason == "MissingStorageCredentials"
    assert f"the Secret {HOME}/keys has no key AWS_SECRET_ACCESS_KEY" in error.message


def test_a_storage_that_is_not_there_is_told(signed_by: SignedBy, folder: Path) -> None:
    error = refused(signed_by.model_copy(update={"storage": "another"}), folder)

    assert "there is no ClusterMySQLBackupStorage another" in error.message


def test_the_authority_is_made_once_and_outlives_the_operator(api: OneStorage) -> None:
    async def started() -> str:
        made = service(api, buckets.free_port())
        ca_bundle = (await made.given(STORAGE)).ca_bundle
        assert (await made.given("another")).ca_bundle == ca_bundle
        await made.stop()
        return ca_bundle

    assert asyncio.run(started()) == asyncio.run(started())
    assert list(api.secrets) == [Key(HOME, names.SIGNING_SECRET)]


def test_an_agent_speaks_to_nobody_whose_certificate_is_of_another_authority(
    api: OneStorage, signed_by: SignedBy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mysql_operator.agent.store.signatures.PAUSE_SECONDS", 0.0)

    async def other() -> SignedBy:
        made = service(OneStorage(SPEC), buckets.free_port())
        try:
            return await made.given(STORAGE)
        finally:
            await made.stop()

    ca_bundle = asyncio.run(other()).ca_bundle
    error = refused(signed_by.model_copy(update={"ca_bundle": ca_bundle}), folder)

    assert error.reason == "SigningUnreachable"
    assert ssl.SSLCertVerificationError.__name__ in error.message
    assert api.reviewed == []


def test_an_operator_that_is_away_is_told_after_a_while(
    signed_by: SignedBy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mysql_operator.agent.store.signatures.PAUSE_SECONDS", 0.0)
    away = signed_by.model_copy(update={"url": f"https://localhost:{buckets.free_port()}"})

    error = refused(away, folder)

    assert error.reason == "SigningUnreachable"
    assert "see that it runs" in error.message


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="part"):
        Question.model_validate(
            {"storage": STORAGE, "request": {"operation": "UploadPart", "key": "a", "part": -1}}
        )
