"""The Kubernetes API, as far as the reconciler needs it, in its own words.

Reads return API objects of lightkube or None where there is none; nothing here decides anything.
They come from memory where that can be relied upon (see caches), with the fields of `kinds`.
helm speaks to the API by itself.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from lightkube import ApiError
from lightkube.core.client import FieldSelector
from lightkube.generic_resource import GenericNamespacedResource
from lightkube.models.authentication_v1 import TokenReviewSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.authentication_v1 import TokenReview
from lightkube.resources.batch_v1 import CronJob, Job
from lightkube.resources.core_v1 import (
    ConfigMap,
    Event,
    PersistentVolumeClaim,
    Pod,
    Secret,
)
from lightkube.types import CascadeType, PatchType

from mysql_operator import names
from mysql_operator.adapters import callers, event_log, kinds, managed_fields, release_secrets
from mysql_operator.adapters.api_errors import AbsentError, translating
from mysql_operator.adapters.callers import Caller
from mysql_operator.adapters.custom_objects import CustomObjects
from mysql_operator.adapters.event_log import About
from mysql_operator.adapters.kinds import MySQL
from mysql_operator.adapters.lease import Leadership
from mysql_operator.adapters.marks import Mark, mark_of
from mysql_operator.errors import KubeError
from mysql_operator.model import events, signing
from mysql_operator.names import Key

OPAQUE = "Opaque"
"""Type of a Secret whose content Kubernetes does not read."""

HELM = "helm"
"""What helm calls itself where it applies on the server's side."""


