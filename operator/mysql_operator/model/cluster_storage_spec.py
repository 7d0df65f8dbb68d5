"""`ClusterMySQLBackupStorage.spec`: an object store for the databases of many namespaces.

Its keys stay in the operator's namespace: Jobs get signed URLs. So it speaks S3 and nothing else;
Google Cloud Storage does so too, at https://storage.googleapis.com with its HMAC keys.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from mysql_operator.model.age_keys import Encryption
from mysql_operator.model.parts import LocalObjectReference, ObjectName, Part
from mysql_operator.model.release_storage import ReleaseStorage
from mysql_operator.model.scheduling import LabelSelector
from mysql_operator.model.signing import SignedBy
from mysql_operator.model.storage_spec import S3

_Namespace = Annotated[ObjectName, Field(max_length=63)]


class SharedS3(S3):
    """A bucket that speaks the protocol of S3, and whose keys the operator alone has."""

    credentials_secret_ref: Annotated[
        LocalObjectReference,
        Field(
            description="Secret of the operator's namespace with the keys AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY. The operator asks for the label otus.homework/storage-for on "
            "it, whose value is the name of the ClusterMySQLBackupStorage, or Any."
        ),
    ]


class SharedEncryption(Encryption):
    """Encryption of the files in a store of many namespaces, by age."""

    identity_secret_ref: Annotated[
        LocalObjectReference | None,
        Field(
            description="Secret, in the namespace of each database that reads a backup, whose key "
            "`identity` has the text of an age-keygen file; see MySQLBackupStorage. A namespace "
            "without it takes backups and restores none. It carries the label "
            "otus.homework/storage-for, with the name of the ClusterMySQLBackupStorage or Any."
        ),
    ] = None


class ReadGrant(Part):
    """Who may fill databases from the backups of another namespace."""

    namespace: Annotated[
        ObjectName, Field(max_length=63, description="Namespace whose backups may be read.")
    ]
    readers: Annotated[
        list[_Namespace],
        Field(
            min_length=1,
            max_length=64,
            description="Namespaces whose new databases may be filled from them "
            "(spec.restore.source).",
        ),
    ]


class ClusterStorageSpec(Part):
    """An object store that takes the backups of many namespaces."""

    s3: Annotated[
        SharedS3, Field(description="A bucket of Amazon S3, or of a store that speaks it.")
    ]
    namespace_selector: Annotated[
        LabelSelector | None,
        Field(
            description="Namespaces that may use the store, by their labels; all of them when "
            "omitted. Every namespace reads and writes its own backups alone."
        ),
    ] = None
    read_grants: Annotated[
        list[ReadGrant] | None,
        Field(
            max_length=64,
            description="Namespaces whose backups others may read too.",
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["namespace"],
            },
        ),
    ] = None
    encryption: Annotated[
        SharedEncryption | None,
        Field(
            description="Encryption of every file by age (age-encryption.org) before it leaves the "
            "Job. Receipts stay plain. Not encrypted when omitted."
        ),
    ] = None

    def as_storage(self, signed_by: SignedBy | None = None) -> ReleaseStorage:
        """What a Job needs of it, which is no key."""
        keyless = self.s3.model_dump(exclude={"credentials_secret_ref"}, exclude_unset=True)
        signed: dict[str, Any] = {"signed_by": signed_by} if signed_by else {}
        if self.encryption is not None:
            given = self.encryption.model_dump(exclude_unset=True)
            signed["encryption"] = Encryption.model_validate(given)
        return ReleaseStorage(s3=S3.model_validate(keyless), **signed)

    def as_checked(self, signed_by: SignedBy) -> ReleaseStorage:
        """What the operator needs that checks it: it has no identity to decrypt anything with."""
        storage = self.as_storage(signed_by)
        if storage.encryption is None:
            return storage
        blind = storage.encryption.model_copy(update={"identity_secret_ref": None})
        return storage.model_copy(update={"encryption": blind})
