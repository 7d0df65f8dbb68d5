"""Opens the stores that a Job is given: a backup claim, or an object store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mysql_operator.agent.settings import Settings, Source
from mysql_operator.agent.store.stores import Store
from mysql_operator.agent.store.volumes import BackupVolume
from mysql_operator.model.storage_spec import StorageSpec

if TYPE_CHECKING:
    from mysql_operator.agent.store.encryption import Cipher


def store_of(settings: Settings) -> Store:
    """Open that of the instance. What an object store needs is loaded only for one: 10 MB.

    Raises:
        OperatorError: MissingStorageCredentials.
    """
    if settings.storage is None:
        return BackupVolume(settings.backups, settings.instance)
    from mysql_operator.agent.store import object_files, object_stores

    owner = object_stores.Owner(settings.namespace, settings.instance, settings.object_uid)
    part = object_files.part_size(settings.data_bytes)
    cipher = cipher_of(settings.storage, settings.storage_identity)
    return object_stores.ObjectStore(
        settings.storage, settings.storage_credentials, owner, part=part, cipher=cipher
    )


def store_of_source(source: Source) -> Store:
    """Open that of another database, to read it.

    Raises:
        OperatorError: MissingStorageCredentials.
    """
    if source.storage is None:
        return BackupVolume(source.backups, source.name)
    from mysql_operator.agent.store import object_stores

    owner = object_stores.Owner(source.namespace, source.name, "")
    cipher = cipher_of(source.storage, source.storage_identity)
    return object_stores.ObjectStore(
        source.storage, source.storage_credentials, owner, cipher=cipher
    )


def cipher_of(storage: StorageSpec, identity_folder: Path) -> Cipher | None:
    """Make what a Job encrypts and decrypts with; none where the store keeps plain files."""
    if storage.encryption is None:
        return None
    from mysql_operator.agent.store import encryption

    return encryption.Cipher(storage.encryption, identity_folder)
