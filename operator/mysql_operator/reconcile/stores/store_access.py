"""Who may have which request to a ClusterMySQLBackupStorage signed. Pure.

The boundary is the namespace: whoever may create pods in one can take the place of its Jobs. So a
pod reads the backups of its own namespace, and writes those of the instance that its labels name;
what goes beyond that has to be granted by the storage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mysql_operator.model import s3_requests
from mysql_operator.model.cluster_storage_spec import ClusterStorageSpec
from mysql_operator.model.s3_requests import S3Request
from mysql_operator.model.scheduling import LabelOperator, LabelRequirement, LabelSelector
from mysql_operator.model.storage_objects import CHECKS_FOLDER
from mysql_operator.model.storage_spec import folder

_UNREADABLE = ("", ".", "..")
"""Parts of a key that a store, or somebody on the way to it, may take for another key."""


@dataclass(frozen=True)
class Asking:
    """The pod that asks."""

    namespace: str
    labels_of_namespace: Mapping[str, str]
    instance: str
    """That its labels name; empty for a pod of no MySQL object."""
    is_operator: bool = False
    """Whether it is the operator's own, which checks the store."""


def refusal(spec: ClusterStorageSpec, asking: Asking, request: S3Request) -> str:
    """Say why the request is not signed; empty where it is."""
    parts = request.key.split("/")
    if any(part in _UNREADABLE for part in parts[:-1]) or parts[-1] in _UNREADABLE[1:]:
        return f"{request.key} is no key of a backup"
    if asking.is_operator:
        is_check = _is_in(request.key, spec, asking.namespace, CHECKS_FOLDER)
        return "" if is_check else "the operator itself only checks the store"
    if not is_allowed(spec, asking.labels_of_namespace):
        return f"spec.namespaceSelector does not select the namespace {asking.namespace}"
    if not asking.instance:
        return "the pod is of no MySQL object"
    if request.operation not in s3_requests.ONLY_READ:
        is_own = _is_in(request.key, spec, asking.namespace, asking.instance)
        return "" if is_own else f"{request.key} is not of {asking.namespace}/{asking.instance}"
    if any(_is_in(request.key, spec, it) for it in _readable(spec, asking.namespace)):
        return ""
    return f"spec.readGrants does not let the namespace {asking.namespace} read {request.key}"


def is_allowed(spec: ClusterStorageSpec, labels: Mapping[str, str]) -> bool:
    """Whether a namespace with these labels may use the store."""
    return spec.namespace_selector is None or _selects(spec.namespace_selector, labels)


def may_read(spec: ClusterStorageSpec, reader: str, namespace: str) -> bool:
    """Whether databases of one namespace may be filled from the backups of another."""
    return namespace in _readable(spec, reader)


def _readable(spec: ClusterStorageSpec, reader: str) -> list[str]:
    """Namespaces whose backups a namespace may read."""
    grants = spec.read_grants or []
    return [reader, *(grant.namespace for grant in grants if reader in grant.readers)]


def _is_in(key: str, spec: ClusterStorageSpec, *parts: str) -> bool:
    """Whether an object is in a folder of the store; `shop-2/` is no part of `shop/`."""
    return key.startswith(f"{folder(spec.s3.prefix, *parts)}/")


def _selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    wanted = selector.match_labels or {}
    return all(labels.get(name) == value for name, value in wanted.items()) and all(
        _meets(requirement, labels) for requirement in selector.match_expressions or []
    )


def _meets(requirement: LabelRequirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(requirement.key)
    match requirement.operator:
        case LabelOperator.IN:
            return value in (requirement.values or [])
        case LabelOperator.NOT_IN:
            return value not in (requirement.values or [])
        case LabelOperator.EXISTS:
            return value is not None
        case LabelOperator.DOES_NOT_EXIST:
            return value is None
