"""The Kubernetes API, as far as the reconciler needs it, in its own words.

Reads return API objects of lightkube or None where there is none; nothing here decides anything.
kopf watches the MySQL objects; helm speaks to the API by itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, TypeVar, cast

import httpx2
from lightkube import ApiError, AsyncClient, KubeConfig
from lightkube.config.client_adapter import AsyncClient as HttpClient
from lightkube.config.client_adapter import ConnectionParams, verify_cluster
from lightkube.config.models import User
from lightkube.core.client import FieldSelector, LabelSelector
from lightkube.core.resource import NamespacedResource
from lightkube.generic_resource import GenericNamespacedResource, create_namespaced_resource
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import (
    ConfigMap,
    Event,
    Namespace,
    PersistentVolumeClaim,
    Pod,
    Secret,
    Service,
)
from lightkube.resources.networking_v1 import NetworkPolicy
from lightkube.types import CascadeType, PatchType

from mysql_operator import names
from mysql_operator.adapters import event_log, following, managed_fields, release_secrets
from mysql_operator.adapters.lease import Leadership
from mysql_operator.adapters.requests import CountedTransport, MetadataOnly, Requests
from mysql_operator.errors import KubeError
from mysql_operator.model import events
from mysql_operator.names import Key

MySQL = create_namespaced_resource(names.GROUP, names.VERSION, names.KIND, names.PLURAL)
Made = ConfigMap | Deployment | NetworkPolicy | PersistentVolumeClaim | Service
MADE: dict[str, type[Made]] = {
    kind.__name__: kind
    for kind in (ConfigMap, Deployment, NetworkPolicy, PersistentVolumeClaim, Service)
}
"""The kinds of the bundled chart, but for those of its hooks."""

HOOKS: dict[str, type[ConfigMap | Job]] = {kind.__name__: kind for kind in (ConfigMap, Job)}
"""The kinds of its hooks."""

OPAQUE = "Opaque"
"""Type of a Secret whose content Kubernetes does not read."""

HELM = "helm"
"""What helm calls itself where it applies on the server's side."""

Found = TypeVar("Found", bound=NamespacedResource)


