"""The kinds that the operator keeps in memory, and which of their fields.

NB: a field that is not listed here is never seen by a pass, whatever the API server has. Whoever
reads another one in `reconcile` adds it here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lightkube.core.dictmixin import DictMixin
from lightkube.core.resource import GlobalResource, NamespacedResource
from lightkube.generic_resource import create_global_resource, create_namespaced_resource
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.batch_v1 import CronJob, Job
from lightkube.resources.core_v1 import (
    ConfigMap,
    Event,
    Namespace,
    PersistentVolumeClaim,
    Pod,
    Secret,
    Service,
)
from lightkube.resources.networking_v1 import NetworkPolicy

from mysql_operator import names
from mysql_operator.names import Key

MySQL = create_namespaced_resource(names.GROUP, names.VERSION, names.MYSQL.kind, names.MYSQL.plural)
MySQLBackup = create_namespaced_resource(
    names.GROUP, names.VERSION, names.MYSQL_BACKUP.kind, names.MYSQL_BACKUP.plural
)
MySQLRestore = create_namespaced_resource(
    names.GROUP, names.VERSION, names.MYSQL_RESTORE.kind, names.MYSQL_RESTORE.plural
)
MySQLBackupStorage = create_namespaced_resource(
    names.GROUP, names.VERSION, names.MYSQL_BACKUP_STORAGE.kind, names.MYSQL_BACKUP_STORAGE.plural
)
ClusterMySQLBackupStorage = create_global_resource(
    names.GROUP, names.VERSION, names.CLUSTER_STORAGE.kind, names.CLUSTER_STORAGE.plural
)

Shape = dict[str, Any]
"""Fields that are kept, each with the shape of its content; of a list, that of its items."""

ALL: Shape = {}
"""The shape of content that is kept with everything in it."""


KUBECTL_COPY = "kubectl.kubernetes.io/last-applied-configuration"


class Metadata(DictMixin, kw_only=True):
    """An object of which nothing but metadata is read."""

    metadata: ObjectMeta


Kind = type[NamespacedResource] | type[GlobalResource]
Owner = Callable[[Mapping[str, Any]], Key | None]
"""Under which key an object is found together with others, given its fields."""


@dataclass(frozen=True)
class Watched:
    """How the objects of one kind are selected, read and kept."""

    kind: Kind
    shape: Shape
    owner: Owner
    selector: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the request; none for all objects of the kind."""
    of_instance: Callable[[str], dict[str, str]] | None = None
    """Parameters that select what belongs to one MySQL object; None where nobody needs that."""
    is_metadata_only: bool = False
    has_bookmarks: bool = True
    """Whether the API server says from time to time how far a watch is: of events it does not."""
    only_beside_instances: bool = False
    """Whether only what has an owner and a MySQL object beside it is kept; it wakes nobody."""

    @property
    def is_clusterwide(self) -> bool:
        """Whether its objects are in no namespace."""
        return issubclass(self.kind, GlobalResource)

    @property
    def name(self) -> str:
        """Name of the kind."""
        return self.kind.__name__

    def item(self, whole: Mapping[str, Any]) -> Any:
        """What is kept of an object."""
        trimmed = _without_copy(kept(whole, self.shape))
        return Metadata.from_dict(trimmed) if self.is_metadata_only else _typed(self.kind, trimmed)


def _typed(kind: Any, trimmed: dict[str, Any]) -> Any:
    return kind.from_dict(trimmed)


def _without_copy(trimmed: dict[str, Any]) -> dict[str, Any]:
    """Leave out kubectl's copy of the whole object, which may hold a password."""
    metadata = trimmed["metadata"]
    annotations = metadata.get("annotations")
    if not annotations or KUBECTL_COPY not in annotations:
        return trimmed
    others = {name: text for name, text in annotations.items() if name != KUBECTL_COPY}
    return {**trimmed, "metadata": {**metadata, "annotations": others}}


