"""What an agent and the signing service of the operator say to each other.

An agent that has no keys of a store asks for a signed URL for each of its requests. It proves who
it is by a token of its pod, which Kubernetes gives for that service alone.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mysql_operator.model.parts import ObjectName, Part
from mysql_operator.model.s3_requests import S3Request

AUDIENCE = "mysql-operator-signing"
"""Whom the token is for: nobody else takes it, the API server neither."""

TOKEN_FILE = "token"  # noqa: S105 - a name
"""Where the token is in the folder in which a Job has the keys of a store otherwise."""

PATH = "/v1/signed-urls"


class Question(Part):
    """Which request an agent wants to send to which store."""

    storage: ObjectName
    """Name of the ClusterMySQLBackupStorage."""
    request: S3Request


class Answer(Part):
    """A URL for it; or else why there is none."""

    url: str = ""
    reason: str = ""
    message: str = ""


class SignedBy(Part):
    """Where an agent that has no keys gets signed URLs."""

    url: Annotated[str, Field(description="Address of the operator's signing service.")]
    storage: Annotated[ObjectName, Field(description="Name of the ClusterMySQLBackupStorage.")]
    ca_bundle: Annotated[
        str, Field(description="Certificate in PEM of the authority of that service.")
    ]
