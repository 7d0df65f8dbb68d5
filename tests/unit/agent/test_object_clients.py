"""Where requests to a store go."""

from __future__ import annotations

import pytest

from mysql_operator.agent.store import object_files
from mysql_operator.model import s3_requests
from mysql_operator.model.storage_spec import S3

AWS = "https://backups.s3.eu-west-1.amazonaws.com"
OWN = "https://minio.storage:9000"


@pytest.mark.parametrize(
    ("fields", "address", "in_path"),
    [
        ({"region": "eu-west-1"}, AWS, False),
        ({"region": "eu-west-1", "forcePathStyle": True}, AWS.replace("backups.", ""), True),
        ({"endpoint": OWN}, OWN, True),
        ({"endpoint": OWN, "forcePathStyle": False}, OWN.replace("//", "//backups."), False),
        ({}, "https://backups.s3.us-east-1.amazonaws.com", False),
    ],
    ids=["Amazon", "Amazon by path", "own", "own by host", "no region"],
)
def test_a_bucket_is_a_host_at_amazon_and_a_path_elsewhere(
    fields: dict[str, object], address: str, in_path: bool
) -> None:
    place = S3.model_validate({"bucket": "backups", **fields})

    assert s3_requests.address(place) == address
    assert s3_requests.has_bucket_in_path(place) is in_path


@pytest.mark.parametrize("gibibytes", [0, 1, 70, 100, 1024, 8192])
def test_a_file_of_any_size_has_fewer_parts_than_a_store_takes(gibibytes: int) -> None:
    size = gibibytes << 30

    assert -(-size // object_files.part_size(size)) <= 10_000
    assert object_files.part_size(size) >= 8 << 20
