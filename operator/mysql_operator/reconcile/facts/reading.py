"""API objects read as plain facts. Pure: what is read here was fetched elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from lightkube.generic_resource import GenericGlobalResource, GenericNamespacedResource
from lightkube.models.core_v1 import PodStatus
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.batch_v1 import CronJob
from lightkube.resources.batch_v1 import Job as KubeJob
from lightkube.resources.core_v1 import PersistentVolumeClaim, Pod, Secret
from pydantic import BaseModel, ValidationError

from mysql_operator import names
from mysql_operator.adapters import release_secrets
from mysql_operator.errors import SpecError
from mysql_operator.model.cluster_storage_spec import ClusterStorageSpec
from mysql_operator.model.spec import MySQLSpec
from mysql_operator.model.status import MySQLStatus
from mysql_operator.model.storage_objects import StorageStatus
from mysql_operator.model.storage_spec import StorageSpec
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import causes, purposes
from mysql_operator.reconcile.facts.observations import Instance, Job, JobState, Server, Timetable

UNREADY = ("Ready", "False")
"""Type and status of a pod's condition."""


@dataclass(frozen=True)
class FoundSchedule:
    """What a schedule has made: nobody waits for its end."""

    cron_jobs: Sequence[CronJob] = ()
    jobs: Sequence[KubeJob] = ()
    pods: Sequence[Pod] = ()


@dataclass(frozen=True)
class FoundRuns:
    """What one kind of objects asks for: restores into the running database, or removals."""

    jobs: Sequence[KubeJob] = ()
    pods: Sequence[Pod] = ()


@dataclass(frozen=True)
class Found:
    """The API objects of an instance, as they were read."""

    key: Key
    deployment: Deployment | None
    data_claim: PersistentVolumeClaim | None
    backup_claim: PersistentVolumeClaim | None
    jobs: dict[str, KubeJob]
    pods: list[Pod]
    release: ObjectMeta | None
    credentials: Secret | None
    schedule: FoundSchedule = FoundSchedule()
    drills: FoundSchedule = FoundSchedule()
    in_place: FoundRuns = FoundRuns()
    removals: FoundRuns = FoundRuns()
    storage: StorageSpec | None = None
    """The object store that takes the backups; none: the backup claim does."""
    source_storage: StorageSpec | None = None
    """That of the backups of another database, which fill this one."""
    refused_growth: Mapping[str, str] = field(default_factory=dict)
    """Why the API server refuses to enlarge a claim, by the claim's name."""


def is_ours(key: Key, made: Any) -> bool:
    """Whether the release of that name, or the operator, has made it."""
    metadata = meta(made)
    labels, annotations = metadata.labels or {}, metadata.annotations or {}
    if annotations.get(names.HELM_RELEASE) == key.name:
        return True
    makers = labels.get(names.PART_OF), labels.get(names.MANAGED_BY)
    return labels.get(names.INSTANCE) == key.name and names.OPERATOR in makers


def has_credentials(found: Found) -> bool:
    """Whether the operator's copy of the passwords is there."""
    return found.credentials is not None and is_ours(found.key, found.credentials)


def live_passwords(found: Found) -> dict[str, str]:
    """What the copy holds, legible or not; empty where there is none.

    Raises:
        SpecError: a Secret of that name is somebody else's.
    """
    if found.credentials is None:
        return {}
    if not has_credentials(found):
        raise SpecError(
            "SecretTaken",
            f"Secret {names.credentials(found.key.name)} exists and was not created by the "
            "operator, which stores its copy of the passwords under that name. Create the MySQL "
            "object under another name; or delete that Secret, if nobody needs it",
        )
    return release_secrets.text(found.credentials.data or {})


def holder_of(labels: dict[str, str]) -> str:
    """Which operator process made a revision; empty where its labels are only a copy."""
    is_copy = labels.get(names.HELD_REVISION) != labels.get("version")
    return "" if is_copy else labels.get(names.HOLDER, "")


