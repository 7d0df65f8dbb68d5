"""Which client speaks to a store: what decides is whether the Job has its keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mysql_operator.model.release_storage import ReleaseStorage

if TYPE_CHECKING:
    from mysql_operator.agent.store.object_client import ObjectClient


def connect(spec: ReleaseStorage, folder: Path) -> ObjectClient:
    """Make the client, from the folder with the keys of the store or the token for them.

    Either client costs time and memory to import, so that only the right one is.

    Raises:
        OperatorError: MissingStorageCredentials or StorageInvalid.
    """
    if spec.signed_by is not None:
        from mysql_operator.agent.store.signed_client import SignedClient

        return SignedClient(spec, spec.signed_by, folder)
    from mysql_operator.agent.store.obstore_client import ObstoreClient

    return ObstoreClient(spec, folder)
