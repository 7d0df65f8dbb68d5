"""Claims: never smaller, of one class for ever, and larger only where the API server lets them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from lightkube.models.core_v1 import (
    EventSource,
    ObjectReference,
    PersistentVolumeClaimSpec,
    PersistentVolumeClaimStatus,
    VolumeResourceRequirements,
)
from lightkube.models.meta_v1 import ManagedFieldsEntry, ObjectMeta
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import Event, PersistentVolumeClaim

from mysql_operator import names
from mysql_operator.model.parts import Resources
from mysql_operator.model.status import MySQLStatus
from mysql_operator.names import Key
from mysql_operator.reconcile import desiring, receipts
from mysql_operator.reconcile.actions import Nothing, Refuse, Upgrade, Wait
from mysql_operator.reconcile.facts import claim_sizes, reading, troubles
from mysql_operator.reconcile.facts.observations import Desired, ReleaseDefaults
from mysql_operator.settings import SecretRefs
from tests.unit.reconcile import builders
from tests.unit.reconcile.builders import CLAIM, NOW, an_instance, seen, what_is_desired

KEY = Key("team", "db")
NOTHING = reading.Found(KEY, None, None, None, {}, [], None, None)
OURS = {names.INSTANCE: "db", names.PART_OF: names.OPERATOR}
SITE = ReleaseDefaults("chart", SecretRefs.LABELLED, {})
PASSWORDS = {"root-password": "x", "salt": "s"}
REFUSED = "only dynamically provisioned pvc can be resized"


def a_live_claim(size: str, storage_class: str = "slow") -> PersistentVolumeClaim:
    return PersistentVolumeClaim(
        metadata=ObjectMeta(name="db-pvc", creationTimestamp=NOW, labels=OURS),
        spec=PersistentVolumeClaimSpec(
            storageClassName=storage_class,
            resources=VolumeResourceRequirements(requests={"storage": size}),
        ),
        status=PersistentVolumeClaimStatus(phase="Pending"),
    )


def desired_on(found: reading.Found, **spec: Any) -> Desired:
    instance = an_instance(spec=spec)
    return desiring.desired_for(instance, found, PASSWORDS, PASSWORDS, SITE)


def test_a_claim_never_shrinks_and_keeps_its_class() -> None:
    applied = ManagedFieldsEntry(
        manager="helm", operation="Apply", fieldsV1={"f:spec": {"f:storageClassName": {}}}
    )
    claim = a_live_claim("5Gi", "fast")
    claim.metadata.managedFields = [applied]

    values = desired_on(replace(NOTHING, data_claim=claim)).values

    assert (values["storageSize"], values["storageClassName"]) == ("5Gi", "fast")
    assert values["backup"]["storageSize"] == "1Gi"


def test_a_class_that_the_cluster_chose_is_not_asked_for() -> None:
    desired = desired_on(replace(NOTHING, data_claim=a_live_claim("1Gi", "default")))

    assert "storageClassName" not in desired.values


def test_what_a_live_claim_has_is_no_change_of_the_spec() -> None:
    before = desired_on(NOTHING)
    after = desired_on(replace(NOTHING, data_claim=a_live_claim("5Gi")))

    assert before.values_digest == after.values_digest


def test_credentials_are_written_only_where_they_differ() -> None:
    new = desiring.desired_for(an_instance(), NOTHING, PASSWORDS, {}, SITE)

    assert (new.credentials, desired_on(NOTHING).credentials) == (PASSWORDS, None)


def test_only_a_claim_that_is_to_grow_is_asked_about() -> None:
    found = replace(NOTHING, data_claim=a_live_claim("1Gi"), backup_claim=a_live_claim("1024Mi"))

    assert list(claim_sizes.growth(an_instance().spec, found)) == []
    assert list(claim_sizes.growth(an_instance(spec={"storage_size": "2Gi"}).spec, found)) == [
        ("db-pvc", "2Gi"),
        ("db-pvc", "2Gi"),
    ]


def test_a_growth_that_is_refused_keeps_the_size_and_lets_the_rest_through() -> None:
    refused = replace(NOTHING, data_claim=a_live_claim("1Gi"), refused_growth={"db-pvc": REFUSED})

    grown = desired_on(refused, storage_size="2Gi", config={"max_connections": 77})

    assert grown.values["storageSize"] == "1Gi"
    assert grown.values["config"] == {"max_connections": 77}
    assert grown.unmet is not None
    assert grown.unmet.reason == "StorageCannotGrow"
    assert "spec.storage_size" in grown.unmet.message
    assert REFUSED in grown.unmet.message


def test_a_growth_that_is_taken_back_needs_no_upgrade_and_one_that_is_allowed_later_does() -> None:
    live = replace(NOTHING, data_claim=a_live_claim("1Gi"))
    refused = replace(live, refused_growth={"db-pvc": REFUSED})
    backup = {"storageSize": "1Gi"}

    before = desired_on(live, storage_size="1Gi", backup=backup)
    asked = desired_on(refused, storage_size="2Gi", backup=backup)
    allowed = desired_on(live, storage_size="2Gi", backup=backup)

    assert before.values_digest == asked.values_digest
    assert asked.values_digest != allowed.values_digest
    assert allowed.values["storageSize"] == "2Gi"


def test_what_cannot_be_had_is_said_of_a_database_that_goes_on_serving() -> None:
    desired = replace(
        what_is_desired(),
        unmet=claim_sizes.unmet(replace(NOTHING, refused_growth={"db-pvc": REFUSED})),
    )
    world = seen(desired=desired)
    action = builders.decided(world)

    status = builders.reported(world, action)

    assert action == Nothing(is_flawed=True)
    states = {condition.type: condition for condition in status.conditions}
    assert (states["Ready"].status, states["Stalled"].reason) == ("True", "StorageCannotGrow")


def test_the_status_says_what_the_claims_request() -> None:
    world = seen(data_claim=replace(CLAIM, size="1Gi"), backup_claim=replace(CLAIM, size="2Gi"))

    sizes = receipts.recorded(world).storage

    assert sizes is not None
    assert (sizes.data, sizes.backup) == ("1Gi", "2Gi")


def test_a_new_object_says_what_holds_the_claim_of_its_predecessor() -> None:
    unborn = an_instance(status=MySQLStatus())
    held = replace(
        CLAIM, deleted=NOW - timedelta(minutes=1), finalizers=("x/snapshot", names.CLAIM_PROTECTION)
    )

    def decided(**changes: Any) -> Any:
        claim = replace(held, **changes)
        return builders.decided(seen(instance=unborn, release=None, server=None, data_claim=claim))

    refusal = decided()
    assert isinstance(refusal, Refuse)
    assert refusal.reason == "DataClaimHeld"
    assert "x/snapshot" in refusal.message
    assert "Used By" in decided(finalizers=(names.CLAIM_PROTECTION,)).message
    assert isinstance(decided(deleted=NOW), Wait)
    gone = seen(instance=unborn, release=None, server=None, data_claim=None)
    assert isinstance(builders.decided(gone), Upgrade)


def a_warning(uid: str, message: str) -> Event:
    return Event(
        metadata=ObjectMeta(name="e"),
        involvedObject=ObjectReference(kind="Job", name="backup-db-job", uid=uid),
        source=EventSource(),
        reason="FailedCreate",
        message=message,
        lastTimestamp=NOW,
    )


def test_a_job_that_gets_no_pod_says_why() -> None:
    job = Job(metadata=ObjectMeta(name="backup-db-job", uid="1", creationTimestamp=NOW))
    limit = 'pods "backup-db-job-x" is forbidden: minimum memory usage per Container is 128Mi'

    trouble = troubles.of_job(job, [a_warning("of an earlier Job", "quota"), a_warning("1", limit)])

    assert trouble is not None
    assert trouble.reason == "JobPodCannotBeCreated"
    assert "minimum memory usage per Container is 128Mi" in trouble.message
    assert troubles.of_job(job, [a_warning("of an earlier Job", "quota")]) is None


@pytest.mark.parametrize(
    ("server", "of_jobs"),
    [
        (None, ("50m", "64Mi")),
        ({"requests": {"cpu": "100m", "memory": "256Mi"}}, ("100m", "256Mi")),
        ({"requests": {"cpu": "8", "memory": "64Gi"}}, ("500m", "512Mi")),
        ({"requests": {"cpu": "1m"}}, ("50m", "64Mi")),
        ({"limits": {"cpu": "20m", "memory": "48Mi"}}, ("20m", "48Mi")),
        ({"requests": {"cpu": 1}, "limits": {"cpu": 1}}, ("500m", "64Mi")),
    ],
)
def test_a_job_asks_for_what_the_server_asks_for_within_bounds(
    server: dict[str, Any] | None, of_jobs: tuple[str, str]
) -> None:
    resources = None if server is None else Resources.model_validate(server)

    requests = desiring.requests_of_jobs(resources)

    assert (requests["cpu"], requests["memory"]) == of_jobs


def test_a_claim_is_in_trouble_only_when_kubernetes_says_so() -> None:
    warning = Event(
        metadata=ObjectMeta(name="e"),
        involvedObject=None,
        message='storageclass.storage.k8s.io "gone" not found',
        lastTimestamp=NOW + timedelta(seconds=1),
    )

    assert troubles.of_claim(a_live_claim("1Gi", "gone"), []) is None
    assert '"gone" not found' in troubles.of_claim(a_live_claim("1Gi", "gone"), [warning]).message
