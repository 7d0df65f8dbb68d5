"""Builders: a story names what matters to it, everything else is an ordinary instance at rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mysql_operator import names
from mysql_operator.adapters.kube import Kube
from mysql_operator.model.release_values import SMALL_REQUESTS
from mysql_operator.model.spec import MySQLSpec
from mysql_operator.model.status import FinalBackup, MySQLStatus, RestoreReceipt
from mysql_operator.names import Key
from mysql_operator.reconcile import (
    classifying,
    completing,
    deciding,
    remembering,
    reporting,
    reverts,
)
from mysql_operator.reconcile.actions import Action, NewRevision, Uninstall, Upgrade
from mysql_operator.reconcile.facts.observations import (
    Claim,
    Desired,
    Instance,
    Job,
    JobState,
    Observed,
    Operation,
    OperationKind,
    Release,
    ReleaseDefaults,
    Server,
)
from mysql_operator.reconcile.facts.observing import Observer
from mysql_operator.reconcile.stores.signing import SigningService
from mysql_operator.reconcile.stores.storage_refs import StorageRefs
from mysql_operator.reconcile.turns import Rank
from mysql_operator.settings import Settings

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CREATED = NOW - timedelta(hours=1)
DELETED = NOW - timedelta(minutes=1)
RECEIPT = FinalBackup(
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
        values={"jobs": {"requests": SMALL_REQUESTS}},
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


def decided(observed: Observed) -> Action:
    """What a pass does that has seen this, and has nothing new to remember."""
    step = deciding.decide(classifying.classify(observed))
    return completing.complete(step, observed)


def a_pass(observed: Observed) -> tuple[Action, MySQLStatus]:
    """What a pass does that has seen this, and the status that it writes before."""
    remembered = remembering.remembered(observed)
    action = decided(remembered)
    return action, reporting.status_for(reverts.noted(remembered, action), action)


def reported(observed: Observed, action: Action) -> MySQLStatus:
    """The status that a pass writes that has seen this and is about to do that."""
    remembered = reverts.noted(remembering.remembered(observed), action)
    return reporting.status_for(remembered, action)


def is_upgrade(action: Action, *, check: bool = False, **flags: bool) -> bool:
    """Whether helm installs or upgrades with just these Jobs."""
    if not isinstance(action, Upgrade):
        return False
    of_action = {name: getattr(action, name) for name in flags}
    return of_action == flags and action.check is check


def uninstalls(action: Action, *, backup: bool) -> bool:
    """Whether helm uninstalls the release, with or without the final backup."""
    return isinstance(action, Uninstall) and action.backup is backup


def an_uninstall(*, backup: bool) -> Uninstall:
    """An uninstall that has not been tried before."""
    return Uninstall(backup, timeout_seconds=900, attempted="")


def an_upgrade(*, check: bool = False, **flags: bool) -> Upgrade:
    """An upgrade to the ordinary values."""
    return Upgrade(
        **flags,
        check=check,
        rank=Rank.SHORT,
        attempted="values-chart",
        revision=NewRevision({}, "values", {}, 900),
        credentials=None,
    )


def observer(kube: Kube, site: ReleaseDefaults) -> Observer:
    """What reads the cluster, with a signing service that nobody has asked for anything."""
    settings = Settings(chart=Path("chart"), signing_port=8443, own_namespace="operators")
    signing = SigningService(kube, settings)
    return Observer(kube, site, StorageRefs(kube, site, signing))
