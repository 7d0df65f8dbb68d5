"""`MySQLBackupStorage.spec`: an object store that takes the backups of a namespace's databases.

The operator reads it from the object, the chart has it as `backup.storage`, and the agent gets it
as JSON: one description for all three. It names a Secret and never holds a key.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from mysql_operator.model.age_keys import Encryption
from mysql_operator.model.annotations import Cel, cel, matches
from mysql_operator.model.parts import LocalObjectReference, ObjectName, Part

ENDPOINT = "^https?://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$"
ENDPOINT_OF_AZURE = ENDPOINT.removesuffix("$") + "(/[a-z0-9]{3,24})?$"
PREFIX = "^[A-Za-z0-9_=-][A-Za-z0-9_.=-]*(/[A-Za-z0-9_=-][A-Za-z0-9_.=-]*)*$"

_Bucket = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
]
_Prefix = Annotated[str, StringConstraints(max_length=256)]
_Endpoint = Annotated[str, StringConstraints(max_length=253)]

_PREFIX = Field(
    description="Folder in the bucket, for instance backups/production. The operator writes to "
    "PREFIX/NAMESPACE/NAME/UID/.",
    json_schema_extra=cel(
        matches(PREFIX, "prefix is a path such as backups/production, without / at either end")
    ),
)
_CA_BUNDLE = Field(
    min_length=1,
    max_length=65536,
    description="Certificates in PEM of the authorities that sign the endpoint's certificate, "
    "beside those that every image trusts.",
    json_schema_extra=cel(
        Cel(
            "self.contains('-----BEGIN CERTIFICATE-----')",
            "caBundle holds certificates in PEM, from -----BEGIN CERTIFICATE----- on",
        )
    ),
)


_LABELLED = (
    "The operator asks for the label otus.homework/storage-for on it, whose value is the name of "
    "the MySQLBackupStorage, or Any."
)


def _endpoint(description: str) -> str:
    return f"{description} It has the form https://HOST:PORT."


_ENDPOINT_RULE = cel(
    matches(ENDPOINT, "endpoint must be https://HOST or https://HOST:PORT, with no path")
)


def folder(prefix: str | None, *parts: str) -> str:
    """Name a folder of a store, PREFIX/NAMESPACE/NAME for instance, with no `/` at either end."""
    return "/".join((prefix, *parts) if prefix else parts)


class S3(Part):
    """A bucket that speaks the protocol of S3."""

    bucket: Annotated[_Bucket, Field(description="Name of the bucket, which has to exist.")]
    prefix: Annotated[_Prefix | None, _PREFIX] = None
    endpoint: Annotated[
        _Endpoint | None,
        Field(
            description=_endpoint("Address of a store that is not Amazon's."),
            json_schema_extra=_ENDPOINT_RULE,
        ),
    ] = None
    region: Annotated[
        str | None,
        Field(
            max_length=64,
            pattern=r"^[a-z0-9-]+$",
            description="Region of the bucket; us-east-1 when omitted.",
        ),
    ] = None
    force_path_style: Annotated[
        bool | None,
        Field(
            description="Put the bucket into the path and not into the host name. True when an "
            "endpoint is given and this is omitted."
        ),
    ] = None
    credentials_secret_ref: Annotated[
        LocalObjectReference | None,
        Field(
            description="Secret of this namespace with the keys AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY and, if need be, AWS_SESSION_TOKEN. "
            f"{_LABELLED} Without it the Jobs use the identity of serviceAccountName."
        ),
    ] = None
    ca_bundle: Annotated[str | None, _CA_BUNDLE] = None


class GCS(Part):
    """A bucket of Google Cloud Storage."""

    bucket: Annotated[_Bucket, Field(description="Name of the bucket, which has to exist.")]
    prefix: Annotated[_Prefix | None, _PREFIX] = None
    endpoint: Annotated[
        _Endpoint | None,
        Field(
            description=_endpoint("Address of a private endpoint of Google, or of an emulator."),
            json_schema_extra=_ENDPOINT_RULE,
        ),
    ] = None
    credentials_secret_ref: Annotated[
        LocalObjectReference | None,
        Field(
            description="Secret of this namespace with the key GOOGLE_SERVICE_ACCOUNT: the JSON "
            f"key of a service account. {_LABELLED} Without it the Jobs use the identity of "
            "serviceAccountName."
        ),
    ] = None
    ca_bundle: Annotated[str | None, _CA_BUNDLE] = None


class Azure(Part):
    """A container of Azure Blob Storage."""

    account: Annotated[
        str, Field(pattern=r"^[a-z0-9]{3,24}$", description="Name of the storage account.")
    ]
    container: Annotated[_Bucket, Field(description="Name of the container, which has to exist.")]
    prefix: Annotated[_Prefix | None, _PREFIX] = None
    endpoint: Annotated[
        _Endpoint | None,
        Field(
            description=_endpoint(
                "Address of another cloud of Azure, or of a private endpoint. A store that takes "
                "the account from the path has it there: https://HOST:PORT/ACCOUNT."
            ),
            json_schema_extra=cel(
                matches(
                    ENDPOINT_OF_AZURE,
                    "endpoint must be https://HOST or https://HOST:PORT, with no path but /ACCOUNT",
                )
            ),
        ),
    ] = None
    credentials_secret_ref: Annotated[
        LocalObjectReference | None,
        Field(
            description="Secret of this namespace with the key AZURE_STORAGE_KEY or "
            f"AZURE_STORAGE_SAS_TOKEN. {_LABELLED} Without it the Jobs use the identity of "
            "serviceAccountName."
        ),
    ] = None
    ca_bundle: Annotated[str | None, _CA_BUNDLE] = None


class StorageSpec(Part):
    """An object store that takes backups."""

    model_config = ConfigDict(
        json_schema_extra=cel(
            Cel(
                "[has(self.s3), has(self.gcs), has(self.azure)].exists_one(given, given)",
                "exactly one of spec.s3, spec.gcs and spec.azure is required",
            )
        )
    )

    s3: Annotated[
        S3 | None, Field(description="A bucket of Amazon S3, or of a store that speaks it.")
    ] = None
    gcs: Annotated[GCS | None, Field(description="A bucket of Google Cloud Storage.")] = None
    azure: Annotated[Azure | None, Field(description="A container of Azure Blob Storage.")] = None
    service_account_name: Annotated[
        ObjectName | None,
        Field(
            description="ServiceAccount of the backup and restore Jobs, for an identity of the "
            "cloud instead of keys. It needs no rights in Kubernetes."
        ),
    ] = None
    encryption: Annotated[
        Encryption | None,
        Field(
            description="Encryption of every file by age (age-encryption.org) before it leaves the "
            "Job. Receipts stay plain. Not encrypted when omitted."
        ),
    ] = None

    @property
    def place(self) -> S3 | GCS | Azure:
        """Return the one that is given; the API server has seen to that.

        Raises:
            ValueError: none is.
        """
        given = self.s3 or self.gcs or self.azure
        if given is None:
            raise ValueError("none of s3, gcs and azure is given")
        return given

    @property
    def title(self) -> str:
        """What people and their tools call it: s3://BUCKET/PREFIX."""
        place = self.place
        prefix = f"/{place.prefix}" if place.prefix else ""
        if isinstance(place, Azure):
            return f"az://{place.account}/{place.container}{prefix}"
        scheme = "s3" if isinstance(place, S3) else "gs"
        return f"{scheme}://{place.bucket}{prefix}"

    @property
    def endpoint(self) -> str:
        """The address, as far as the spec says it; the cloud's own otherwise."""
        return self.place.endpoint or ""

    @property
    def credentials_secret(self) -> str:
        """Name of the Secret; empty where the Jobs have an identity of their own."""
        reference = self.place.credentials_secret_ref
        return reference.name if reference else ""

    @property
    def identity_secret(self) -> str:
        """Name of the Secret that decrypts; empty where nothing is encrypted, or nothing read."""
        return self.encryption.identity_secret if self.encryption else ""
