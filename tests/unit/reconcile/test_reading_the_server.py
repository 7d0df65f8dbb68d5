"""What a Deployment and its pod say of the server, read as plain facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from lightkube.models.apps_v1 import DeploymentSpec
from lightkube.models.core_v1 import (
    Container,
    ContainerState,
    ContainerStateTerminated,
    ContainerStatus,
    PodCondition,
    PodSpec,
    PodStatus,
    PodTemplateSpec,
    ResourceRequirements,
)
from lightkube.models.meta_v1 import LabelSelector, ObjectMeta, OwnerReference
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import Pod

from mysql_operator import names
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.facts.observations import Server
from tests.unit.reconcile.builders import NOW

LABELS = {names.INSTANCE: "db", names.PART_OF: names.OPERATOR, names.POD_LABEL: "db"}
NOTHING = reading.Found(Key("team", "db"), None, None, None, {}, [], None, None)


def a_deployment(**annotations: str) -> Deployment:
    resources = ResourceRequirements(requests={"cpu": "2", "memory": "1Gi"})
    container = Container(name=names.SERVER_CONTAINER, resources=resources)
    template = PodTemplateSpec(spec=PodSpec(containers=[container]))
    return Deployment(
        metadata=ObjectMeta(name="db", labels=LABELS, annotations=annotations),
        spec=DeploymentSpec(selector=LabelSelector(), template=template),
    )


def a_pod(*, started: bool | None, ready: bool = False, pod_is_ready: bool = False) -> Pod:
    container = ContainerStatus(
        image="", imageID="", name=names.SERVER_CONTAINER, ready=ready, restartCount=3,
        started=started,
    )  # fmt: skip
    condition = PodCondition(status=str(pod_is_ready), type="Ready", lastTransitionTime=NOW)
    status = PodStatus(containerStatuses=[container], conditions=[condition])
    return Pod(
        metadata=ObjectMeta(name="db-1", labels=LABELS, creationTimestamp=NOW), status=status
    )


def server(*pods: Pod, **annotations: str) -> Server:
    found = replace(NOTHING, deployment=a_deployment(**annotations), pods=list(pods))
    read = reading.server_from(found)
    assert read is not None
    return read


@pytest.mark.parametrize(("started", "expected"), [(True, True), (False, False), (None, False)])
def test_a_server_has_started_when_its_startup_probe_has_passed(
    started: bool | None, expected: bool
) -> None:
    assert server(a_pod(started=started)).started is expected


@pytest.mark.parametrize(
    ("ready", "pod_is_ready", "since"),
    [(False, False, NOW), (True, True, None), (True, False, None)],
    ids=["its probe fails", "serving", "its node does not answer"],
)
def test_a_server_is_unready_since_its_own_probe_fails(
    ready: bool, pod_is_ready: bool, since: datetime | None
) -> None:
    pod = a_pod(started=True, ready=ready, pod_is_ready=pod_is_ready)

    assert server(pod).unready_since == since


def test_without_a_pod_no_server_has_started() -> None:
    assert not server().started


@pytest.mark.parametrize(
    ("name", "program", "reason", "words"),
    [
        ("mysqld", "/bin/bash", "ImageNotMySQL", "spec.image: web:1 is not an image of MySQL"),
        ("check", "mysql-operator", "AgentImageWrong", "web:1 is not an image of the operator"),
        ("backup", "mysql-operator", "AgentImageWrong", "web:1 is not an image of the operator"),
    ],
)
def test_a_job_whose_image_lacks_its_program_says_which_image_is_wrong(
    name: str, program: str, reason: str, words: str
) -> None:
    message = f'exec: "{program}": executable file not found in $PATH'
    ended = ContainerStateTerminated(128, reason="StartError", message=message)
    container = ContainerStatus(
        image="web:1", imageID="", name=name, ready=False, restartCount=0,
        state=ContainerState(terminated=ended),
    )  # fmt: skip
    owner = OwnerReference("batch/v1", "Job", "j", "1")
    is_first = name == "mysqld"
    pod = Pod(
        metadata=ObjectMeta(ownerReferences=[owner], creationTimestamp=NOW),
        status=PodStatus(
            phase="Failed",
            initContainerStatuses=[container] if is_first else [],
            containerStatuses=[] if is_first else [container],
        ),
    )
    job = Job(metadata=ObjectMeta(name="j", uid="1", creationTimestamp=NOW))

    read = reading.job_from(replace(NOTHING, jobs={"j": job}, pods=[pod]), "j")

    assert read is not None
    assert read.receipt["reason"] == reason
    assert f"{words}: it has no {program}" in read.receipt["message"]


def test_the_deployment_says_what_was_checked_and_what_the_server_asks_of_a_node() -> None:
    read = server(**{names.SERVER_DIGEST: "abc"})

    assert (read.digest, read.requests) == ("abc", {"cpu": "2", "memory": "1Gi"})
    assert server().digest == ""
