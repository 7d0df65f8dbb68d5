"""Which databases of other namespaces can read the backups of a database.

To name a database in `restore.source` is no proof: whoever may create MySQL objects somewhere could
keep the backups of others from being removed. What counts is the same bucket: by a
ClusterMySQLBackupStorage that grants it, or by keys with which a check has succeeded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from lightkube.generic_resource import GenericNamespacedResource
from pydantic import ValidationError

from mysql_operator import names
from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import OperatorError
from mysql_operator.model import conditions
from mysql_operator.model.backup_spec import StorageKind, StorageRef
from mysql_operator.model.storage_objects import REACHABLE
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.stores import store_access


class _Bucket(NamedTuple):
    title: str
    endpoint: str


class Readers:
    """Looks for them in memory."""

    def __init__(self, kube: Kube) -> None:
        """Remember where to read."""
        self._kube = kube

    async def of(self, key: Key) -> list[GenericNamespacedResource]:
        """List the MySQL objects that could read the backups of this one, if they name it."""
        raw = await self._kube.instance(key)
        bucket = self._bucket(key, key, _own_reference(raw)) if raw is not None else None
        return list(self._that_could(key, bucket))

    def _that_could(self, key: Key, bucket: _Bucket | None) -> Iterator[GenericNamespacedResource]:
        for raw in self._kube.instances():
            place = Key(reading.meta(raw).namespace or "", reading.meta(raw).name or "")
            is_beside = place.namespace == key.namespace
            if is_beside or (bucket and self._bucket(place, key, _source_reference(raw)) == bucket):
                yield raw

    def _bucket(self, reader: Key, of: Key, reference: StorageRef | None) -> _Bucket | None:
        """Where a database reads backups of another; None where it cannot."""
        if reference is None:
            return None
        try:
            if reference.kind is StorageKind.CLUSTER:
                return self._shared(reader, of, reference.name)
            return self._of_namespace(reader, reference.name)
        except OperatorError:
            return None

    def _shared(self, reader: Key, of: Key, name: str) -> _Bucket | None:
        raw = self._kube.cluster_storage(name, of)
        if raw is None:
            return None
        spec = reading.cluster_storage_from(raw)
        may_read = store_access.may_read(spec, reader.namespace, of.namespace)
        labels = self._kube.labels_of_namespace(reader.namespace)
        if not (may_read and store_access.is_allowed(spec, labels)):
            return None
        storage = spec.as_storage()
        return _Bucket(storage.title, storage.endpoint or "")

    def _of_namespace(self, reader: Key, name: str) -> _Bucket | None:
        raw = self._kube.remembered_storage(names.storage_key(reader.namespace, name))
        if raw is None:
            return None
        known = conditions.find(reading.storage_status(raw).conditions, REACHABLE)
        storage = reading.storage_from(raw)
        is_proven = known is not None and known.status == "True"
        return _Bucket(storage.title, storage.endpoint or "") if is_proven else None


def _own_reference(raw: GenericNamespacedResource) -> StorageRef | None:
    return _reference((raw.get("spec") or {}).get("backup"))


def _source_reference(raw: GenericNamespacedResource) -> StorageRef | None:
    restore = (raw.get("spec") or {}).get("restore") or {}
    return _reference(restore.get("source")) or _own_reference(raw)


def _reference(part: dict[str, Any] | None) -> StorageRef | None:
    given = (part or {}).get("storageRef")
    try:
        return StorageRef.model_validate(given) if given else None
    except ValidationError:
        return None
