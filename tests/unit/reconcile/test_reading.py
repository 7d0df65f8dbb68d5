"""API objects read as plain facts."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from lightkube.models.apps_v1 import DeploymentStatus
from lightkube.models.batch_v1 import JobCondition, JobStatus
from lightkube.models.core_v1 import (
    ContainerState,
    ContainerStateTerminated,
    ContainerStatus,
    PodStatus,
)
from lightkube.models.meta_v1 import ObjectMeta, OwnerReference
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import PersistentVolumeClaim, Pod, Secret

from mysql_operator import names
from mysql_operator.adapters.kube import MySQL
from mysql_operator.errors import SpecError
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.facts.observations import JobState
from tests.unit.reconcile.builders import NOW

KEY = Key("team", "db")
NOTHING = reading.Found(KEY, None, None, None, {}, [], None, None)
OURS = {names.INSTANCE: "db", names.PART_OF: names.OPERATOR}
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


def test_the_receipt_is_what_the_newest_pod_of_the_job_left() -> None:
    said = a_container("restore", terminated=ContainerStateTerminated(0, message='{"rows": 2}'))
    job = Job(
        metadata=ObjectMeta(name="restore-db-job", uid="1", creationTimestamp=NOW),
        status=JobStatus(conditions=[JobCondition(status="True", type="Complete")]),
    )
    found = replace(NOTHING, jobs={"restore-db-job": job}, pods=[a_pod(said, owner="1")])

    read = reading.job_from(found, "restore-db-job")

    assert (read.state, read.receipt) == (JobState.SUCCEEDED, {"rows": 2})


def test_a_job_has_succeeded_when_its_container_has() -> None:
    job = Job(metadata=ObjectMeta(name="j", uid="1", creationTimestamp=NOW), status=JobStatus())

    def state_with(code: int) -> JobState:
        ended = a_container("restore", terminated=ContainerStateTerminated(code))
        found = replace(NOTHING, jobs={"j": job}, pods=[a_pod(ended, owner="1")])
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
        return Deployment(
            metadata=ObjectMeta(name="db", generation=2, labels=OURS), spec=None, status=status
        )

    def is_ready(observed: int) -> bool:
        found = replace(NOTHING, deployment=a_deployment(observed))
        server = reading.server_from(found)
        return server is not None and server.ready

    assert is_ready(2)
    assert not is_ready(1)


def a_secret(**labels: str) -> Secret:
    data = {"root-password": base64.b64encode(b"\xffx").decode()}
    named = {names.INSTANCE: "db", **labels}
    return Secret(metadata=ObjectMeta(name="db-credentials", labels=named), data=data)


def test_the_copy_of_the_passwords_is_read_even_where_somebody_has_spoilt_it() -> None:
    ours = replace(NOTHING, credentials=a_secret(**{names.MANAGED_BY: names.OPERATOR}))

    assert reading.live_passwords(ours) == {"root-password": "\ufffdx"}


def test_a_secret_of_that_name_that_is_somebody_elses_is_not_touched() -> None:
    foreign = replace(NOTHING, credentials=a_secret())

    assert not reading.has_credentials(foreign)
    with pytest.raises(
        SpecError, match="db-credentials exists and was not created by the operator"
    ):
        reading.live_passwords(foreign)


@pytest.mark.parametrize(
    ("metadata", "ours"),
    [
        ({"labels": OURS}, True),
        ({"annotations": {names.HELM_RELEASE: "db"}}, True),
        ({"labels": {**OURS, names.INSTANCE: "other"}}, False),
        ({"annotations": {names.HELM_RELEASE: "other"}}, False),
        ({"labels": {names.INSTANCE: "db"}}, False),
        ({}, False),
    ],
)
def test_what_another_has_made_is_not_ours(metadata: dict[str, object], ours: bool) -> None:
    claim = PersistentVolumeClaim(metadata=ObjectMeta(name="db-pvc", **metadata))

    assert reading.is_ours(NOTHING.key, claim) is ours


def test_of_a_status_what_cannot_be_read_is_left_out() -> None:
    written = MySQL({"status": {"phase": "Dancing", "version": "9.7.4", "failures": 2}})

    status = reading.status_from(written)

    assert (status.phase, status.version, status.failures) == (None, "9.7.4", 2)


def test_the_labels_that_helm_copies_do_not_make_a_revision_ours() -> None:
    ours = {names.HOLDER: "operator-1", names.HELD_REVISION: "2", "version": "2"}

    assert reading.holder_of(ours) == "operator-1"
    assert reading.holder_of({**ours, "version": "3"}) == ""
    assert reading.holder_of({"version": "1"}) == ""
