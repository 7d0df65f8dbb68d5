"""Check that an object store can be used: `mysql-operator agent check-storage`.

It puts an object as a backup's receipt is put, where there is none, reads it and deletes it; and
it lists, which is how each restore begins. A store that lets one of these fail keeps no backup.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mysql_operator.agent import settings
from mysql_operator.agent.store import connecting, opening
from mysql_operator.agent.store.object_errors import StorageError
from mysql_operator.model.receipts import StorageReceipt
from mysql_operator.model.release_storage import ReleaseStorage
from mysql_operator.model.storage_objects import CHECKS_FOLDER
from mysql_operator.model.storage_spec import folder

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CheckSettings:
    """Each field is an environment variable of the Job's pod; the folder has a default."""

    spec: ReleaseStorage
    namespace: str
    uid: str
    """Of the object, so that no other cluster's checks are touched."""
    credentials: Path
    identity: Path


def read(environment: Mapping[str, str] = os.environ) -> CheckSettings:
    """Read the environment.

    Raises:
        OperatorError: SettingsInvalid; the message names the variable.
    """
    with settings.reading():
        return CheckSettings(
            settings.storage(environment["BACKUP_STORAGE"]),
            environment["NAMESPACE"],
            environment["STORAGE_UID"],
            settings.storage_credentials(environment),
            settings.storage_identity(environment),
        )


def check_storage(given: CheckSettings) -> StorageReceipt:
    """Put, read and delete an object, encrypted as a backup is.

    Raises:
        OperatorError: MissingStorageCredentials, DecryptionKeyMissing, DecryptionKeyWrong, or what
            the store says.
    """
    client = connecting.connect(given.spec, given.credentials)
    checks = folder(given.spec.place.prefix, given.namespace, CHECKS_FOLDER, given.uid)
    left = client.list(checks)
    key, text = f"{checks}/{secrets.token_hex(8)}", secrets.token_hex(16).encode()
    cipher = opening.cipher_of(given.spec, given.identity)
    content = cipher.sealed(text) if cipher is not None else text
    client.put_new(key, content)
    found = client.get(key)
    for there in [key, *(entry.key for entry in left)]:  # of checks that were killed
        client.delete(there)
    if found != content:
        raise StorageError(
            "StorageFailed",
            f"{given.spec.title}: the store does not keep what is written: {key}",
        )
    if cipher is not None and given.spec.identity_secret:
        cipher.require_pair(content)
    logger.info("An object was put into %s, read and deleted.", given.spec.title)
    return StorageReceipt(store=given.spec.title)
