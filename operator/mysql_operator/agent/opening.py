"""Opens the store that a Job is given: the backup claim, or an object store."""

from __future__ import annotations

from mysql_operator.agent.settings import Settings
from mysql_operator.agent.stores import Store
from mysql_operator.agent.volumes import BackupVolume


def store_of(settings: Settings) -> Store:
    """Open it. What an object store needs is loaded only for one: it costs 10 MB of memory.

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
