"""The object stores that a MySQL object refers to, as its release needs them."""

from __future__ import annotations

from dataclasses import replace

from mysql_operator import names
from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import KubeError, SpecError
from mysql_operator.model.backup_spec import StorageKind, StorageRef
from mysql_operator.model.cluster_storage_spec import ClusterStorageSpec
from mysql_operator.model.storage_spec import StorageSpec
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.facts.observations import Instance, ReleaseDefaults
from mysql_operator.reconcile.facts.reading import Found
from mysql_operator.reconcile.stores import sharing, store_access
from mysql_operator.reconcile.stores.signing import SigningService
from mysql_operator.settings import SecretRefs

_CLUSTER = names.CLUSTER_STORAGE.kind
BACKUP = "backup.storageRef"
SOURCE = "restore.source.storageRef"


class StorageRefs:
    """Reads what the references are to."""

    def __init__(self, kube: Kube, site: ReleaseDefaults, signing: SigningService) -> None:
        """Remember where to read."""
        self._kube = kube
        self._site = site
        self._signing = signing

    async def added(self, instance: Instance, found: Found) -> Found:
        """Add the stores that the spec refers to.

        Raises:
            SpecError: one of them, or its Secret, is not there or may not be used.
        """
        backup, restore, key = instance.spec.backup, instance.spec.restore, instance.key
        own = backup.storage_ref if backup is not None else None
        source = restore.source if restore is not None else None
        if own is not None:
            found = replace(found, storage=await self._read(key, BACKUP, own))
        if source is None:
            return found
        if source.storage_ref is not None:
            store = await self._read(key, SOURCE, source.storage_ref)
            found = replace(found, source_storage=store)
        self._require_grant(key, source.storage_ref or own, source.namespace or key.namespace)
        return found

    async def _read(self, key: Key, field: str, reference: StorageRef) -> StorageSpec:
        if reference.kind is StorageKind.CLUSTER:
            spec = self._shared(key, field, reference.name)
            storage = spec.as_storage(await self._signing.given(reference.name))
            await self._allow_identity(Key(key.namespace, reference.name), key, storage)
            return storage
        return await self._of_namespace(key, field, reference.name)

    async def _of_namespace(self, key: Key, field: str, name: str) -> StorageSpec:
        found = await self._kube.storage_for(key, name)
        if found is None:
            raise SpecError(
                "StorageNotFound",
                f"spec.{field}: the MySQLBackupStorage {name} does not exist in "
                f"namespace {key.namespace}; create it, or correct the name",
            )
        storage = reading.storage_from(found)
        is_any_allowed = self._site.secret_refs is SecretRefs.ANY
        of_storage = Key(key.namespace, name)
        if secret := storage.credentials_secret:
            keys = await self._kube.secret(key, secret)
            sharing.require_keys(of_storage, secret, keys, is_any_allowed=is_any_allowed)
        await self._allow_identity(of_storage, key, storage)
        return storage

    async def _allow_identity(self, of_storage: Key, reader: Key, storage: StorageSpec) -> None:
        """Refuse a Secret that is not meant to decrypt the backups of that storage.

        Raises:
            SpecError: it has no such label.
        """
        if secret := storage.identity_secret:
            sharing.allow_identity(
                of_storage,
                secret,
                await self._kube.secret(reader, secret),
                is_any_allowed=self._site.secret_refs is SecretRefs.ANY,
            )

    def _shared(self, key: Key, field: str, name: str) -> ClusterStorageSpec:
        if not self._signing.is_possible:
            raise SpecError(
                "StorageNotFound",
                f"spec.{field}: this operator serves single namespaces, and so no {_CLUSTER}; "
                "refer to a MySQLBackupStorage of the namespace",
            )
        if not self._kube.knows_cluster_storages():
            raise KubeError("ApiUnreachable", f"the {_CLUSTER} objects have not been listed yet")
        found = self._kube.cluster_storage(name, key)
        if found is None:
            raise SpecError(
                "StorageNotFound",
                f"spec.{field}: the {_CLUSTER} {name} does not exist; an administrator of the "
                "cluster can create it, or the name wants correcting",
            )
        spec = reading.cluster_storage_from(found)
        if not store_access.is_allowed(spec, self._kube.labels_of_namespace(key.namespace)):
            raise SpecError(
                "StorageNotAllowed",
                f"spec.{field}: the {_CLUSTER} {name} is not for namespace {key.namespace}: its "
                "spec.namespaceSelector does not select that; an administrator of the cluster can "
                "label the namespace",
            )
        return spec

    def _require_grant(self, key: Key, reference: StorageRef | None, namespace: str) -> None:
        """Require that the store lets the object read the backups of that namespace.

        Raises:
            SpecError: it does not.
        """
        if reference is None or reference.kind is not StorageKind.CLUSTER:
            return
        spec = self._shared(key, SOURCE, reference.name)
        if not store_access.may_read(spec, key.namespace, namespace):
            raise SpecError(
                "StorageNotAllowed",
                f"spec.restore.source: the {_CLUSTER} {reference.name} does not let namespace "
                f"{key.namespace} read the backups of {namespace}; an administrator of the cluster "
                "can add that to its spec.readGrants",
            )
