"""The store of backups as a release has it: that of a namespace, or one whose keys stay away."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from mysql_operator.model.signing import SignedBy
from mysql_operator.model.storage_spec import StorageSpec


class ReleaseStorage(StorageSpec):
    """An object store that takes backups, and who signs the requests to it."""

    signed_by: Annotated[
        SignedBy | None,
        Field(
            description="Signing service of the operator, which writes this for a "
            "ClusterMySQLBackupStorage: the Jobs have no keys then, and ask it for signed URLs."
        ),
    ] = None