class Kube(CustomObjects):
    """What is read of instances, and written. Every method that is awaited may raise KubeError."""

    def leadership(self, namespace: str, identity: str) -> Leadership:
        """Stand for election by a Lease in that namespace."""
        return Leadership(self._client, namespace, identity)

    # The MySQL object itself.

    async def knows_kind(self, namespace: str) -> bool:
        """Whether the API server has the kind MySQL; `*` asks in all namespaces."""
        try:
            async with translating("kind MySQL"):
                async for _ in self._client.list(MySQL, namespace=namespace, chunk_size=1):
                    break
        except AbsentError:
            return False
        return True

    async def instance(self, key: Key) -> GenericNamespacedResource | None:
        """Read the MySQL object."""
        found: GenericNamespacedResource | None
        found = await self._remembered(kinds.INSTANCES, key, key.name)
        return found

    def knows_instance(self, key: Key, version: int) -> bool:
        """Whether memory has that version of the MySQL object, or a later one."""
        return self._caches.knows(kinds.INSTANCES, key, version)

    async def write_status(self, key: Key, status: dict[str, Any]) -> str:
        """Merge into the status; None removes a field. Return the object's new resourceVersion."""
        async with self._writing(f"status of {key}", key):
            written = await self._client.patch(
                MySQL.Status,
                key.name,
                {"status": status},
                namespace=key.namespace,
                patch_type=PatchType.MERGE,
            )
        return str(self._caches.learn(kinds.INSTANCES, written).version)

    async def write_finalizers(self, key: Key, version: str, finalizers: list[str]) -> None:
        """Replace the finalizers of the version that was read; another version is a conflict."""
        metadata = {"finalizers": finalizers, "resourceVersion": version}
        async with self._writing(f"finalizers of {key}", key):
            written = await self._client.patch(
                MySQL,
                key.name,
                {"metadata": metadata},
                namespace=key.namespace,
                patch_type=PatchType.MERGE,
            )
        if not finalizers and written["metadata"].get("deletionTimestamp"):
            self._caches.learn_end(written)  # nothing holds it any more
        else:
            self._caches.learn(kinds.INSTANCES, written)

    async def record_event(
        self,
        key: Key,
        uid: str,
        event: events.Event,
        now: datetime,
        *,
        kind: names.Resource = names.MYSQL,
    ) -> None:
        """Add an event to an object, or count one more in the one that is there."""
        name = event_log.name_of(key, uid, event)
        async with translating(f"event {name} of {key}"):
            try:
                # Most facts are new, so nobody asks first whether there is such an event.
                await self._client.create(event_log.first(About(kind, key, uid), event, now))
            except ApiError as error:
                if error.status.reason != "AlreadyExists":
                    raise
                known = await self._client.get(Event, name, namespace=key.namespace)
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
        return await self._namespaces.is_ending(namespace)

    async def deployment(self, key: Key) -> Deployment | None:
        """Read the server's Deployment."""
        found: Deployment | None
        found = await self._remembered(kinds.DEPLOYMENTS, key, names.deployment(key.name))
        return found

    async def claim(self, key: Key, name: str) -> PersistentVolumeClaim | None:
        """Read a claim."""
        found: PersistentVolumeClaim | None
        found = await self._remembered(kinds.CLAIMS, key, name)
        return found

    async def jobs(self, key: Key) -> list[Job]:
        """List the Jobs of an instance: of hooks, schedules, objects and removals."""
        return self._caches.owned_by(kinds.JOBS, key)

    async def cron_jobs(self, key: Key) -> list[CronJob]:
        """List the CronJobs of an instance: of its backups and its drills."""
        return self._caches.owned_by(kinds.CRON_JOBS, key)

    async def pods(self, key: Key) -> list[Pod]:
        """List the pods of an instance: the server's and those of its Jobs."""
        return self._caches.owned_by(kinds.PODS, key)

    async def warnings(self, key: Key, kind: str, name: str) -> list[Event]:
        """List the warnings that Kubernetes gave about one object."""
        if self._caches.is_current(kinds.WARNINGS, key.namespace):
            about = kinds.involved(kind, key.namespace, name)
            return self._caches.owned_by(kinds.WARNINGS, about)
        fields: FieldSelector = {
            "involvedObject.kind": kind,
            "involvedObject.name": name,
            "type": "Warning",
        }
        async with translating(f"events of {kind} {key.namespace}/{name}"):
            return [
                event
                async for event in self._client.list(Event, namespace=key.namespace, fields=fields)
            ]

    async def secret(self, key: Key, name: str) -> Secret | None:
        """Read a Secret, whose content is remembered until the Secret changes."""
        return await self._remembered_secret(key, name)

    async def secret_for(self, reader: Key, place: Key) -> Secret | None:
        """Read a Secret of another namespace, and wake the reader when it changes."""
        self._caches.read_by(reader, place)
        return await self._remembered_secret(Key(place.namespace, ""), place.name)

    async def pod(self, place: Key) -> Pod | None:
        """Give a pod of ours, from memory where it is there."""
        cached = self._caches.at(kinds.PODS, place)
        return await self._get(Pod, place, place.name) if cached is None else cached.item

    async def caller(self, token: str) -> Caller | None:
        """Ask whose token it is that was made for the signing service; None for nobody's."""
        review = TokenReview(spec=TokenReviewSpec(token=token, audiences=[signing.AUDIENCE]))
        async with translating("review of a token"):
            reviewed = await self._client.create(review)
        return callers.caller_of(reviewed.status)

    async def kept_secret(self, place: Key, data: dict[str, str]) -> Secret:
        """Create a Secret of the operator's own where there is none of that name; the one that is
        there then, as the API server has it.
        """
        wanted = Secret(
            metadata=ObjectMeta(
                name=place.name,
                namespace=place.namespace,
                labels={names.PART_OF: names.OPERATOR, names.MANAGED_BY: names.OPERATOR},
            ),
            type=OPAQUE,
            data=data,
        )
        async with translating(f"Secret {place}"):
            try:
                found = await self._client.create(wanted)
            except ApiError as error:
                if error.status.reason != "AlreadyExists":
                    raise
                found = await self._client.get(Secret, place.name, namespace=place.namespace)
        self._caches.learn(kinds.SECRETS, found.to_dict())
        return self._remember(place, found)

    async def write_secret(
        self, key: Key, name: str, data: dict[str, str], *, type_: str = OPAQUE
    ) -> None:
        """Make a Secret what it should be, and nothing else, whatever it is now.

        NB: no owner reference. A foreground deletion of the object would take the Secret away
        before the final backup has logged in with it.
        """
        wanted = instance_secret(key, name, data, type_)
        async with translating(f"Secret {key.namespace}/{name}"):
            try:
                written = await self._client.create(wanted)
            except ApiError as error:
                if error.status.reason != "AlreadyExists":
                    raise
                written = await self._client.replace(wanted)
        self._caches.learn(kinds.SECRETS, written.to_dict())
        self._remember(Key(key.namespace, name), written)

    async def delete_claim(self, key: Key, name: str, uid: str, version: str = "") -> None:
        """Delete a claim and with it, where its class says so, the volume; no other than `uid`.

        Given a resourceVersion, not after any change. NB: lightkube's delete() takes no
        preconditions.
        """
        url = f"/api/v1/namespaces/{key.namespace}/persistentvolumeclaims/{name}"
        self.doubt(key, kinds.CLAIMS)
        preconditions = {"uid": uid, "resourceVersion": version}
        body = {"preconditions": {part: value for part, value in preconditions.items() if value}}
        with suppress(AbsentError):
            async with translating(f"claim {key.namespace}/{name}"):
                answer = await self._connection.http.request("DELETE", url, json=body)
                if answer.is_error:
                    raise ApiError(request=answer.request, response=answer)

    async def refusal_to_grow(self, key: Key, name: str, size: str) -> str | None:
        """Ask the API server whether a claim may grow, and change nothing; None for yes.

        So a class that cannot grow, a quota and a policy are told apart by the server itself, and
        the operator needs no right to read storage classes.
        """
        growth = {"spec": {"resources": {"requests": {"storage": size}}}}
        try:
            async with translating(f"claim {key.namespace}/{name}"):
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
        self.doubt(key)
        with suppress(AbsentError):
            async with translating(f"job {key.namespace}/{name}"):
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
        self._forget_secret(key, name)
        await self._delete(Secret, key, name)

    # helm's releases, which are Secrets.

    async def newest_release(self, key: Key) -> ObjectMeta | None:
        """Read the metadata of the newest revision's Secret."""
        return max(self._revisions(key), key=release_secrets.revision, default=None)

    def deployed_release(self, key: Key) -> ObjectMeta | None:
        """Give the metadata of the revision from which helm upgrades, from memory."""
        found = [it for it in self._revisions(key) if (it.labels or {}).get("status") == "deployed"]
        return max(found, key=release_secrets.revision, default=None)

    def _revisions(self, key: Key) -> list[ObjectMeta]:
        return [secret.metadata for secret in self._caches.owned_by(kinds.SECRETS, key)]

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
        """Ask for an object that the bundled chart makes."""
        found = await self._get(kinds.MADE[kind], key, name)
        return None if found is None else found.to_dict()

    def mark(self, key: Key, kind: str, name: str) -> Mark | None:
        """Mark the state in which an object of the bundled chart is; None where nothing says."""
        watched = kinds.BY_NAME[kind]
        if not self._caches.is_current(watched, key.namespace):
            return None
        cached = self._caches.at(watched, Key(key.namespace, name))
        return None if cached is None else mark_of(kind, cached.item.metadata)

    async def hook(self, key: Key, kind: str, name: str) -> ConfigMap | Job | None:
        """Read an object that a hook of the bundled chart would replace."""
        return await self._get(kinds.HOOKS[kind], key, name)

    async def give_fields_to_helm(self, key: Key, kind: str, name: str) -> None:
        """Let helm's next apply remove what others have added to the content of an object."""
        found = await self._get(kinds.MADE[kind], key, name)
        metadata = found.metadata if found is not None else None
        if metadata is None:
            return
        entries = [entry.to_dict() for entry in metadata.managedFields or []]
        given = managed_fields.given_to(HELM, entries)
        if given is None:
            return
        changes = {"resourceVersion": metadata.resourceVersion, "managedFields": given}
        self.doubt(key)
        async with translating(f"{kind} {key.namespace}/{name}"):
            await self._client.patch(
                kinds.MADE[kind],
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
        self.doubt(key)
        async with translating(f"release {key}"):
            await self._client.replace(found)


def instance_secret(key: Key, name: str, data: dict[str, str], type_: str = OPAQUE) -> Secret:
    """Secret of an instance with that content."""
    metadata = ObjectMeta(
        name=name,
        namespace=key.namespace,
        labels={names.INSTANCE: key.name, names.MANAGED_BY: names.OPERATOR},
        annotations=names.LEFT_BY_ARGO_CD,
    )
    return Secret(metadata=metadata, type=type_, data=release_secrets.encoded(data))