def claims_by_name(found: Found) -> dict[str, dict[str, Any] | None]:
    """Claims of a release, by name; None: not there."""
    read = {
        names.data_claim(found.key.name): found.data_claim,
        names.backup_claim(found.key.name): found.backup_claim,
    }
    return {name: None if there is None else there.to_dict() for name, there in read.items()}


def instance_from(key: Key, raw: GenericNamespacedResource) -> Instance:
    """Read a MySQL object.

    Raises:
        SpecError: the stored spec does not fit this operator's model (an older CRD let it in).
    """
    metadata = meta(raw)
    try:
        spec = MySQLSpec.model_validate(raw.get("spec") or {})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SpecError("SpecInvalid", f"{where}: {first['msg']}") from error
    return Instance(
        key=key,
        uid=metadata.uid or "",
        version=metadata.resourceVersion or "",
        generation=metadata.generation or 0,
        created=created(raw),
        deleted=metadata.deletionTimestamp,
        finalizers=tuple(metadata.finalizers or ()),
        annotations=dict(metadata.annotations or {}),
        spec=spec,
        status=status_from(raw),
    )


def storage_from(raw: GenericNamespacedResource) -> StorageSpec:
    """Read a MySQLBackupStorage.

    Raises:
        SpecError: the stored spec does not fit this operator's model.
    """
    try:
        spec = StorageSpec.model_validate(raw.get("spec") or {})
        _ = spec.place
    except ValueError as error:
        name = meta(raw).name
        raise SpecError(
            "StorageInvalid", f"the MySQLBackupStorage {name} cannot be read: {error}"
        ) from error
    return spec


def storage_status(raw: GenericNamespacedResource | GenericGlobalResource) -> StorageStatus:
    """Read the stored status of a storage of either kind; a new one where another version of the
    operator has written it.
    """
    try:
        return StorageStatus.model_validate(raw.get("status") or {})
    except ValidationError:
        return StorageStatus()


def cluster_storage_from(raw: GenericGlobalResource) -> ClusterStorageSpec:
    """Read a ClusterMySQLBackupStorage.

    Raises:
        SpecError: the stored spec does not fit this operator's model.
    """
    try:
        return ClusterStorageSpec.model_validate(raw.get("spec") or {})
    except ValueError as error:
        name = meta(raw).name
        raise SpecError(
            "StorageInvalid", f"the ClusterMySQLBackupStorage {name} cannot be read: {error}"
        ) from error


def status_from(raw: GenericNamespacedResource) -> MySQLStatus:
    """The stored status, but for parts that another version of the operator has written."""
    return readable(MySQLStatus, raw.get("status"))


def readable(model: type[Model], stored: Mapping[str, Any] | None) -> Model:
    """Read what is stored, but for parts that another version of the operator has written.

    Raises:
        ValidationError: a part is missing without which there is no such thing.
    """
    whole = stored or {}
    try:
        return model.model_validate(whole)
    except ValidationError as error:
        unreadable = {problem["loc"][0] for problem in error.errors()}
        known = {part: value for part, value in whole.items() if part not in unreadable}
        return model.model_validate(known)


def server_from(found: Found) -> Server | None:
    """The server's readiness, and what its newest pod says of version and password."""
    if found.deployment is None or not is_ours(found.key, found.deployment):
        return None
    status, pod = found.deployment.status, server_pod(found)
    ready = bool(status and status.readyReplicas) and not meta(found.deployment).deletionTimestamp
    is_rolled_out = bool(
        status
        and status.observedGeneration == meta(found.deployment).generation
        and status.updatedReplicas == status.replicas
    )
    return Server(
        ready=ready and is_rolled_out,
        version=receipt_of(pod, names.INIT_CONTAINER).get("serverVersion") if pod else None,
        started=_has_started(pod),
        unready_since=not_ready_since(pod) if pod and not _is_serving(pod) else None,
        root_password_version=_annotations(pod).get(names.ROOT_PASSWORD_VERSION, ""),
        digest=_annotations(found.deployment).get(names.SERVER_DIGEST, ""),
        requests=_requests_of(found.deployment),
    )