class Kube:
    """One connection pool to the API server. Every method may raise KubeError."""

    def __init__(self) -> None:
        """Connect as the pod's ServiceAccount, or as KUBECONFIG says."""
        config = KubeConfig.from_env().get()
        assert config is not None  # noqa: S101 - from_env() raises where there is nothing
        self.requests = Requests()
        verify = verify_cluster(config.cluster, config.user or User(), config.abs_file)
        transport = CountedTransport(self.requests, verify=verify)
        metadata = MetadataOnly(self.requests, verify=verify)
        self._client = AsyncClient(config, field_manager=names.FIELD_MANAGER, transport=transport)
        self._metadata = AsyncClient(config, transport=metadata)
        # One pool for both; lightkube's type names the transport of the other, blocking client.
        self._http = HttpClient(config, ConnectionParams(transport=cast("Any", transport)))

    def leadership(self, namespace: str, identity: str) -> Leadership:
        """Stand for election by a Lease in that namespace."""
        return Leadership(self._client, namespace, identity)

    async def follow(self, namespaces: Iterable[str], changed: following.Changed) -> None:
        """Tell of each change of an instance's pods and Deployment; never return."""
        await following.follow(self._client, namespaces, changed)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
        await self._metadata.close()
        await self._http.aclose()

    # The MySQL object itself.

    async def knows_kind(self, namespace: str) -> bool:
        """Whether the API server has the kind MySQL; `*` asks in all namespaces."""
        try:
            async with _translating("kind MySQL"):
                async for _ in self._client.list(MySQL, namespace=namespace, chunk_size=1):
                    break
        except AbsentError:
            return False
        return True

    async def instance(self, key: Key) -> GenericNamespacedResource | None:
        """Read the MySQL object."""
        return await self._get(MySQL, key, key.name)

    async def write_status(self, key: Key, status: dict[str, Any]) -> str:
        """Merge into the status; None removes a field. Return the object's new resourceVersion."""
        async with _translating(f"status of {key}"):
            written = await self._client.patch(
                MySQL.Status,
                key.name,
                {"status": status},
                namespace=key.namespace,
                patch_type=PatchType.MERGE,
            )
        return (written.metadata.resourceVersion if written.metadata else None) or ""

    async def write_finalizers(self, key: Key, version: str, finalizers: list[str]) -> None:
        """Replace the finalizers of the version that was read; another version is a conflict."""
        metadata = {"finalizers": finalizers, "resourceVersion": version}
        async with _translating(f"finalizers of {key}"):
            await self._client.patch(
                MySQL,
                key.name,
                {"metadata": metadata},
                namespace=key.namespace,
                patch_type=PatchType.MERGE,
            )

    async def tell(self, key: Key, uid: str, event: events.Event, now: datetime) -> None:
        """Add an event to the MySQL object, or count one more in the one that is there."""
        name = event_log.name_of(key, uid, event)
        known = await self._get(Event, key, name)
        async with _translating(f"event {name} of {key}"):
            if known is None:
                await self._client.create(event_log.first(key, uid, event, now))
            else:
                await self._client.patch(
                    Event,
                    name,
                    event_log.again(known, event, now),
                    namespace=key.namespace,
                    patch_type=PatchType.MERGE,
                )

    # What the chart and the operator make for it.

    async def namespace_ends(self, namespace: str) -> bool:
        """Whether the namespace is being deleted: nothing can be created in it any more."""
        async with _translating(f"namespace {namespace}"):
            found = await self._client.get(Namespace, namespace)
        return bool(found.status and found.status.phase == "Terminating")

    async def deployment(self, key: Key) -> Deployment | None:
        """Read the server's Deployment."""
        return await self._get(Deployment, key, names.deployment(key.name))

    async def claim(self, key: Key, name: str) -> PersistentVolumeClaim | None:
        """Read a claim."""
        return await self._get(PersistentVolumeClaim, key, name)

    async def jobs(self, key: Key) -> list[Job]:
        """List the hook Jobs of an instance."""
        return await self._list(Job, key)

    async def pods(self, key: Key) -> list[Pod]:
        """List the pods of an instance: the server's and those of the hook Jobs."""
        return await self._list(Pod, key)

    async def warnings(self, key: Key, kind: str, name: str) -> list[Event]:
        """List the warnings that Kubernetes gave about one object."""
        fields: FieldSelector = {
            "involvedObject.kind": kind,
            "involvedObject.name": name,
            "type": "Warning",
        }
        async with _translating(f"events of {kind} {key.namespace}/{name}"):
            return [
                event
                async for event in self._client.list(Event, namespace=key.namespace, fields=fields)
            ]

    async def secret(self, key: Key, name: str) -> Secret | None:
        """Read a Secret."""
        return await self._get(Secret, key, name)

    async def write_secret(
        self, key: Key, name: str, data: dict[str, str], *, type_: str = OPAQUE
    ) -> None:
        """Make a Secret what it should be, and nothing else, whatever it is now.

        NB: no owner reference. A foreground deletion of the object would take the Secret away
        before the final backup has logged in with it.
        """
        wanted = instance_secret(key, name, data, type_)
        async with _translating(f"Secret {key.namespace}/{name}"):
            try:
                await self._client.create(wanted)
            except ApiError as error:
                if error.status.reason != "AlreadyExists":
                    raise
                await self._client.replace(wanted)

    async def delete_claim(self, key: Key, name: str, uid: str, version: str = "") -> None:
        """Delete a claim and with it, where its class says so, the volume; no other than `uid`.

        Given a resourceVersion, not after any change. NB: lightkube's delete() takes no
        preconditions.
        """
        url = f"/api/v1/namespaces/{key.namespace}/persistentvolumeclaims/{name}"
        preconditions = {"uid": uid, "resourceVersion": version}
        body = {"preconditions": {part: value for part, value in preconditions.items() if value}}
        with suppress(AbsentError):
            async with _translating(f"claim {key.namespace}/{name}"):
                answer = await self._http.request("DELETE", url, json=body)
                if answer.is_error:
                    raise ApiError(request=answer.request, response=answer)

    async def refusal_to_grow(self, key: Key, name: str, size: str) -> str | None:
        """Ask the API server whether a claim may grow, and change nothing; None for yes.

        So a class that cannot grow, a quota and a policy are told apart by the server itself, and
        the operator needs no right to read storage classes.
        """
        growth = {"spec": {"resources": {"requests": {"storage": size}}}}
        try:
            async with _translating(f"claim {key.namespace}/{name}"):
                await self._client.patch(
                    PersistentVolumeClaim,
                    name,
                    growth,
                    namespace=key.namespace,
                    patch_type=PatchType.MERGE,
                    dry_run=True,
                )
        except AbsentError:
            return None
        except KubeError as error:
            if not error.lasts:
                raise
            return error.message
        return None

    async def delete_job(self, key: Key, name: str, *, pods_first: bool = False) -> None:
        """Delete a Job and its pods; the Job at once, or when none of its pods runs any more."""
        cascade = CascadeType.FOREGROUND if pods_first else CascadeType.BACKGROUND
        await self._delete(Job, key, name, cascade)

    async def end_job(self, key: Key, name: str) -> None:
        """Let a Job fail now: its pod goes, and the Job stays with what it says of itself."""
        with suppress(AbsentError):
            async with _translating(f"job {key.namespace}/{name}"):
                await self._client.patch(
                    Job, name, {"spec": {"activeDeadlineSeconds": 1}}, namespace=key.namespace
                )

    async def delete_config_map(self, key: Key, name: str) -> None:
        """Delete a ConfigMap."""
        await self._delete(ConfigMap, key, name)

    async def delete_pod(self, key: Key, name: str) -> None:
        """Delete a pod."""
        await self._delete(Pod, key, name)

    async def delete_secret(self, key: Key, name: str) -> None:
        """Delete a Secret."""
        await self._delete(Secret, key, name)

    # helm's releases, which are Secrets.

    async def newest_release(self, key: Key) -> ObjectMeta | None:
        """Read the metadata of the newest revision's Secret."""
        labels: LabelSelector = {"owner": "helm", "name": key.name}
        async with _translating(f"releases of {key}"):
            found = [
                secret.metadata
                async for secret in self._metadata.list(
                    Secret, namespace=key.namespace, labels=labels
                )
            ]
        revisions = [metadata for metadata in found if metadata is not None]
        return max(revisions, key=release_secrets.revision, default=None)

    async def release_content(self, key: Key, secret_name: str) -> release_secrets.Content | None:
        """Read a revision of a release: None of a damaged Secret, empty of one that is gone."""
        found = await self._get(Secret, key, secret_name)
        if found is None:
            return release_secrets.Content(chart="", manifest="")
        return release_secrets.content(found)

    async def delete_damaged_release(self, key: Key, secret_name: str) -> None:
        """Delete a revision that nobody can read; one that can be read by now stays."""
        found = await self._get(Secret, key, secret_name)
        if found is not None and release_secrets.content(found) is None:
            await self._delete(Secret, key, secret_name)

    async def delete_release(self, key: Key, secret_name: str) -> None:
        """Delete one revision."""
        await self._delete(Secret, key, secret_name)

    async def made(self, key: Key, kind: str, name: str) -> dict[str, Any] | None:
        """Read an object that the bundled chart makes."""
        found = await self._get(MADE[kind], key, name)
        return None if found is None else found.to_dict()

    async def hook(self, key: Key, kind: str, name: str) -> ConfigMap | Job | None:
        """Read an object that a hook of the bundled chart would replace."""
        return await self._get(HOOKS[kind], key, name)

    async def give_fields_to_helm(self, key: Key, kind: str, name: str) -> None:
        """Let helm's next apply remove what others have added to the content of an object."""
        found = await self._get(MADE[kind], key, name)
        metadata = found.metadata if found is not None else None
        if metadata is None:
            return
        entries = [entry.to_dict() for entry in metadata.managedFields or []]
        given = managed_fields.given_to(HELM, entries)
        if given is None:
            return
        changes = {"resourceVersion": metadata.resourceVersion, "managedFields": given}
        async with _translating(f"{kind} {key.namespace}/{name}"):
            await self._client.patch(
                MADE[kind],
                name,
                {"metadata": changes},
                namespace=key.namespace,
                patch_type=PatchType.MERGE,
            )

    async def mark_failed(self, key: Key, secret_name: str, why: str) -> None:
        """Rewrite a release that nobody works on as failed, so that helm takes it up again.

        A conflict means that somebody does work on it; then nothing is written.
        """
        found = await self._get(Secret, key, secret_name)
        if found is None:
            return
        release_secrets.mark_failed(found, why)
        async with _translating(f"release {key}"):
            await self._client.replace(found)

    async def _get(self, kind: type[Found], key: Key, name: str) -> Found | None:
        try:
            async with _translating(f"{kind.__name__} {key.namespace}/{name}"):
                return await self._client.get(kind, name, namespace=key.namespace)
        except AbsentError:
            return None

    async def _list(self, kind: type[Found], key: Key) -> list[Found]:
        labels: LabelSelector = {names.INSTANCE: key.name, names.PART_OF: names.OPERATOR}
        async with _translating(f"{kind.__name__}s of {key}"):
            found = self._client.list(kind, namespace=key.namespace, labels=labels)
            return [item async for item in found]

    async def _delete(
        self,
        kind: type[Found],
        key: Key,
        name: str,
        cascade: CascadeType = CascadeType.BACKGROUND,
    ) -> None:
        with suppress(AbsentError):
            async with _translating(f"{kind.__name__} {key.namespace}/{name}"):
                await self._client.delete(kind, name, namespace=key.namespace, cascade=cascade)


