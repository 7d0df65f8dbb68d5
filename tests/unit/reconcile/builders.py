"""Builders: a story names what matters to it, everything else is an ordinary instance at rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mysql_operator import names
from mysql_operator.model.spec import MySQLSpec
from mysql_operator.model.status import BackupReceipt, MySQLStatus, RestoreReceipt
from mysql_operator.names import Key
from mysql_operator.reconcile.observations import (
    Claim,
    Desired,
    Instance,
    Job,
    JobState,
    Observed,
    Operation,
    OperationKind,
    Release,
    Server,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CREATED = NOW - timedelta(hours=1)
DELETED = NOW - timedelta(minutes=1)
RECEIPT = BackupReceipt(
    file="db-20261123T120000Z.sql.zst",
    size=1,
    sha256="0" * 64,
    schemas=1,
    tables=1,
    rows=2,
    server_version="9.7.4",
    time="2026-11-23T12:00:00Z",
    taken_for=DELETED.isoformat(),
    data_claim="claim-1",
    backup_claim="claim-2",
)
FRESH = RestoreReceipt(result="fresh", reason="no backup was found")
CLAIM = Claim(
    uid="claim-1", created=CREATED + timedelta(seconds=5), deleted=None, bound=True, ours=True
)
BACKUP_CLAIM = replace(CLAIM, uid="claim-2", created=CREATED)
OF_THIS_OBJECT = {names.OBJECT_UID: "u"}
READY = Server(ready=True, version="9.7.4", digest="server")


def an_instance(*, status: MySQLStatus | None = None, **changes: Any) -> Instance:
    """An object that lives, is held by the finalizer and was created fresh."""
    spec = {"image": "mysql:9", "database": "app", "password": "x", "storage_size": "1Gi"}
    spec.update(changes.pop("spec", {}))
    ordinary = Instance(
        key=Key("team", "db"),
        uid="u",
        version="7",
        generation=1,
        created=CREATED,
        deleted=None,
        finalizers=(names.FINALIZER,),
        annotations={},
        spec=MySQLSpec.model_validate(spec),
        status=status if status is not None else MySQLStatus(restore=FRESH),
    )
    return replace(ordinary, **changes)


def a_release(**changes: Any) -> Release:
    """A release of ours that is as the spec says."""
    ordinary = Release(
        secret="sh.helm.release.v1.db.v1",
        status="deployed",
        revision=1,
        values_digest="values",
        chart_digest="chart",
        server_digest="server",
        holder="operator-1",
        chart="",
        is_damaged=False,
        modified=CREATED,
    )
    return replace(ordinary, **changes)


def an_operation(kind: OperationKind, **changes: Any) -> Operation:
    """A helm command that was begun a second ago for what is desired."""
    ordinary = Operation(kind, "values", "values-chart", running_seconds=1)
    return replace(ordinary, **changes)


def a_job(state: JobState, **changes: Any) -> Job:
    """A hook Job of a few seconds ago."""
    return replace(Job(state=state, created=NOW - timedelta(seconds=5)), **changes)


def what_is_desired(**changes: Any) -> Desired:
    """What the ordinary release was made from."""
    ordinary = Desired(
        values={},
        values_digest="values",
        chart_digest="chart",
        server_digest="server",
        user_password_version="",
        credentials=None,
        timeout_seconds=900,
    )
    return replace(ordinary, **changes)


def seen(**changes: Any) -> Observed:
    """An ordinary instance at rest, with what the story changes."""
    ordinary = Observed(
        now=NOW,
        instance=an_instance(),
        desired=what_is_desired(),
        release=a_release(),
        server=READY,
        data_claim=CLAIM,
        backup_claim=BACKUP_CLAIM,
        has_credentials=True,
    )
    return replace(ordinary, **changes)
