"""API objects read as plain facts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lightkube.models.apps_v1 import DeploymentStatus
from lightkube.models.batch_v1 import JobCondition, JobStatus
from lightkube.models.core_v1 import (
    ContainerState,
    ContainerStateTerminated,
    ContainerStateWaiting,
    ContainerStatus,
    PersistentVolumeClaimSpec,
    PersistentVolumeClaimStatus,
    PodStatus,
    VolumeResourceRequirements,
)
from lightkube.models.meta_v1 import ManagedFieldsEntry, ObjectMeta, OwnerReference
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import Event, PersistentVolumeClaim, Pod

from mysql_operator import names
from mysql_operator.reconcile import reading, troubles
from mysql_operator.reconcile.observations import JobState
from tests.unit.reconcile.builders import NOW, an_instance

NOTHING = reading.Found(None, None, None, {}, [], None, None)
PASSWORDS = {"root-password": "x", "salt": "s"}


def a_container(name: str, **state: object) -> ContainerStatus:
    return ContainerStatus(
        image="mysql:9", imageID="", name=name, ready=False, restartCount=0,
        state=ContainerState(**state),
    )  # fmt: skip


def a_pod(*containers: ContainerStatus, owner: str = "", phase: str = "Running") -> Pod:
    owners = [OwnerReference("batch/v1", "Job", "j", owner)] if owner else []
    return Pod(
        metadata=ObjectMeta(name="p", creationTimestamp=NOW, ownerReferences=owners),
        status=PodStatus(phase=phase, containerStatuses=list(containers)),
    )


def a_live_claim(size: str, storage_class: str) -> PersistentVolumeClaim:
    return PersistentVolumeClaim(
        metadata=ObjectMeta(name="db-pvc", creationTimestamp=NOW),
        spec=PersistentVolumeClaimSpec(
            storageClassName=storage_class,
            resources=VolumeResourceRequirements(requests={"storage": size}),
        ),
        status=PersistentVolumeClaimStatus(phase="Pending"),
    )


def test_the_receipt_is_what_the_newest_pod_of_the_job_left() -> None:
    said = a_container("restore", terminated=ContainerStateTerminated(0, message='{"rows": 2}'))
    job = Job(
        metadata=ObjectMeta(name="restore-db-job", uid="1", creationTimestamp=NOW),
        status=JobStatus(conditions=[JobCondition(status="True", type="Complete")]),
    )
    found = reading.Found(
        None, None, None, {"restore-db-job": job}, [a_pod(said, owner="1")], None, None
    )

    read = reading.job_from(found, "restore-db-job")

    assert (read.state, read.receipt) == (JobState.SUCCEEDED, {"rows": 2})


def test_a_job_has_succeeded_when_its_container_has() -> None:
    job = Job(metadata=ObjectMeta(name="j", uid="1", creationTimestamp=NOW), status=JobStatus())

    def state_with(code: int) -> JobState:
        ended = a_container("restore", terminated=ContainerStateTerminated(code))
        found = reading.Found(None, None, None, {"j": job}, [a_pod(ended, owner="1")], None, None)
        return reading.job_from(found, "j").state

    assert state_with(0) is JobState.SUCCEEDED
    assert state_with(1) is JobState.RUNNING


@pytest.mark.parametrize("message", ["", "not json", "[1]", None])
def test_a_message_that_is_no_receipt_is_an_empty_one(message: str | None) -> None:
    pod = a_pod(a_container("restore", terminated=ContainerStateTerminated(0, message=message)))

    assert reading.receipt_of(pod, None) == {}


def test_a_server_that_is_being_replaced_is_not_ready() -> None:
    def a_deployment(observed: int) -> Deployment:
        status = DeploymentStatus(
            observedGeneration=observed, readyReplicas=1, replicas=1, updatedReplicas=1
        )
        return Deployment(metadata=ObjectMeta(name="db", generation=2), spec=None, status=status)

    def is_ready(observed: int) -> bool:
        found = reading.Found(a_deployment(observed), None, None, {}, [], None, None)
        server = reading.server_from(found)
        return server is not None and server.ready

    assert is_ready(2)
    assert not is_ready(1)


def test_a_claim_never_shrinks_and_keeps_its_class() -> None:
    applied = ManagedFieldsEntry(
        manager="helm", operation="Apply", fieldsV1={"f:spec": {"f:storageClassName": {}}}
    )
    claim = a_live_claim("5Gi", "fast")
    claim.metadata.managedFields = [applied]
    found = reading.Found(None, claim, None, {}, [], None, None)

    desired = reading.desired_for(an_instance(), found, PASSWORDS, PASSWORDS, "chart")

    assert desired.values["storageSize"] == "5Gi"
    assert desired.values["storageClassName"] == "fast"
    assert desired.values["backup"]["storageSize"] == "1Gi"


def test_a_class_that_the_cluster_chose_is_not_asked_for() -> None:
    found = reading.Found(None, a_live_claim("1Gi", "default"), None, {}, [], None, None)

    desired = reading.desired_for(an_instance(), found, PASSWORDS, PASSWORDS, "chart")

    assert "storageClassName" not in desired.values


def test_what_a_live_claim_has_is_no_change_of_the_spec() -> None:
    found = reading.Found(None, a_live_claim("5Gi", "fast"), None, {}, [], None, None)

    before = reading.desired_for(an_instance(), NOTHING, PASSWORDS, PASSWORDS, "chart")
    after = reading.desired_for(an_instance(), found, PASSWORDS, PASSWORDS, "chart")

    assert before.values_digest == after.values_digest


def test_credentials_are_written_only_where_they_differ() -> None:
    new = reading.desired_for(an_instance(), NOTHING, PASSWORDS, {}, "chart")
    same = reading.desired_for(an_instance(), NOTHING, PASSWORDS, PASSWORDS, "chart")

    assert (new.credentials, same.credentials) == (PASSWORDS, None)


def test_an_image_that_cannot_be_pulled_is_told_with_the_field() -> None:
    waiting = ContainerStateWaiting(reason="ImagePullBackOff", message="not found")

    trouble = troubles.of_pod(a_pod(a_container("mysql", waiting=waiting), phase="Pending"))

    assert trouble.reason == "ImageCannotBePulled"
    assert "spec.image" in trouble.message


def test_a_pod_that_is_only_being_made_is_no_trouble() -> None:
    waiting = ContainerStateWaiting(reason="PodInitializing")

    assert troubles.of_pod(a_pod(a_container("mysql", waiting=waiting), phase="Pending")) is None


def test_a_claim_is_in_trouble_only_when_kubernetes_says_so() -> None:
    warning = Event(
        metadata=ObjectMeta(name="e"),
        involvedObject=None,
        message='storageclass.storage.k8s.io "gone" not found',
        lastTimestamp=NOW + timedelta(seconds=1),
    )

    assert troubles.of_claim(a_live_claim("1Gi", "gone"), []) is None
    assert '"gone" not found' in troubles.of_claim(a_live_claim("1Gi", "gone"), [warning]).message


def test_the_labels_that_helm_copies_do_not_make_a_revision_ours() -> None:
    ours = {names.HOLDER: "operator-1", names.HELD_REVISION: "2", "version": "2"}

    assert reading.holder_of(ours) == "operator-1"
    assert reading.holder_of({**ours, "version": "3"}) == ""
    assert reading.holder_of({"version": "1"}) == ""