def not_ready_since(pod: Pod) -> datetime | None:
    """When a pod that is to stay became unready; None for one that is ready or ends."""
    if pod.metadata is None or pod.metadata.deletionTimestamp is not None or pod.status is None:
        return None
    unready = (it for it in pod.status.conditions or [] if (it.type, it.status) == UNREADY)
    return next((condition.lastTransitionTime for condition in unready), None)


def _is_serving(pod: Pod) -> bool:
    """Whether the readiness probe passed when the kubelet last told.

    Where the node does not answer any more, the pod is not ready, and its container still is.
    """
    containers = (pod.status.containerStatuses or []) if pod.status else []
    return any(it.name == names.SERVER_CONTAINER and it.ready for it in containers)


def _has_started(pod: Pod | None) -> bool:
    """Whether the startup probe of the server has passed."""
    containers = (pod.status.containerStatuses or []) if pod and pod.status else []
    return any(it.name == names.SERVER_CONTAINER and it.started for it in containers)


def _requests_of(deployment: Deployment) -> dict[str, str]:
    pod = deployment.spec.template.spec if deployment.spec else None
    for container in pod.containers if pod else []:
        if container.name == names.SERVER_CONTAINER and container.resources:
            return {name: str(it) for name, it in (container.resources.requests or {}).items()}
    return {}


def _annotations(made: Pod | Deployment | None) -> dict[str, str]:
    return (meta(made).annotations or {}) if made is not None else {}


def server_pod(found: Found) -> Pod | None:
    """The pod that the server runs in, the newest of them."""
    return max(_server_pods(found), key=created, default=None)


def _server_pods(found: Found) -> list[Pod]:
    name = found.key.name
    return [pod for pod in found.pods if (meta(pod).labels or {}).get(names.POD_LABEL) == name]


def has_test_pod(found: Found) -> bool:
    """Whether `helm test` has left its pod."""
    return any(meta(pod).name == names.test_pod(found.key.name) for pod in found.pods)


def job_from(found: Found, name: str) -> Job | None:
    """A Job and the receipt of its newest pod."""
    job = found.jobs.get(name)
    return None if job is None else _job(found, job)


def scheduled_jobs(found: Found, schedule: FoundSchedule) -> tuple[Job, ...]:
    """Read the Jobs of a schedule, the newest first."""
    jobs = sorted(schedule.jobs, key=created, reverse=True)
    return tuple(_job(found, job) for job in jobs)


def jobs_of(found: Found, runs: FoundRuns) -> tuple[Job, ...]:
    """Read the Jobs that one kind of objects asks for, the newest first."""
    jobs = sorted(runs.jobs, key=created, reverse=True)
    return tuple(_job(found, job) for job in jobs)


def timetable_from(key: Key, schedule: FoundSchedule, name: str) -> Timetable | None:
    """Read the CronJob of a schedule, which has that name."""
    for one in schedule.cron_jobs:
        if meta(one).name == name and is_ours(key, one):
            return Timetable(
                created=created(one),
                last_scheduled=one.status.lastScheduleTime if one.status else None,
            )
    return None


def _job(found: Found, job: KubeJob) -> Job:
    pods = pods_of(found, job)
    return Job(
        name=meta(job).name or "",
        is_scheduled=purposes.is_scheduled(job) or purposes.is_drill(job),
        why_failed=_why_failed(job),
        state=_job_state(job, pods),
        created=created(job),
        deleted=meta(job).deletionTimestamp,
        ended=_ended(job),
        receipt=(receipt_of(pods[-1], None) or _never_started(pods[-1])) if pods else {},
        annotations=dict(meta(job).annotations or {}),
    )


