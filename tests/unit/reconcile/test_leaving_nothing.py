"""What a deletion leaves behind: no litter, and every claim that may hold a backup."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lightkube.models.core_v1 import (
    PersistentVolumeClaimSpec,
    PersistentVolumeClaimStatus,
    TypedLocalObjectReference,
    TypedObjectReference,
)
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import PersistentVolumeClaim, Pod

from mysql_operator import names
from mysql_operator.model.status import MySQLStatus
from mysql_operator.names import Key
from mysql_operator.reconcile.actions import (
    DeleteEmptyBackupClaim,
    DeleteLeftovers,
    DropFinalizer,
    Upgrade,
    Wait,
)
from mysql_operator.reconcile.facts import claim_sizes, reading
from mysql_operator.reconcile.facts.observations import Claim, Observed
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import BACKUP_CLAIM, CREATED, DELETED, NOW, an_instance, seen

NEVER_BOUND = replace(BACKUP_CLAIM, bound=False, may_hold_data=False, resource_version="7")
SOURCE = {"kind": "VolumeSnapshot", "name": "yesterday", "apiGroup": "snapshot.storage.k8s.io"}


def all_but_the_claim_is_gone(claim: Claim | None, **changes: Any) -> Observed:
    """An object with a mistake in it, deleted before its server has ever started."""
    ordinary = seen(
        instance=an_instance(status=MySQLStatus(), deleted=DELETED),
        release=None,
        server=None,
        data_claim=None,
        backup_claim=claim,
        has_credentials=False,
    )
    return replace(ordinary, **changes)


def a_live_claim(*, phase: str | None = "Pending", **spec: Any) -> PersistentVolumeClaim:
    return PersistentVolumeClaim(
        metadata=ObjectMeta(name="backup-db-pvc", creationTimestamp=NOW),
        spec=PersistentVolumeClaimSpec(**spec),
        status=PersistentVolumeClaimStatus(phase=phase) if phase else None,
    )


def nothing_but(*pods: Pod) -> reading.Found:
    return reading.Found(Key("team", "db"), None, None, None, {}, list(pods), None, None)


def test_a_backup_claim_that_was_never_bound_goes_with_the_object() -> None:
    action = builders.decided(all_but_the_claim_is_gone(NEVER_BOUND))

    assert action == DeleteEmptyBackupClaim("claim-2", resource_version="7")
    assert isinstance(builders.decided(all_but_the_claim_is_gone(None)), DropFinalizer)


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param(BACKUP_CLAIM, id="bound: a backup may be on it"),
        pytest.param(replace(NEVER_BOUND, may_hold_data=True), id="lost, or to be bound to data"),
        pytest.param(replace(NEVER_BOUND, ours=False), id="somebody else's"),
        pytest.param(
            replace(NEVER_BOUND, created=CREATED - timedelta(seconds=1)), id="older than the object"
        ),
        pytest.param(replace(NEVER_BOUND, deleted=NOW), id="deleted already"),
    ],
)
def test_every_other_backup_claim_stays(claim: Claim) -> None:
    assert isinstance(builders.decided(all_but_the_claim_is_gone(claim)), DropFinalizer)


def test_a_namespace_that_ends_is_not_held_up_by_a_claim() -> None:
    ending = all_but_the_claim_is_gone(NEVER_BOUND, namespace_ends=True)

    assert isinstance(builders.decided(ending), DropFinalizer)


def test_the_claim_of_an_object_that_lives_stays() -> None:
    waiting = seen(
        instance=an_instance(status=MySQLStatus()), backup_claim=NEVER_BOUND, release=None
    )

    assert isinstance(builders.decided(waiting), Upgrade)


def test_the_next_object_of_that_name_waits_until_the_claim_is_gone() -> None:
    going = replace(NEVER_BOUND, deleted=NOW)
    again = seen(instance=an_instance(status=MySQLStatus()), backup_claim=going, release=None)

    assert builders.decided(again) == Wait()


@pytest.mark.parametrize(
    ("claim", "may_hold_data"),
    [
        (a_live_claim(), False),
        (a_live_claim(phase="Bound", volumeName="pv-1"), True),
        (a_live_claim(phase="Lost", volumeName="pv-1"), True),
        (a_live_claim(phase=None), True),
        (a_live_claim(volumeName="pv-1"), True),
        (a_live_claim(dataSource=TypedLocalObjectReference(**SOURCE)), True),
        (a_live_claim(dataSourceRef=TypedObjectReference(**SOURCE)), True),
    ],
)
def test_only_a_claim_without_any_volume_is_known_to_be_empty(
    claim: PersistentVolumeClaim, may_hold_data: bool
) -> None:
    read = claim_sizes.claim_from(nothing_but(), claim)

    assert read is not None
    assert read.may_hold_data is may_hold_data


def test_the_pod_of_helm_test_goes_with_the_other_leftovers() -> None:
    tested = all_but_the_claim_is_gone(None, has_test_pod=True)

    assert isinstance(builders.decided(tested), DeleteLeftovers)


def test_the_pod_of_helm_test_is_known_by_its_name() -> None:
    left = Pod(metadata=ObjectMeta(name=names.test_pod("db"), creationTimestamp=NOW))
    other = Pod(metadata=ObjectMeta(name="db-5f7", creationTimestamp=NOW))

    assert reading.has_test_pod(nothing_but(other, left))
    assert not reading.has_test_pod(nothing_but(other))