def instance_secret(key: Key, name: str, data: dict[str, str], type_: str = OPAQUE) -> Secret:
    """Secret of an instance with that content."""
    metadata = ObjectMeta(
        name=name,
        namespace=key.namespace,
        labels={names.INSTANCE: key.name, names.MANAGED_BY: names.OPERATOR},
        annotations=names.LEFT_BY_ARGO_CD,
    )
    return Secret(metadata=metadata, type=type_, data=release_secrets.encoded(data))


class AbsentError(KubeError):
    """There is no such object."""


@asynccontextmanager
async def _translating(what: str) -> AsyncIterator[None]:
    """Turn what the client raises into KubeError, with a sentence that holds no content."""
    try:
        yield
    except ApiError as error:
        code = error.status.code or 0
        reason = error.status.reason or "ApiError"
        kind = AbsentError if code == 404 else KubeError
        message = f"{what}: {error.status.message or reason}"
        raise kind(reason, message) from error
    except httpx2.HTTPStatusError as error:  # what is no kind of the API's is no Status either
        kind = AbsentError if error.response.status_code == 404 else KubeError
        raise kind("ApiError", f"{what}: HTTP {error.response.status_code}") from error
    except httpx2.HTTPError as error:
        raise KubeError("ApiUnreachable", f"{what}: {type(error).__name__}") from error
