"""Why something does not come up by itself: read from pods, claims and their warnings. Pure.

Only what does not pass by itself within seconds counts: a claim that is being provisioned or a pod
that is being pulled is no trouble.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lightkube.models.core_v1 import ContainerStatus
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import Event, PersistentVolumeClaim, Pod

from mysql_operator.reconcile import reading
from mysql_operator.reconcile.observations import RESTORE_MISSING, Trouble

IMAGE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}
BROKEN = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}
UNREADY = ("Ready", "False")
CRASHED = "CrashLoopBackOff"
NOT_BEGUN = "the restore has not begun"
"""What probe.sh says of a server without the row that a restore leaves."""

MESSAGE_LIMIT = 400


def of_pod(pod: Pod) -> Trouble | None:
    """What keeps a pod from running."""
    metadata, status = pod.metadata, pod.status
    if metadata is None or status is None or metadata.deletionTimestamp is not None:
        return None
    since = metadata.creationTimestamp or datetime.min
    for container in [*(status.initContainerStatuses or []), *(status.containerStatuses or [])]:
        found = _of_container(container, metadata.name or "", since)
        if found is not None:
            return found
    for condition in status.conditions or []:
        if condition.type == "PodScheduled" and condition.reason == "Unschedulable":
            message = f"pod {metadata.name} cannot be scheduled: {_cut(condition.message)}"
            return Trouble("Unschedulable", message, condition.lastTransitionTime or since)
    return None


def _of_container(container: ContainerStatus, pod: str, since: datetime) -> Trouble | None:
    waiting = container.state.waiting if container.state else None
    reason = waiting.reason if waiting else None
    message = _cut(waiting.message if waiting else None)
    if reason in IMAGE:
        return Trouble(
            "ImageCannotBePulled",
            f"spec.image: {container.image} cannot be pulled ({_cause(message)}); "
            "correct the name or make the image available",
            since,
        )
    if reason in BROKEN:
        return Trouble("PodCannotStart", f"pod {pod} cannot start: {message}", since)
    if reason == CRASHED:
        return Trouble("CrashLooping", f"pod {pod}: {_last_words(container)}", since)
    return None


def _cause(message: str) -> str:
    """Why a pull failed. The kubelet tells it now with and now without that it has paused."""
    return message.rpartition("ErrImagePull: ")[2]


def _last_words(container: ContainerStatus) -> str:
    """What a container that keeps ending said at its end."""
    ended = container.lastState.terminated if container.lastState else None
    if ended is None:
        return f"container {container.name} keeps ending"
    told = reading.result_in(ended.message).get("message") or ended.message
    said = _cut(told) or (ended.reason or "")
    return (
        f"container {container.name} keeps ending with exit code {ended.exitCode}: {said}; "
        f"see kubectl logs {container.name}"
    )


def of_deployment(deployment: Deployment) -> Trouble | None:
    """What keeps its pod from being made: a quota, a limit range or an admission policy."""
    for condition in (deployment.status.conditions or []) if deployment.status else []:
        if condition.type == "ReplicaFailure" and condition.status == "True":
            message = f"the server's pod cannot be made: {_cut(condition.message)}"
            return Trouble("PodCannotBeMade", message, condition.lastTransitionTime or datetime.min)
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
    newest = max(own, key=lambda event: event.lastTimestamp or _epoch(metadata))
    message = (
        f"the pod of job/{metadata.name} cannot be created: {_cut(newest.message)}; let the "
        "namespace's quota, limit range or policy allow it. A Job asks for what "
        "spec.resources.requests asks for, up to 500m of CPU and 512Mi of memory"
    )
    return Trouble("JobPodCannotBeCreated", message, metadata.creationTimestamp or datetime.min)


def not_ready_since(pod: Pod) -> datetime | None:
    """When a pod that is to stay became unready; None for one that is ready or ends."""
    if pod.metadata is None or pod.metadata.deletionTimestamp is not None or pod.status is None:
        return None
    unready = (it for it in pod.status.conditions or [] if (it.type, it.status) == UNREADY)
    return next((condition.lastTransitionTime for condition in unready), None)


def of_probes(pod: Pod, since: datetime, warnings: Iterable[Event]) -> Trouble | None:
    """What a server says that runs and has not been ready since then, by its probes."""
    unhealthy = [it for it in warnings if it.reason == "Unhealthy"]
    told = [(at, it.message) for it in unhealthy if (at := it.lastTimestamp) and at >= since]
    if not told or pod.metadata is None:
        return None
    said = _cut(max(told)[1])
    reason = RESTORE_MISSING if NOT_BEGUN in said else "NotReady"
    return Trouble(reason, f"pod {pod.metadata.name} runs, but is not ready: {said}", since)


def of_claim(claim: PersistentVolumeClaim, warnings: Iterable[Event]) -> Trouble | None:
    """What keeps a claim that is not bound from being so, from the newest warning about it."""
    metadata = claim.metadata
    if metadata is None:
        return None
    told = sorted(warnings, key=lambda event: event.lastTimestamp or _epoch(metadata))
    if not told:
        return None
    message = (
        f"claim {metadata.name} cannot be bound: {_cut(told[-1].message)}; correct the storage "
        "class (delete the object and write it again) or the cluster's provisioner"
    )
    return Trouble("VolumeCannotBeBound", message, metadata.creationTimestamp or datetime.min)


def _epoch(metadata: object) -> datetime:
    return getattr(metadata, "creationTimestamp", None) or datetime.min


def _cut(message: str | None) -> str:
    return " ".join((message or "").split())[:MESSAGE_LIMIT]
