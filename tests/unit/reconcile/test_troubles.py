"""What keeps a pod, a claim or a server from coming up, and for how long it is said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from lightkube.models.apps_v1 import DeploymentCondition, DeploymentStatus
from lightkube.models.core_v1 import (
    ContainerState,
    ContainerStateRunning,
    ContainerStateTerminated,
    ContainerStateWaiting,
    ContainerStatus,
    ObjectReference,
    PodCondition,
    PodSpec,
    PodStatus,
)
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import Event, Pod

from mysql_operator.reconcile.facts import reading, troubles
from tests.support.commands import ROOT
from tests.unit.reconcile.builders import NOW
from tests.unit.reconcile.test_causes import recorded

UNKNOWN_VARIABLE = ContainerStateTerminated(
    exitCode=1, reason="Error", message=recorded("serve-unknown-variable")
)
NO_BASH = ContainerStateTerminated(
    exitCode=128, reason="StartError", message=recorded("runtime-no-bash")
)
BACKING_OFF = ContainerStateWaiting(reason="CrashLoopBackOff")


def a_container(
    name: str = "mysql", *, last: ContainerStateTerminated | None = None, **state: Any
) -> ContainerStatus:
    return ContainerStatus(
        image="mysql:9",
        imageID="",
        name=name,
        ready=False,
        restartCount=1 if last else 0,
        state=ContainerState(**state),
        lastState=ContainerState(terminated=last),
    )


def a_pod(*containers: ContainerStatus, restarts: str = "Always", phase: str = "Running") -> Pod:
    return Pod(
        metadata=ObjectMeta(name="db-1", namespace="team", creationTimestamp=NOW),
        spec=PodSpec(containers=[], restartPolicy=restarts),
        status=PodStatus(phase=phase, containerStatuses=list(containers)),
    )


def running_for(seconds: float) -> ContainerStateRunning:
    return ContainerStateRunning(startedAt=NOW - timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "container",
    [
        a_container(terminated=UNKNOWN_VARIABLE),
        a_container(waiting=BACKING_OFF, last=UNKNOWN_VARIABLE),
        a_container(running=running_for(0), last=UNKNOWN_VARIABLE),
        a_container(running=running_for(59), last=UNKNOWN_VARIABLE),
        a_container(terminated=UNKNOWN_VARIABLE, last=UNKNOWN_VARIABLE),
    ],
    ids=["ended", "waits", "begins", "runs", "ended again"],
)
def test_a_server_that_keeps_ending_is_in_trouble_between_its_starts_too(
    container: ContainerStatus,
) -> None:
    trouble = troubles.of_pod(a_pod(container), NOW)

    assert trouble is not None
    assert trouble.reason == "ConfigInvalid"
    assert "unknown variable 'max_conections=100'" in trouble.message
    assert "kubectl logs -n team db-1 -c mysql" in trouble.message


@pytest.mark.parametrize("waits_for", ["RunContainerError", "CrashLoopBackOff"])
def test_an_image_that_is_not_mysql_has_one_reason_whatever_the_kubelet_does(
    waits_for: str,
) -> None:
    waiting = ContainerStateWaiting(reason=waits_for, message=recorded("runtime-no-bash"))
    states = [
        a_container(waiting=waiting, last=NO_BASH),
        a_container(terminated=NO_BASH),
        a_container(terminated=NO_BASH, last=NO_BASH),
    ]

    found = {troubles.of_pod(a_pod(state), NOW) for state in states}

    (trouble,) = found
    assert trouble is not None
    assert trouble.reason == "ImageNotMySQL"


def test_trouble_is_over_once_the_server_is_ready_or_has_run_for_a_minute() -> None:
    ready = a_container(running=running_for(5), last=UNKNOWN_VARIABLE)
    ready.ready = True
    steady = a_container(running=running_for(61), last=UNKNOWN_VARIABLE)

    assert troubles.of_pod(a_pod(ready), NOW) is None
    assert troubles.of_pod(a_pod(steady), NOW) is None


def test_a_single_end_without_a_cause_may_have_been_the_node() -> None:
    ended = ContainerStateTerminated(exitCode=255, reason="Unknown")
    container = a_container(running=running_for(5), last=ended)

    assert troubles.of_pod(a_pod(container), NOW) is None
    container.restartCount = 2
    trouble = troubles.of_pod(a_pod(container), NOW)
    assert trouble is not None
    assert trouble.reason == "CrashLooping"


def test_the_log_of_the_container_before_is_asked_for_where_it_runs_again() -> None:
    again = troubles.of_pod(a_pod(a_container(waiting=BACKING_OFF, last=UNKNOWN_VARIABLE)), NOW)
    ended = troubles.of_pod(a_pod(a_container(terminated=UNKNOWN_VARIABLE)), NOW)

    assert again is not None
    assert ended is not None
    assert again.message.endswith("-c mysql --previous")
    assert ended.message.endswith("-c mysql")


def test_how_a_jobs_container_ended_is_for_its_job_to_say() -> None:
    ended = a_container("backup", terminated=UNKNOWN_VARIABLE)

    assert troubles.of_pod(a_pod(ended, restarts="Never"), NOW) is None


def test_trouble_began_when_the_pod_became_unready() -> None:
    pod = a_pod(a_container(terminated=UNKNOWN_VARIABLE))
    an_hour_later = NOW + timedelta(hours=1)
    pod.status.conditions = [
        PodCondition(status="False", type="Ready", lastTransitionTime=an_hour_later)
    ]

    trouble = troubles.of_pod(pod, an_hour_later)

    assert trouble is not None
    assert trouble.since == an_hour_later


def test_an_image_that_cannot_be_pulled_is_told_with_the_field() -> None:
    waiting = ContainerStateWaiting(reason="ImagePullBackOff", message="not found")

    trouble = troubles.of_pod(a_pod(a_container(waiting=waiting), phase="Pending"), NOW)

    assert trouble.reason == "ImageCannotBePulled"
    assert "spec.image" in trouble.message


def test_a_pod_that_a_quota_forbids_is_told_of() -> None:
    failure = DeploymentCondition(
        status="True", type="ReplicaFailure", message="exceeded quota: few"
    )
    deployment = Deployment(
        metadata=ObjectMeta(name="db", creationTimestamp=NOW),
        spec=None,
        status=DeploymentStatus(conditions=[failure]),
    )

    assert "exceeded quota: few" in troubles.of_deployment(deployment).message
    assert troubles.of_deployment(Deployment(metadata=ObjectMeta(name="db"), spec=None)) is None


def test_a_server_that_runs_and_is_not_ready_says_why() -> None:
    probe = (ROOT / "charts/mysql-instance/files/probe.sh").read_text()
    assert troubles.NOT_BEGUN in probe
    assert troubles.NOT_COMPLETE in probe
    unhealthy = [a_warning("Unhealthy", said) for said in ("older", troubles.NOT_BEGUN)]

    trouble = troubles.of_probes(a_pod(), NOW, unhealthy)

    assert trouble.reason == troubles.RESTORE_MISSING
    assert troubles.of_probes(a_pod(), NOW, [a_warning("Unhealthy", "slow")]).reason == "NotReady"
    assert troubles.of_probes(a_pod(), NOW, [a_warning("Killing", "slow")]) is None
    assert troubles.of_probes(a_pod(), NOW + timedelta(hours=1), unhealthy) is None


def test_only_a_pod_that_is_to_stay_is_ever_unready() -> None:
    pod = a_pod()
    pod.status.conditions = [PodCondition(status="False", type="Ready", lastTransitionTime=NOW)]
    assert reading.not_ready_since(pod) == NOW

    pod.metadata.deletionTimestamp = NOW
    assert reading.not_ready_since(pod) is None
    assert reading.not_ready_since(a_pod()) is None


def a_warning(reason: str, message: str) -> Event:
    at = NOW + timedelta(seconds=len(message))
    return Event(
        metadata=ObjectMeta(name="e"),
        involvedObject=None,
        reason=reason,
        message=message,
        lastTimestamp=at,
    )


@pytest.mark.parametrize("code", [0, 1])
def test_a_server_that_ends_itself_is_told_of_in_its_own_words(code: int) -> None:
    said = '{"reason":"NotSetUp","message":"the accounts could not be set up"}'
    ended = ContainerStateTerminated(exitCode=code, message=said)

    trouble = troubles.of_pod(a_pod(a_container(waiting=BACKING_OFF, last=ended)), NOW)

    assert trouble is not None
    assert trouble.reason == "NotSetUp"
    assert "the accounts could not be set up. kubectl logs" in trouble.message


def test_a_pod_that_is_only_being_made_is_no_trouble() -> None:
    waiting = ContainerStateWaiting(reason="PodInitializing")

    assert troubles.of_pod(a_pod(a_container(waiting=waiting), phase="Pending"), NOW) is None


SAID = 'MountVolume.SetUp failed for volume "storage" : secret "keys" not found'


def a_warning_of_kubelet(reason: str, message: str, ago: float) -> Event:
    return Event(
        metadata=ObjectMeta(name="x"),
        involvedObject=ObjectReference(),
        reason=reason,
        message=message,
        lastTimestamp=NOW - timedelta(seconds=ago),
    )


def prepared_since(seconds: float, *containers: ContainerStatus) -> Pod:
    pod = a_pod(*containers)
    pod.metadata.creationTimestamp = NOW - timedelta(seconds=seconds)  # type: ignore[union-attr]
    return pod


CREATING = a_container(waiting=ContainerStateWaiting(reason="ContainerCreating"))


def test_a_volume_that_cannot_be_mounted_is_said_in_the_words_of_the_kubelet() -> None:
    pod = prepared_since(60, CREATING)

    trouble = troubles.of_mounts(pod, [a_warning_of_kubelet("FailedMount", SAID, 20)], NOW)

    assert troubles.waits_for_volumes(pod, NOW)
    assert trouble is not None
    assert trouble.reason == "PodCannotStart"
    assert 'secret "keys" not found' in trouble.message


@pytest.mark.parametrize(
    "warning",
    [
        a_warning_of_kubelet("FailedMount", SAID, 600),  # mounted since: it pulls the image
        a_warning_of_kubelet("Unhealthy", "connection refused", 5),
    ],
)
def test_a_volume_that_has_been_mounted_since_is_no_trouble(warning: Event) -> None:
    assert troubles.of_mounts(prepared_since(700, CREATING), [warning], NOW) is None


@pytest.mark.parametrize(
    "pod",
    [
        prepared_since(20, CREATING),
        prepared_since(60),
        prepared_since(60, CREATING, a_container(running=running_for(30))),
    ],
)
def test_nobody_asks_about_a_pod_that_gets_on(pod: Pod) -> None:
    assert not troubles.waits_for_volumes(pod, NOW)
