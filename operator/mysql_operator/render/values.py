"""The values of a release, from the spec and from what is known of the cluster."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from mysql_operator.model import cron
from mysql_operator.model.annotations import InChart, Placement
from mysql_operator.model.release_values import Credentials
from mysql_operator.model.spec import MySQLSpec
from mysql_operator.model.storage_spec import StorageSpec
from mysql_operator.render import digests
from mysql_operator.render.passwords import Versions


@dataclass(frozen=True)
class Claim:
    """What a claim has to ask for: a live one neither shrinks nor changes its class."""

    size: str
    storage_class: str | None


@dataclass(frozen=True)
class Kept:
    """Where the data and the backups of a release are kept."""

    data: Claim
    backup: Claim
    storage: StorageSpec | None = None
    """Takes the backups instead of the claim."""
    source_storage: StorageSpec | None = None
    """Holds the backups of the database whose backup fills this one."""


def values_for(
    spec: MySQLSpec, kept: Kept, *, object_uid: str, versions: Versions
) -> dict[str, Any]:
    """Values of the release, but for its hooks: those are chosen anew for each helm command.

    What users set, and the operator's own part; never a password.
    """
    values = {
        camel: _plain(getattr(spec, name))
        for name, camel in _chart_fields().items()
        if getattr(spec, name) is not None
    }
    values["objectUid"] = object_uid
    values["storageSize"] = kept.data.size
    if kept.data.storage_class is not None:
        values["storageClassName"] = kept.data.storage_class
    values["backup"] = _backup(values.get("backup", {}), kept)
    if spec.restore and spec.restore.source:
        values["restore"]["source"] = _source(values["restore"]["source"], kept.source_storage)
    _resolve(values["backup"], object_uid)
    values["credentials"] = Credentials(
        root_password_version=versions.root, user_password_version=versions.user
    ).model_dump(by_alias=True, exclude_defaults=True)
    values["serverDigest"] = digests.of_server(values, _server_fields())
    return values


def _backup(asked: Mapping[str, Any], kept: Kept) -> dict[str, Any]:
    """Values of the backup: a storage in the place of the reference to it."""
    values = {name: value for name, value in asked.items() if name != "storageRef"}
    values["storageSize"] = kept.backup.size
    if kept.backup.storage_class is not None:
        values["storageClassName"] = kept.backup.storage_class
    if kept.storage is not None:
        values["storage"] = _plain(kept.storage)
    return values


def _source(asked: Mapping[str, Any], storage: StorageSpec | None) -> dict[str, Any]:
    """Values of the source: its storage in the place of the reference to it."""
    values = {name: value for name, value in asked.items() if name != "storageRef"}
    return values if storage is None else {**values, "storage": _plain(storage)}


def _resolve(backup: dict[str, Any], object_uid: str) -> None:
    """Give the schedules with @ a minute of this object's own."""
    if backup.get("schedule"):
        backup["schedule"] = cron.resolved(backup["schedule"], object_uid)
    drill = backup.get("drill", {})
    if drill.get("schedule"):
        resolved = cron.resolved(drill["schedule"], cron.seed_of_drills(object_uid))
        backup["drill"] = {**drill, "schedule": resolved}


@functools.cache
def _chart_fields() -> Mapping[str, str]:
    """Fields that are values of the chart too, each with its name there."""
    fields = MySQLSpec.model_fields.items()
    return {name: to_camel(name) for name, field in fields if _in_chart(field)}


@functools.cache
def _server_fields() -> Sequence[str]:
    """Fields that the check Job looks at: image and settings, and where the server's pod may be."""
    placed = (Placement.POD, Placement.CONTAINER)
    fields = MySQLSpec.model_fields.items()
    of_pods = [to_camel(name) for name, field in fields if _placement(field) in placed]
    return ["image", "imagePullPolicy", "config", *of_pods]


def _placement(field: FieldInfo) -> Placement | None:
    marks = (mark for mark in field.metadata if isinstance(mark, InChart))
    return next((mark.placement for mark in marks), None)


def _in_chart(field: FieldInfo) -> bool:
    return _placement(field) not in (None, Placement.OPERATOR)


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(by_alias=True, exclude_unset=True, mode="json")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
