"""What object stores have been seen to say, and what a person is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from mysql_operator.agent.store import object_errors
from mysql_operator.agent.store.object_errors import StorageError
from mysql_operator.model.storage_spec import StorageSpec

RECORDED = Path(__file__).parent / "store_errors"
"""Errors of obstore and, `-uploads`, of the requests that the agent signs itself.

Those of `azure-` and `gcs-denied` are as Microsoft and Google write them: nobody ran these."""

SPEC = StorageSpec.model_validate(
    {"s3": {"bucket": "backups", "prefix": "production", "endpoint": "https://store:9000"}}
)

MEANINGS = {
    "301": ("StorageRegionWrong", "incorrectly configured region"),
    "400-region": ("StorageRegionWrong", "expecting 'eu-west-1'"),
    "403-denied": ("StorageAccessDenied", "AccessDenied: Access Denied"),
    "403-skew": ("StorageClockSkew", "The difference between the request time"),
    "500": ("StorageFailing", "500 Internal Server Error"),
    "503-slowdown": ("StorageFailing", "SlowDown: Please reduce your request rate"),
    "507": ("StorageFull", "XMinioStorageFull"),
    "azure-firewall": ("StorageAccessDenied", "This request is not authorized"),
    "azure-skew": ("StorageClockSkew", "AuthenticationFailed: Server failed to authenticate"),
    "azure-wrong-key": ("StorageCredentialsRefused", "AuthenticationFailed: Server failed"),
    "azurite-no-bucket": ("StorageBucketMissing", "ContainerNotFound: The specified container"),
    "azurite-no-bucket-uploads": ("StorageBucketMissing", "ContainerNotFound"),
    "azurite-wrong-key": ("StorageCredentialsRefused", "Server failed to authenticate"),
    "azurite-wrong-key-uploads": ("StorageCredentialsRefused", "Server failed to authenticate"),
    "connect-timeout": ("StorageUnreachable", "no answer in time"),
    "dns": ("StorageUnreachable", "dns error"),
    "dns-uploads": ("StorageUnreachable", "Name or service not known"),
    "gcs-denied": ("StorageAccessDenied", "AccessDenied: Access denied"),
    "gcs-no-bucket": ("StorageBucketMissing", "NoSuchBucket"),
    "gcs-no-bucket-uploads": ("StorageBucketMissing", "NoSuchBucket"),
    "gcs-wrong-key": ("StorageCredentialsRefused", "AuthenticationRequired"),
    "gcs-wrong-key-uploads": ("StorageCredentialsRefused", "AuthenticationRequired"),
    "http-to-https": ("StorageUnreachable", "error sending request"),
    "rclone-no-bucket": ("StorageBucketMissing", "NoSuchBucket"),
    "rclone-no-bucket-uploads": ("StorageBucketMissing", "NoSuchBucket"),
    "rclone-skew-ahead": ("StorageClockSkew", "RequestTimeTooSkewed"),
    "rclone-skew-behind": ("StorageClockSkew", "difference between the request time"),
    "rclone-wrong-key": ("StorageCredentialsRefused", "InvalidAccessKeyId"),
    "rclone-wrong-secret": ("StorageCredentialsRefused", "SignatureDoesNotMatch"),
    "rclone-wrong-secret-uploads": ("StorageCredentialsRefused", "SignatureDoesNotMatch"),
    "refused": ("StorageUnreachable", "tcp connect error"),
    "refused-uploads": ("StorageUnreachable", "Connection refused"),
    "timeout": ("StorageTooSlow", "no answer in time"),
    "timeout-uploads": ("StorageTooSlow", "timed out"),
    "tls-no-ca": ("StorageCertificateRefused", "UnknownIssuer"),
    "tls-no-ca-uploads": ("StorageCertificateRefused", "unable to get local issuer certificate"),
    "tls-other-name": ("StorageCertificateRefused", "NotValidForName"),
    "versitygw-no-bucket": ("StorageBucketMissing", "NoSuchBucket"),
    "versitygw-no-bucket-uploads": ("StorageBucketMissing", "NoSuchBucket"),
    "versitygw-region": ("StorageRegionWrong", 'expecting "us-east-1"'),
    "versitygw-wrong-key": ("StorageCredentialsRefused", "XAdminUserNotFound"),
    "versitygw-wrong-secret": ("StorageCredentialsRefused", "SignatureDoesNotMatch"),
    "versitygw-wrong-secret-uploads": ("StorageCredentialsRefused", "SignatureDoesNotMatch"),
}


def explained(text: str) -> StorageError:
    return object_errors.explained(Exception(text), SPEC, "listing shop/")


def test_every_recorded_error_has_its_meaning() -> None:
    assert {file.stem for file in RECORDED.glob("*.txt")} == set(MEANINGS)


@pytest.mark.parametrize("name", MEANINGS)
def test_an_error_is_told_in_the_words_of_the_store(name: str) -> None:
    reason, words = MEANINGS[name]

    error = explained((RECORDED / f"{name}.txt").read_text())

    assert error.reason == reason
    assert words in error.message
    assert error.message.startswith("s3://backups/production at https://store:9000: listing shop/")
    assert "\n" not in error.message
    assert len(error.message) < 600


@pytest.mark.parametrize("name", ["InvalidCertificate", "AccessDenied", "NoSuchBucket"])
def test_what_users_choose_is_not_taken_for_what_a_store_says(name: str) -> None:
    refused = (RECORDED / "refused.txt").read_text()

    error = explained(refused.replace("127.0.0.1:1/b", f"127.0.0.1:1/{name}"))

    assert error.reason == "StorageUnreachable"


def test_of_an_answer_that_quotes_the_request_only_the_sentence_is_kept() -> None:
    answer = (
        "status code: 403 Forbidden: <Error><Code>SignatureDoesNotMatch</Code>"
        "<Message>No.</Message>"
        "<StringToSign>secret things</StringToSign></Error>"
    )

    assert "secret things" not in explained(answer).message
