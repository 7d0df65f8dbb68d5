"""Why something does not come up by itself: read from pods, claims and their warnings. Pure.

Only what does not pass by itself within seconds counts: a claim that is being provisioned or a pod
that is being pulled is no trouble. A fault keeps its reason while Kubernetes tries again and again:
a container that keeps ending is in trouble between two of its starts too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lightkube.models.core_v1 import (
    ContainerState,
    ContainerStateRunning,
    ContainerStateTerminated,
    ContainerStatus,
)
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import Event, PersistentVolumeClaim, Pod

from mysql_operator import names
from mysql_operator.reconcile.facts import causes, reading
from mysql_operator.reconcile.facts.observations import Trouble

IMAGE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}
BROKEN = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
CRASHED = "CrashLoopBackOff"
RESTORE_MISSING = "RestoreMissing"
"""Reason of a server without the row that a restore leaves: somebody has dropped it."""

NOT_BEGUN = "the restore has not begun"
NOT_COMPLETE = "the restore is not complete"
"""What probe.sh says of a server without the row that a restore leaves, or with another one."""

PROBES_COUNT_AFTER = timedelta(seconds=30)
"""How long a server may be not ready before it is repeated what its probes say."""

PREPARING = ("ContainerCreating", "PodInitializing")
NOT_PREPARED = ("FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox")

MOUNTED_WITHIN = timedelta(seconds=45)
"""How long the volumes of a pod may take."""

TRIED_EVERY = timedelta(seconds=150)
"""A kubelet that cannot mount a volume says so at least this often."""

STEADY_AFTER = timedelta(minutes=1)
"""How long a container has to run before the end of the one before it is forgotten."""

MESSAGE_LIMIT = 400


@dataclass(frozen=True)
class _Pod:
    """What a sentence about a container needs to know of its pod."""

    namespace: str
    name: str
    since: datetime
    is_restarted: bool
    """Whether the kubelet starts its containers again; a Job reports by itself how they ended."""


def of_pods(pods: Iterable[Pod], now: datetime) -> Trouble | None:
    """What keeps the first of the pods that is in trouble from running."""
    found = (of_pod(pod, now) for pod in pods)
    return next((trouble for trouble in found if trouble is not None), None)


def of_pod(pod: Pod, now: datetime) -> Trouble | None:
    """What keeps a pod from running."""
    metadata, status = pod.metadata, pod.status
    if metadata is None or status is None or metadata.deletionTimestamp is not None:
        return None
    about = _Pod(
        namespace=metadata.namespace or "",
        name=metadata.name or "",
        since=reading.not_ready_since(pod) or reading.created(pod),
        is_restarted=pod.spec is None or pod.spec.restartPolicy != "Never",
    )
    for container in [*(status.initContainerStatuses or []), *(status.containerStatuses or [])]:
        found = _of_container(container, about, now)
        if found is not None:
            return found
    return _of_scheduling(pod, about)


def _of_scheduling(pod: Pod, about: _Pod) -> Trouble | None:
    for condition in (pod.status.conditions or []) if pod.status else []:
        if condition.type == "PodScheduled" and condition.reason == "Unschedulable":
            message = f"pod {about.name} cannot be scheduled: {_cut(condition.message)}"
            return Trouble("Unschedulable", message, condition.lastTransitionTime or about.since)
    return None


def _of_container(container: ContainerStatus, pod: _Pod, now: datetime) -> Trouble | None:
    waiting = container.state.waiting if container.state else None
    reason, message = (waiting.reason, _cut(waiting.message)) if waiting else (None, "")
    if reason in IMAGE:
        return _of_pull(container, _cause(message), pod)
    if reason in BROKEN:
        words = (waiting.message if waiting else None) or ""
        cause = causes.of_start(words, container.name, container.image)
        return Trouble(cause.reason, _located(cause, pod), pod.since)
    if not pod.is_restarted or _is_steady(container, now):
        return None
    return _of_ends(container, pod, is_backing_off=reason == CRASHED)


def _of_pull(container: ContainerStatus, cause: str, pod: _Pod) -> Trouble:
    what = f"{causes.image_of(container.name)}: {container.image} cannot be pulled ({cause}); "
    if container.name in names.AGENT_CONTAINERS:
        way_out = (
            "the Jobs of a database need it in its own namespace: set imagePullSecrets or "
            "agent.pullSecrets in the values of the operator's chart, or make the image available"
        )
        return Trouble("AgentImageCannotBePulled", what + way_out, pod.since)
    way_out = "correct the name or make the image available"
    return Trouble("ImageCannotBePulled", what + way_out, pod.since)


def _of_ends(container: ContainerStatus, pod: _Pod, *, is_backing_off: bool) -> Trouble | None:
    """What a container that ended, and may run again by now, left as its last words."""
    ended = _end_in(container.state) or _end_in(container.lastState)
    if ended is None:
        return None
    cause = causes.of_end(ended, container.name, container.image)
    if ended.reason in causes.NEVER_STARTED:
        return Trouble(cause.reason, _located(cause, pod), pod.since)
    if not (is_backing_off or container.restartCount > 1 or cause.is_known):
        return None  # it may have been the node
    command = f"kubectl logs -n {pod.namespace} {pod.name} -c {container.name}"
    previous = " --previous" if _end_in(container.lastState) else ""
    return Trouble(cause.reason, f"{cause.text}. {command}{previous}", pod.since)


def _is_steady(container: ContainerStatus, now: datetime) -> bool:
    """Whether its last end is history: it is ready, as is an init container that ended well, or
    it has run for a while.
    """
    running: ContainerStateRunning | None = container.state.running if container.state else None
    began = running.startedAt if running else None
    return container.ready or (began is not None and now - began >= STEADY_AFTER)


def _end_in(state: ContainerState | None) -> ContainerStateTerminated | None:
    return state.terminated if state else None


def _located(cause: causes.Cause, pod: _Pod) -> str:
    """The cause, with the pod where the spec is not what is wrong."""
    return f"pod {pod.name}: {cause.text}" if cause.reason == causes.CANNOT_START else cause.text


def _cause(message: str) -> str:
    """Why a pull failed. The kubelet tells it now with and now without that it has paused."""
    return message.rpartition("ErrImagePull: ")[2]


def of_deployment(deployment: Deployment) -> Trouble | None:
    """What keeps its pod from being created: a quota, a limit range or an admission policy."""
    for condition in (deployment.status.conditions or []) if deployment.status else []:
        if condition.type == "ReplicaFailure" and condition.status == "True":
            message = f"the server pod cannot be created: {_cut(condition.message)}"
            since = condition.lastTransitionTime or reading.created(deployment)
            return Trouble("PodCannotBeMade", message, since)
    return None


def of_job(job: Job, warnings: Iterable[Event]) -> Trouble | None:
    """What keeps a Job from having a pod: a quota, a limit range or an admission policy."""
    metadata = job.metadata
    if metadata is None:
        return None
    refusals = [it for it in warnings if it.reason == "FailedCreate"]
    own = [it for it in refusals if it.involvedObject.uid == metadata.uid]
    if not own:
        return None
    created = reading.created(job)
    newest = max(own, key=lambda event: event.lastTimestamp or created)
    message = (
        f"the pod of job/{metadata.name} cannot be created: {_cut(newest.message)}; let the "
        "namespace's quota, limit range or policy allow it. A Job asks for what "
        "spec.resources.requests asks for, up to 500m of CPU and 512Mi of memory"
    )
    return Trouble("JobPodCannotBeCreated", message, created)


def of_probes(pod: Pod, since: datetime, warnings: Iterable[Event]) -> Trouble | None:
    """What a server says that runs and has not been ready since then, by its probes."""
    unhealthy = [it for it in warnings if it.reason == "Unhealthy"]
    told = [(at, it.message) for it in unhealthy if (at := it.lastTimestamp) and at >= since]
    if not told or pod.metadata is None:
        return None
    said = _cut(max(told)[1])
    reason = RESTORE_MISSING if NOT_BEGUN in said else "NotReady"
    return Trouble(reason, f"pod {pod.metadata.name} runs, but is not ready: {said}", since)


def waits_for_volumes(pod: Pod, now: datetime) -> bool:
    """Whether none of its containers has begun long after it was scheduled: a kubelet that pulls an
    image looks alike.
    """
    status = pod.status
    if status is None or now - reading.created(pod) < MOUNTED_WITHIN:
        return False
    states = [it.state for it in (status.initContainerStatuses or status.containerStatuses or [])]
    return bool(states) and all(
        state is not None and state.waiting is not None and state.waiting.reason in PREPARING
        for state in states
    )


def of_mounts(pod: Pod, warnings: Iterable[Event], now: datetime) -> Trouble | None:
    """What keeps a pod from its volumes or its network, while the kubelet tries again and again."""
    told = [
        (at, it.message)
        for it in warnings
        if it.reason in NOT_PREPARED and (at := it.lastTimestamp) and now - at < TRIED_EVERY
    ]
    if not told:
        return None
    said = _cut(max(told, key=lambda one: one[0])[1])
    message = (
        f"pod {reading.meta(pod).name} cannot start: {said}; create a Secret or ConfigMap that is "
        "missing; of a volume, see its claim and the node"
    )
    return Trouble("PodCannotStart", message, reading.created(pod))


def is_of_restore(said: Trouble) -> bool:
    """Whether the probes only say that the data is not complete, as they do during a restore."""
    return any(words in said.message for words in (NOT_BEGUN, NOT_COMPLETE))


def of_claim(claim: PersistentVolumeClaim, warnings: Iterable[Event]) -> Trouble | None:
    """What keeps a claim that is not bound from being so, from the newest warning about it."""
    created = reading.created(claim)
    newest = max(warnings, key=lambda event: event.lastTimestamp or created, default=None)
    if newest is None:
        return None
    message = (
        f"claim {reading.meta(claim).name} cannot be bound: {_cut(newest.message)}; correct the "
        "cluster's provisioner or storage class. Of a new database: correct spec.storageClassName, "
        "or spec.backup.storageClassName for the backup claim; both are immutable, so delete the "
        "object and create it again"
    )
    return Trouble("VolumeCannotBeBound", message, created)


def _cut(message: str | None) -> str:
    return " ".join((message or "").split())[:MESSAGE_LIMIT]
