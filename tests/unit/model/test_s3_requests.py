"""Signed URLs are those that Amazon's own library makes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.auth
import botocore.handlers
import pytest
from botocore.config import Config

from mysql_operator.model import s3_requests
from mysql_operator.model.s3_requests import Keys, Operation, S3Request
from mysql_operator.model.storage_spec import S3

NOW = datetime(2026, 11, 28, 3, 4, 5, tzinfo=UTC)
KEYS = Keys("an-access-key", "a secret/key+with=signs")
KEY = "some/prefix/team/shop/uid-1/shop-20261128T030405Z.tar.zst"
ODD = "a prefix/ü+=&~'()*!@,;:$/shop.json"

ASKED = [
    (Operation.READ, {"Key": KEY}, {}),
    (Operation.READ, {"Key": ODD}, {}),
    (Operation.LOOK, {"Key": KEY}, {}),
    (Operation.PUT, {"Key": KEY}, {}),
    (Operation.DELETE, {"Key": KEY}, {}),
    (Operation.LIST, {"Prefix": KEY}, {}),
    (Operation.LIST, {"Prefix": ODD, "ContinuationToken": "a/b+c="}, {"after": "a/b+c="}),
    (Operation.BEGIN_UPLOAD, {"Key": KEY}, {}),
    (
        Operation.PUT_PART,
        {"Key": KEY, "UploadId": "an/id+=", "PartNumber": 12},
        {"upload_id": "an/id+=", "part": 12},
    ),
    (Operation.COMPLETE_UPLOAD, {"Key": KEY, "UploadId": "an/id+="}, {"upload_id": "an/id+="}),
    (Operation.ABORT_UPLOAD, {"Key": KEY, "UploadId": "an/id+="}, {"upload_id": "an/id+="}),
    (Operation.LIST_UPLOADS, {"Prefix": KEY}, {}),
    (
        Operation.LIST_UPLOADS,
        {"Prefix": KEY, "KeyMarker": "a b", "UploadIdMarker": "c"},
        {"after": "a b", "after_upload": "c"},
    ),
]

PLACES: list[dict[str, Any]] = [
    {"bucket": "backups", "endpoint": "https://minio.storage:9000"},
    {"bucket": "backups", "endpoint": "http://store.example", "region": "eu-west-1"},
    {"bucket": "backups", "region": "eu-west-1"},
]


@pytest.mark.parametrize("fields", PLACES, ids=["own", "own of a region", "Amazon"])
@pytest.mark.parametrize(("operation", "parameters", "more"), ASKED)
@pytest.mark.parametrize("token", ["", "of a/session+="])
def test_a_url_is_that_of_botocore(
    fields: dict[str, Any],
    operation: Operation,
    parameters: dict[str, Any],
    more: dict[str, Any],
    token: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: NOW.replace(tzinfo=None))
    place = S3.model_validate(fields)
    key = parameters.get("Key") or parameters["Prefix"]
    request = S3Request(operation=operation, key=key, **more)

    url = s3_requests.signed_url(place, KEYS._replace(session_token=token), request, NOW)

    assert _parts(url) == _parts(_by_botocore(place, operation, parameters, token))


def _by_botocore(place: S3, operation: Operation, parameters: dict[str, Any], token: str) -> str:
    in_path = s3_requests.has_bucket_in_path(place)
    client: Any = boto3.client(
        "s3",
        endpoint_url=place.endpoint or f"https://s3.{place.region}.amazonaws.com",
        aws_access_key_id=KEYS.access_key,
        aws_secret_access_key=KEYS.secret_key,
        aws_session_token=token or None,
        region_name=place.region or s3_requests.DEFAULT_REGION,
        config=Config(
            signature_version="s3v4", s3={"addressing_style": "path" if in_path else "virtual"}
        ),
    )
    client.meta.events.unregister(
        "before-parameter-build.s3.ListObjectsV2",
        botocore.handlers.set_list_objects_encoding_type_url,
    )
    method = {
        Operation.LIST: "list_objects_v2",
        Operation.LOOK: "head_object",
        Operation.READ: "get_object",
        Operation.PUT: "put_object",
        Operation.DELETE: "delete_object",
        Operation.BEGIN_UPLOAD: "create_multipart_upload",
        Operation.PUT_PART: "upload_part",
        Operation.COMPLETE_UPLOAD: "complete_multipart_upload",
        Operation.ABORT_UPLOAD: "abort_multipart_upload",
        Operation.LIST_UPLOADS: "list_multipart_uploads",
    }[operation]
    url: str = client.generate_presigned_url(
        method,
        Params={"Bucket": place.bucket, **parameters},
        ExpiresIn=s3_requests.VALID_SECONDS,
    )
    return url


def _parts(url: str) -> tuple[str, list[str]]:
    """Address and parameters, whose order does not matter."""
    address, _, query = url.partition("?")
    return address, sorted(part if "=" in part else f"{part}=" for part in query.split("&"))