def kept(whole: Any, shape: Shape) -> Any:
    """Leave out what the shape does not name."""
    if not shape or whole is None:
        return whole
    if isinstance(whole, list):
        return [kept(item, shape) for item in whole]
    return {name: kept(whole[name], part) for name, part in shape.items() if name in whole}


def fields(*fields_: str, **shapes: Shape) -> Shape:
    """Make a shape: of fields that are kept as they are, and of some with a shape of their own."""
    return {**dict.fromkeys(fields_, ALL), **shapes}


IDENTITY = fields("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
METADATA: Shape = IDENTITY | fields(
    "generation", "labels", "deletionTimestamp", "finalizers", "ownerReferences", "annotations"
)
Made = ConfigMap | CronJob | Deployment | NetworkPolicy | PersistentVolumeClaim | Service
MADE: dict[str, type[Made]] = {
    kind.__name__: kind
    for kind in (ConfigMap, CronJob, Deployment, NetworkPolicy, PersistentVolumeClaim, Service)
}
"""The kinds of the bundled chart, but for those of its hooks."""

HOOKS: dict[str, type[ConfigMap | Job]] = {kind.__name__: kind for kind in (ConfigMap, Job)}
"""The kinds of its hooks."""

_CONTAINER_STATUS = fields(
    "name", "image", "imageID", "ready", "restartCount", "started", "state", "lastState"
)
_POD = {
    "metadata": METADATA,
    "spec": fields("restartPolicy", containers=fields("name")),
    "status": fields(
        "phase",
        "conditions",
        initContainerStatuses=_CONTAINER_STATUS,
        containerStatuses=_CONTAINER_STATUS,
    ),
}
_DEPLOYMENT = {
    "metadata": METADATA,
    "spec": fields(
        "selector",
        template=fields(spec=fields(containers=fields("name", "resources"))),
    ),
    "status": ALL,
}
_CLAIM = {
    "metadata": METADATA | fields(managedFields=fields("operation", fieldsV1=fields("f:spec"))),
    "spec": fields("resources", "storageClassName", "volumeName", "dataSource", "dataSourceRef"),
    "status": fields("phase"),
}
_EVENT = {
    "metadata": fields("name", "namespace", "resourceVersion"),
    **fields("reason", "message", "type", "lastTimestamp"),
    "involvedObject": fields("kind", "namespace", "name", "uid"),
}
SECRET_CONTENT: Shape = {
    "metadata": IDENTITY | fields("labels", "annotations"),
    **fields("type", "data"),
}
"""What is kept of a Secret that holds passwords."""

_RELEASE = {"metadata": IDENTITY | fields("labels")}

OURS = {"labelSelector": f"{names.PART_OF}={names.OPERATOR}"}
INVOLVED = ("Job", "PersistentVolumeClaim", "Pod")
"""Kinds whose warnings are read."""


def _labelled(whole: Mapping[str, Any]) -> Key | None:
    """The MySQL object, or the MySQLBackupStorage, that it was made for."""
    metadata = whole["metadata"]
    labels = metadata.get("labels") or {}
    name, storage = labels.get(names.INSTANCE), labels.get(names.STORAGE)
    if storage:
        return names.storage_key(metadata["namespace"], storage)
    return Key(metadata["namespace"], name) if name else None


def _storage(whole: Mapping[str, Any]) -> Key:
    return names.storage_key(whole["metadata"]["namespace"], whole["metadata"]["name"])


def _cluster_storage(whole: Mapping[str, Any]) -> Key:
    return names.cluster_storage_key(whole["metadata"]["name"])


def _nobody(_: Mapping[str, Any]) -> None:
    """Nobody is found by it."""


def _itself(whole: Mapping[str, Any]) -> Key | None:
    return Key(whole["metadata"]["namespace"], whole["metadata"]["name"])


def _named(whole: Mapping[str, Any]) -> Key | None:
    """The MySQL object that a MySQLBackup or a MySQLRestore names."""
    name = (whole.get("spec") or {}).get("mysqlName")
    return Key(whole["metadata"]["namespace"], name) if name else None


def _released(whole: Mapping[str, Any]) -> Key | None:
    """The helm release whose revision a Secret holds."""
    metadata = whole["metadata"]
    labels = metadata.get("labels") or {}
    is_release = labels.get("owner") == "helm" and "name" in labels
    return Key(metadata["namespace"], labels["name"]) if is_release else None


def _involved(whole: Mapping[str, Any]) -> Key | None:
    about = whole["involvedObject"]
    if about.get("kind") not in INVOLVED:
        return None
    return involved(about["kind"], about.get("namespace", ""), about.get("name", ""))


def involved(kind: str, namespace: str, name: str) -> Key:
    """Under which key the warnings about an object are found."""
    return Key(namespace, f"{kind}/{name}")


def _by_label(name: str) -> dict[str, str]:
    ours = OURS["labelSelector"]
    return {"labelSelector": f"{ours},{names.INSTANCE}={name}"}


def _by_name(name: str) -> dict[str, str]:
    return {"fieldSelector": f"metadata.name={name}"}


def _by_release(name: str) -> dict[str, str]:
    return {"labelSelector": f"owner=helm,name={name}"}


def _of_ours(kind: Kind, shape: Shape) -> Watched:
    return Watched(kind, shape, _labelled, OURS, _by_label)


def _marked(kind: Kind) -> Watched:
    """A kind whose content is read only where its version has changed."""
    shape = {"metadata": IDENTITY | fields("labels", "generation")}
    return Watched(kind, shape, _labelled, OURS, is_metadata_only=True)


INSTANCES = Watched(
    MySQL, {"metadata": METADATA, "spec": ALL, "status": ALL}, _itself, of_instance=_by_name
)
BACKUPS = Watched(MySQLBackup, {"metadata": METADATA, "spec": ALL, "status": ALL}, _named)
RESTORES = Watched(MySQLRestore, {"metadata": METADATA, "spec": ALL, "status": ALL}, _named)
"""Found under the MySQL object that they are of, whether that is there or not."""

DEPLOYMENTS = _of_ours(Deployment, _DEPLOYMENT)
JOBS = _of_ours(Job, {"metadata": METADATA, "status": fields("conditions")})
CRON_JOBS = _of_ours(
    CronJob,
    {
        "metadata": METADATA,
        "spec": fields("schedule", jobTemplate=fields("metadata")),  # which lightkube insists on
        "status": fields("lastScheduleTime"),
    },
)
PODS = _of_ours(Pod, _POD)
CLAIMS = _of_ours(PersistentVolumeClaim, _CLAIM)
SECRETS = Watched(Secret, _RELEASE, _released, of_instance=_by_release, is_metadata_only=True)
"""All Secrets, because nothing tells one that an object takes its password from. Only metadata."""

STORAGES = Watched(MySQLBackupStorage, {"metadata": METADATA, "spec": ALL, "status": ALL}, _storage)
"""Whoever reads one is woken too when it changes."""

CLUSTER_STORAGES = Watched(
    ClusterMySQLBackupStorage, {"metadata": METADATA, "spec": ALL, "status": ALL}, _cluster_storage
)
NAMESPACES = Watched(
    Namespace, {"metadata": IDENTITY | fields("labels")}, _nobody, is_metadata_only=True
)
"""Whose labels say which of these they may use."""

WARNINGS = Watched(
    Event,
    _EVENT,
    _involved,
    {"fieldSelector": "type=Warning"},
    has_bookmarks=False,
    only_beside_instances=True,
)
"""Warnings about anything, because no selector tells those about our objects."""

WATCHED: tuple[Watched, ...] = (
    INSTANCES,
    BACKUPS,
    RESTORES,
    DEPLOYMENTS,
    JOBS,
    CRON_JOBS,
    PODS,
    CLAIMS,
    SECRETS,
    STORAGES,
    CLUSTER_STORAGES,
    NAMESPACES,
    _marked(ConfigMap),
    _marked(Service),
    _marked(NetworkPolicy),
    WARNINGS,
)

BY_NAME = {watched.name: watched for watched in WATCHED}
