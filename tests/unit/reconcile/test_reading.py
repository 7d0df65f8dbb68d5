"""API objects read as plain facts."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from lightkube.models.apps_v1 import DeploymentCondition, DeploymentStatus
from lightkube.models.batch_v1 import JobCondition, JobStatus
from lightkube.models.core_v1 import (
    ContainerState,
    ContainerStateTerminated,
    ContainerStateWaiting,
    ContainerStatus,
    PodCondition,
    PodStatus,
)
from lightkube.models.meta_v1 import ObjectMeta, OwnerReference
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import Event, PersistentVolumeClaim, Pod, Secret

from mysql_operator import names
from mysql_operator.adapters.kube import MySQL
from mysql_operator.errors import SpecError
from mysql_operator.names import Key
from mysql_operator.reconcile import reading, troubles
from mysql_operator.reconcile.observations import RESTORE_MISSING, JobState
from tests.support.commands import ROOT
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
    with pytest.raises(SpecError, match="db-credentials is not the operator's"):
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

    assert reading.is_ours(NOTHING, claim) is ours


def test_of_a_status_what_cannot_be_read_is_left_out() -> None:
    written = MySQL({"status": {"phase": "Dancing", "version": "9.7.4", "failures": 2}})

    status = reading.status_from(written)

    assert (status.phase, status.version, status.failures) == (None, "9.7.4", 2)


def test_an_image_that_cannot_be_pulled_is_told_with_the_field() -> None:
    waiting = ContainerStateWaiting(reason="ImagePullBackOff", message="not found")

    trouble = troubles.of_pod(a_pod(a_container("mysql", waiting=waiting), phase="Pending"))

    assert trouble.reason == "ImageCannotBePulled"
    assert "spec.image" in trouble.message


def test_a_pod_that_a_quota_forbids_is_told_of() -> None:
    failure = DeploymentCondition(
        status="True", type="ReplicaFailure", message="exceeded quota: few"
    )
    deployment = Deployment(
        metadata=ObjectMeta(name="db"), spec=None, status=DeploymentStatus(conditions=[failure])
    )

    assert "exceeded quota: few" in troubles.of_deployment(deployment).message
    assert troubles.of_deployment(Deployment(metadata=ObjectMeta(name="db"), spec=None)) is None


def test_a_server_that_runs_and_is_not_ready_says_why() -> None:
    probe = (ROOT / "charts/mysql-instance/files/probe.sh").read_text()
    assert troubles.NOT_BEGUN in probe
    unhealthy = [a_warning("Unhealthy", said) for said in ("older", troubles.NOT_BEGUN)]

    trouble = troubles.of_probes(a_pod(), NOW, unhealthy)

    assert trouble.reason == RESTORE_MISSING
    assert troubles.of_probes(a_pod(), NOW, [a_warning("Unhealthy", "slow")]).reason == "NotReady"
    assert troubles.of_probes(a_pod(), NOW, [a_warning("Killing", "slow")]) is None
    assert troubles.of_probes(a_pod(), NOW + timedelta(hours=1), unhealthy) is None


def test_only_a_pod_that_is_to_stay_is_ever_unready() -> None:
    pod = a_pod()
    pod.status.conditions = [PodCondition(status="False", type="Ready", lastTransitionTime=NOW)]
    assert troubles.not_ready_since(pod) == NOW

    pod.metadata.deletionTimestamp = NOW
    assert troubles.not_ready_since(pod) is None
    assert troubles.not_ready_since(a_pod()) is None


def a_warning(reason: str, message: str) -> Event:
    at = NOW + timedelta(seconds=len(message))
    return Event(
        metadata=ObjectMeta(name="e"),
        involvedObject=None,
        reason=reason,
        message=message,
        lastTimestamp=at,
    )


@pytest.mark.parametrize("told", ['{"reason":"NotSetUp","message":"no room"}', "no room"])
def test_a_server_that_keeps_ending_is_told_of_in_its_own_words(told: str) -> None:
    container = a_container("mysql", waiting=ContainerStateWaiting(reason="CrashLoopBackOff"))
    container.lastState = ContainerState(
        terminated=ContainerStateTerminated(exitCode=0, message=told)
    )

    trouble = troubles.of_pod(a_pod(container))

    assert trouble.reason == "CrashLooping"
    assert "keeps ending with exit code 0: no room; see kubectl logs mysql" in trouble.message


def test_a_pod_that_is_only_being_made_is_no_trouble() -> None:
    waiting = ContainerStateWaiting(reason="PodInitializing")

    assert troubles.of_pod(a_pod(a_container("mysql", waiting=waiting), phase="Pending")) is None


def test_the_labels_that_helm_copies_do_not_make_a_revision_ours() -> None:
    ours = {names.HOLDER: "operator-1", names.HELD_REVISION: "2", "version": "2"}

    assert reading.holder_of(ours) == "operator-1"
    assert reading.holder_of({**ours, "version": "3"}) == ""
    assert reading.holder_of({"version": "1"}) == ""
