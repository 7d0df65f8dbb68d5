"""The objects of our own kinds beside MySQL: backups, restores, stores of backups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

from lightkube.generic_resource import GenericGlobalResource, GenericNamespacedResource
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.batch_v1 import Job
from lightkube.types import PatchType

from mysql_operator import names
from mysql_operator.adapters import kinds
from mysql_operator.adapters.access import Access
from mysql_operator.adapters.api_errors import AbsentError, translating
from mysql_operator.adapters.kinds import MySQLBackup, Watched
from mysql_operator.errors import KubeError
from mysql_operator.names import Key


class CustomObjects(Access):
    """What is read of them, and written."""

    def knows_runs(self, namespace: str, *watched: Watched) -> bool:
        """Whether memory of the objects of these kinds can be relied upon."""
        return all(self._caches.is_current(one, namespace) for one in watched)

    def runs(self, watched: Watched, key: Key) -> list[GenericNamespacedResource]:
        """List the objects of a kind that name an instance, which may be gone."""
        return self._caches.owned_by(watched, key)

    def instances(self) -> list[GenericNamespacedResource]:
        """List all MySQL objects that memory holds."""
        return self._caches.all_of(kinds.INSTANCES)

    async def create_backup_object(self, key: Key, name: str, file: str) -> bool:
        """Create a MySQLBackup object for a file that is there; whether none had that name."""
        if self._caches.at(kinds.BACKUPS, Key(key.namespace, name)) is not None:
            return False
        made = MySQLBackup(
            metadata=ObjectMeta(
                name=name,
                namespace=key.namespace,
                labels={names.INSTANCE: key.name, names.MANAGED_BY: names.OPERATOR},
                annotations=names.LEFT_BY_ARGO_CD,
            ),
            spec={"mysqlName": key.name, "file": file},
        )
        try:
            async with translating(f"MySQLBackup {key.namespace}/{name}"):
                written = await self._client.create(made)
        except KubeError as error:
            if error.reason != "AlreadyExists":
                raise
            return False
        self._caches.learn(kinds.BACKUPS, written)
        return True

    async def write_status_of(
        self, watched: Watched, place: Key, uid: str, status: dict[str, Any]
    ) -> None:
        """Merge into the status of an object, unless it is gone.

        NB: the API server heeds no UID in such a request. One that was created anew under the name
        meanwhile must not begin with how the other one ended: its status is emptied again.
        """
        with suppress(AbsentError):
            written = await self._merge_status(watched, place, status)
            if written["metadata"]["uid"] != uid:
                written = await self._merge_status(watched, place, None)
            self._caches.learn(watched, written)

    async def _merge_status(
        self, watched: Watched, place: Key, status: dict[str, Any] | None
    ) -> Mapping[str, Any]:
        kind: Any = watched.kind
        within: Any = {} if watched.is_clusterwide else {"namespace": place.namespace}
        async with translating(f"status of {watched.name} {place}"):
            written: Mapping[str, Any] = await self._client.patch(
                kind.Status,
                place.name,
                {"status": status},
                patch_type=PatchType.MERGE,
                **within,
            )
        return written

    async def write_finalizers_of(
        self, watched: Watched, place: Key, version: str, finalizers: Sequence[str]
    ) -> None:
        """Replace the finalizers of the version that was read; another version is a conflict.

        An object that is gone has none.
        """
        metadata = {"finalizers": list(finalizers), "resourceVersion": version}
        kind: Any = watched.kind
        with suppress(AbsentError):
            async with translating(f"finalizers of {watched.name} {place}"):
                written = await self._client.patch(
                    kind,
                    place.name,
                    {"metadata": metadata},
                    namespace=place.namespace,
                    patch_type=PatchType.MERGE,
                )
            if finalizers or not written["metadata"].get("deletionTimestamp"):
                self._caches.learn(watched, written)  # of one that is gone now, the watch tells

    async def delete_backup_object(self, key: Key, name: str) -> None:
        """Delete a MySQLBackup object."""
        await self._delete(MySQLBackup, key, name)

    async def create_job(self, key: Key, manifest: dict[str, Any]) -> Job:
        """Create a Job that is no hook of helm's."""
        metadata = {**manifest["metadata"], "namespace": key.namespace}
        wanted = cast(Job, Job.from_dict({**manifest, "metadata": metadata}))
        async with translating(f"job {key.namespace}/{metadata['name']}"):
            made = await self._client.create(wanted)
        self._caches.learn(kinds.JOBS, made.to_dict())
        return made

    # Stores of backups.

    def knows_storages(self, namespace: str) -> bool:
        """Whether memory of the MySQLBackupStorage objects can be relied upon."""
        return self._caches.is_current(kinds.STORAGES, namespace)

    def remembered_storage(self, key: Key) -> GenericNamespacedResource | None:
        """Give the MySQLBackupStorage that a key stands for, from memory."""
        cached = self._caches.at(kinds.STORAGES, Key(key.namespace, names.storage_of(key) or ""))
        return None if cached is None else cached.item

    async def storage_for(self, reader: Key, name: str) -> GenericNamespacedResource | None:
        """Read a MySQLBackupStorage, and wake the reader when it changes."""
        self._caches.read_by(reader, Key(reader.namespace, name))
        storage: GenericNamespacedResource | None
        storage = await self._remembered(kinds.STORAGES, reader, name)
        return storage

    def knows_cluster_storages(self) -> bool:
        """Whether memory of the ClusterMySQLBackupStorage objects can be relied upon, and of the
        labels of namespaces; never where single namespaces are served.
        """
        return all(
            self._caches.serves_all and self._caches.is_current(kind, "")
            for kind in (kinds.CLUSTER_STORAGES, kinds.NAMESPACES)
        )

    def cluster_storage(self, name: str, reader: Key) -> GenericGlobalResource | None:
        """Give a ClusterMySQLBackupStorage from memory, and wake the reader when it changes."""
        place = Key("", name)
        self._caches.read_by(reader, place)
        cached = self._caches.at(kinds.CLUSTER_STORAGES, place)
        return None if cached is None else cached.item

    def labels_of_namespace(self, namespace: str) -> dict[str, str]:
        """Give the labels of a namespace from memory; none where it is gone."""
        cached = self._caches.at(kinds.NAMESPACES, Key("", namespace))
        return {} if cached is None else dict(cached.item.metadata.labels or {})
