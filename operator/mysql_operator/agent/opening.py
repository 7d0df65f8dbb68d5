"""Opens the stores that a Job is given: a backup claim, or an object store."""

from __future__ import annotations

from mysql_operator.agent.settings import Settings, Source
from mysql_operator.agent.stores import Store
from mysql_operator.agent.volumes import BackupVolume


def store_of(settings: Settings) -> Store:
    """Open that of the instance. What an object store needs is loaded only for one: 10 MB.

    Raises:
        OperatorError: MissingStorageCredentials.
    """
    if settings.storage is None:
        return BackupVolume(settings.backups, settings.instance)
    from mysql_operator.agent import object_files, object_stores

    owner = object_stores.Owner(settings.namespace, settings.instance, settings.object_uid)
    part = object_files.part_size(settings.data_bytes)
    return object_stores.ObjectStore(
        settings.storage, settings.storage_credentials, owner, part=part
    )


def store_of_source(source: Source) -> Store:
    """Open that of another database, to read it.

    Raises:
        OperatorError: MissingStorageCredentials.
    """
    if source.storage is None:
        return BackupVolume(source.backups, source.name)
    from mysql_operator.agent import object_stores

    owner = object_stores.Owner(source.namespace, source.name, "")
    return object_stores.ObjectStore(source.storage, source.storage_credentials, owner)