def jobs_without_a_pod(found: Found, jobs: Iterable[KubeJob]) -> list[KubeJob]:
    """List those Jobs that have not ended and have no pod."""
    return [job for job in jobs if _ended(job) is None and not pods_of(found, job)]


def pods_of(found: Found, job: KubeJob) -> list[Pod]:
    """The pods of a Job, the newest last."""
    of_others = (found.schedule, found.drills, found.in_place, found.removals)
    pods = [*found.pods, *(pod for others in of_others for pod in others.pods)]
    return sorted((pod for pod in pods if _belongs_to(pod, job)), key=created)


def _never_started(pod: Pod) -> dict[str, Any]:
    """What a program would have reported that could not be started."""
    status = pod.status or PodStatus()
    # Of a pod that goes on this is a sidecar, which is started again.
    first = status.initContainerStatuses if status.phase == "Failed" else None
    for container in [*(first or []), *(status.containerStatuses or [])]:
        ended = container.state.terminated if container.state else None
        if ended is not None and ended.reason in causes.NEVER_STARTED:
            cause = causes.of_start(ended.message or "", container.name, container.image)
            return {"result": "failed", "reason": cause.reason, "message": cause.text}
    return {}


def has_ended(job: KubeJob) -> bool:
    """Whether Kubernetes says that a Job has ended, well or not."""
    return _ended(job) is not None


def _ended(job: KubeJob) -> datetime | None:
    """When Kubernetes said that the Job has ended, well or not."""
    conditions = (job.status.conditions or []) if job.status else []
    ends = (it for it in conditions if it.type in ("Complete", "Failed") and it.status == "True")
    return next((end.lastTransitionTime for end in ends), None)


def _why_failed(job: KubeJob) -> str:
    conditions = (job.status.conditions or []) if job.status else []
    failed = (it for it in conditions if it.type == "Failed" and it.status == "True")
    return next((it.message or it.reason or "" for it in failed), "")


def _job_state(job: KubeJob, pods: list[Pod]) -> JobState:
    conditions = (job.status.conditions or []) if job.status else []
    true = {condition.type for condition in conditions if condition.status == "True"}
    if "Complete" in true:
        return JobState.SUCCEEDED
    if "Failed" in true:
        return JobState.FAILED
    if any(_has_ended_well(pod) for pod in pods):
        return JobState.SUCCEEDED  # Kubernetes says so of the Job two seconds later
    phases = {pod.status.phase for pod in pods if pod.status}
    return JobState.RUNNING if "Running" in phases else JobState.PENDING


def _has_ended_well(pod: Pod) -> bool:
    containers = (pod.status.containerStatuses or []) if pod.status else []
    ends = [container.state.terminated if container.state else None for container in containers]
    return bool(ends) and all(end is not None and end.exitCode == 0 for end in ends)


def _belongs_to(pod: Pod, job: KubeJob) -> bool:
    owners = meta(pod).ownerReferences or []
    return any(owner.uid == meta(job).uid for owner in owners)


def receipt_of(pod: Pod, init_container: str | None) -> dict[str, Any]:
    """The JSON that a container of the pod left as its termination message; empty for none."""
    status = pod.status
    if status is None:
        return {}
    containers = status.initContainerStatuses if init_container else status.containerStatuses
    for container in containers or []:
        ended = container.state.terminated if container.state else None
        if ended is not None and init_container in (None, container.name):
            return causes.result_in(ended.message)
    return {}


def created(found: Any) -> datetime:
    """When anything that was read was created."""
    at = meta(found).creationTimestamp
    assert at is not None  # noqa: S101 - everything that is stored has it
    return at


Model = TypeVar("Model", bound=BaseModel)


def meta(found: Any) -> ObjectMeta:
    """The metadata of anything that was read."""
    metadata = found.metadata
    assert isinstance(metadata, ObjectMeta)  # noqa: S101 - everything that is stored has metadata
    return metadata
