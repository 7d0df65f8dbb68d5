"""Gathers what one decision rests on, from memory where that can be relied upon.

Nothing is decided here.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.batch_v1 import Job

from mysql_operator import names
from mysql_operator.adapters import kinds, release_secrets
from mysql_operator.adapters.kube import Kube
from mysql_operator.errors import OperatorError, SpecError
from mysql_operator.model.spec import SecretKeyRef
from mysql_operator.names import Key
from mysql_operator.reconcile import checking, desiring, hook_jobs, schedules, servers
from mysql_operator.reconcile.facts import (
    claim_sizes,
    finding_jobs,
    mounting,
    progress,
    purposes,
    reading,
    troubles,
)
from mysql_operator.reconcile.facts.observations import (
    Desired,
    Drift,
    Instance,
    JobState,
    Observed,
    Operation,
    Outcome,
    Release,
    ReleaseDefaults,
    Trouble,
)
from mysql_operator.reconcile.facts.revisions import Revision, Revisions
from mysql_operator.reconcile.steps import Step
from mysql_operator.reconcile.stores import sharing
from mysql_operator.reconcile.stores.storage_refs import StorageRefs
from mysql_operator.render import passwords
from mysql_operator.settings import SecretRefs


class Observer:
    """Reads the cluster for the reconciler."""

    def __init__(self, kube: Kube, site: ReleaseDefaults, storages: StorageRefs) -> None:
        """Remember where to read, and what goes for all releases."""
        self._kube = kube
        self._site = site
        self._storages = storages
        self._revisions = Revisions(kube)

    async def observe(
        self, key: Key, operation: Operation | None, outcome: Outcome | None
    ) -> Observed | None:
        """See everything about one object; None where there is no such object.

        Raises:
            KubeError: the API did not answer; nothing may be concluded then.
        """
        is_asked = await self._kube.ensure_current(key)
        raw = await self._kube.instance(key)
        if raw is None:
            return None
        instance = reading.instance_from(key, raw)
        found = await self._read(key)
        found = replace(found, refused_growth=await self._refused_growth(instance, found))
        observed = Observed(
            now=datetime.now(UTC),
            instance=instance,
            is_asked=is_asked,
            namespace_ends=await self._namespace_ends(instance),
            operation=operation,
            outcome=outcome,
            release=await self._release(key, found.release, is_at_work=operation is not None),
            server=reading.server_from(found),
            data_claim=claim_sizes.claim_from(found, found.data_claim),
            backup_claim=claim_sizes.claim_from(found, found.backup_claim),
            has_credentials=reading.has_credentials(found),
            has_test_pod=reading.has_test_pod(found),
            check_job=reading.job_from(found, names.check_job(key.name)),
            restore_job=reading.job_from(found, names.restore_job(key.name)),
            backup_job=reading.job_from(found, names.backup_job(key.name)),
            password_job=reading.job_from(found, names.password_job(key.name)),
            timetable=reading.timetable_from(key, found.schedule, names.backup_schedule(key.name)),
            scheduled_jobs=reading.scheduled_jobs(found, found.schedule),
            drill_timetable=reading.timetable_from(
                key, found.drills, names.drill_schedule(key.name)
            ),
            drill_jobs=reading.scheduled_jobs(found, found.drills),
            in_place_jobs=reading.jobs_of(found, found.in_place),
            removal_jobs=reading.jobs_of(found, found.removals),
            in_place=progress.of_restore_objects(self._kube.runs(kinds.RESTORES, key)),
        )
        desired, drift = await self._desired(instance, found), await self._drift(observed, found)
        far = await self._progress(observed, found)
        observed = replace(observed, desired=desired, drift=drift, progress=far)
        observed = replace(
            observed,
            schedule_trouble=await self._late(observed, found, found.schedule),
            drill_trouble=await self._late(observed, found, found.drills),
        )
        return await self._with_troubles(observed, found)

    async def taken_hooks(self, key: Key, step: Step) -> tuple[str, ...]:
        """Look what somebody else has under the names of a step's hooks, as kind and name."""
        hooks = hook_jobs.replaced_in(step, key.name)
        read = await asyncio.gather(*(self._kube.hook(key, kind, name) for kind, name in hooks))
        return tuple(
            f"{kind.lower()}/{name}"
            for (kind, name), there in zip(hooks, read, strict=True)
            if there is not None and not reading.is_ours(key, there)
        )

    async def _read(self, key: Key) -> reading.Found:
        name = key.name
        claims = asyncio.gather(
            self._kube.claim(key, names.data_claim(name)),
            self._kube.claim(key, names.backup_claim(name)),
        )
        others = asyncio.gather(
            self._kube.deployment(key),
            self._kube.newest_release(key),
            self._kube.secret(key, names.credentials(name)),
        )
        listed = asyncio.gather(
            self._kube.jobs(key), self._kube.pods(key), self._kube.cron_jobs(key)
        )
        (data, backup), rest, lists = await asyncio.gather(claims, others, listed)
        deployment, release, credentials = rest
        jobs, pods, cron_jobs = lists
        hooks, rest_of_pods = finding_jobs.of_hooks(key, jobs, pods)
        no_hooks = finding_jobs.others(hooks, jobs)
        return reading.Found(
            key,
            deployment,
            data,
            backup,
            hooks,
            rest_of_pods,
            release,
            credentials,
            schedule=finding_jobs.of_schedule(
                filter(purposes.is_scheduled, no_hooks), pods, cron_jobs
            ),
            drills=finding_jobs.of_schedule(filter(purposes.is_drill, no_hooks), pods, cron_jobs),
            in_place=finding_jobs.of_objects(filter(purposes.is_in_place, no_hooks), pods),
            removals=finding_jobs.of_objects(filter(purposes.is_removal, no_hooks), pods),
        )

    async def _refused_growth(self, instance: Instance, found: reading.Found) -> dict[str, str]:
        """Ask the API server, without a change, whether the claims may grow as the spec asks."""
        if instance.deleted is not None:
            return {}
        answers = {
            name: await self._kube.refusal_to_grow(instance.key, name, size)
            for name, size in claim_sizes.growth(instance.spec, found)
        }
        return {name: why for name, why in answers.items() if why is not None}

    async def _namespace_ends(self, instance: Instance) -> bool:
        """Only a deleted object needs to know: its namespace may be what is being deleted."""
        if instance.deleted is None:
            return False
        return await self._kube.namespace_ends(instance.key.namespace)

    async def _release(
        self, key: Key, metadata: ObjectMeta | None, *, is_at_work: bool
    ) -> Release | None:
        if metadata is None:
            return None
        labels = metadata.labels or {}
        is_ours = names.VALUES_DIGEST in labels
        # What our own helm is writing is read once, when it is done.
        is_read = not (is_ours and is_at_work)
        revision = await self._revisions.newest(key, metadata) if is_read else None
        damaged = await self._damaged(key, metadata, revision) if revision is not None else None
        modified = labels.get("modifiedAt", "")
        return Release(
            secret=damaged or metadata.name or "",
            status=labels.get("status", "unknown"),
            revision=release_secrets.revision(metadata),
            values_digest=labels.get(names.VALUES_DIGEST, ""),
            chart_digest=labels.get(names.CHART_DIGEST, ""),
            server_digest=labels.get(names.SERVER_DIGEST, ""),
            holder=reading.holder_of(labels),
            chart=revision.chart if revision and not is_ours else "",
            is_damaged=damaged is not None,
            modified=datetime.fromtimestamp(int(modified), UTC)
            if modified.isdigit()
            else metadata.creationTimestamp or datetime.now(UTC),
        )

    async def _damaged(self, key: Key, newest: ObjectMeta, revision: Revision) -> str | None:
        """Find the Secret of a revision that helm would use, and is not to: None in most cases."""
        if revision.is_damaged:
            return newest.name
        deployed = self._kube.deployed_release(key)
        if deployed is None or deployed.name == newest.name:
            return None
        return deployed.name if await self._revisions.is_damaged(key, deployed) else None

    async def _desired(self, instance: Instance, found: reading.Found) -> Desired | OperatorError:
        try:
            instance = replace(instance, spec=schedules.usable(instance))
            found = await self._storages.added(instance, found)
            live = reading.live_passwords(found)
            if instance.deleted is not None and passwords.can_log_in(live):
                wanted = live  # the user's Secret may be gone already; the copy is what logs in
            else:
                wanted = passwords.secret_data(
                    await self._passwords(instance),
                    live,
                    operator=live.get(names.OPERATOR_PASSWORD_KEY) or secrets.token_urlsafe(24),
                    new=passwords.Versions(root=secrets.token_hex(8), user=secrets.token_hex(8)),
                )
        except SpecError as error:
            return error
        desired = desiring.desired_for(instance, found, wanted, live, self._site)
        if not _may_be_refused(desired, instance, found) or not passwords.can_log_in(live):
            return desired
        # Image and settings first, passwords once these are in force: where the check refuses
        # them, the copy must still hold what the server knows.
        return desiring.desired_for(instance, found, live, live, self._site)

    async def _passwords(self, instance: Instance) -> passwords.Passwords:
        spec, key = instance.spec, instance.key
        root, user = spec.password, spec.user_password
        if spec.password_secret_ref is not None:
            root = await self.password_from(key, spec.password_secret_ref, "passwordSecretRef")
        if spec.user_password_secret_ref is not None:
            ref = spec.user_password_secret_ref
            user = await self.password_from(key, ref, "userPasswordSecretRef")
        if root is None:
            raise SpecError("PasswordMissing", "give one of spec.password, spec.passwordSecretRef")
        return passwords.Passwords(root=root, user=user)

    async def password_from(self, key: Key, ref: SecretKeyRef, field: str) -> str:
        """Read the password that a field of the spec refers to.

        Raises:
            SpecError: the Secret is not there, is not meant for this object, or lacks the key.
        """
        found = await self._kube.secret(key, ref.name)
        if found is None:
            raise SpecError(
                "SecretNotFound", f"spec.{field}: Secret {ref.name} does not exist; create it"
            )
        if self._site.secret_refs is not SecretRefs.ANY:
            sharing.refuse_unshared(key, field, found)
        data = release_secrets.decoded(found.data or {})
        if ref.key not in data:
            raise SpecError(
                "SecretKeyNotFound",
                f"spec.{field}: Secret {ref.name} has no key {ref.key}; add it or correct the key",
            )
        return passwords.checked(data[ref.key], f"key {ref.key} of Secret {ref.name}")

    async def _drift(self, observed: Observed, found: reading.Found) -> tuple[Drift, ...]:
        """What differs from the manifest of a release at rest."""
        release = observed.release
        at_rest = observed.operation is None and observed.instance.deleted is None
        if release is None or release.status != "deployed" or release.chart or not at_rest:
            return ()
        return await self._revisions.drift(found)

    def forget(self, key: Key) -> None:
        """Drop what is remembered of an object that is gone."""
        self._revisions.forget(key)

    async def _progress(self, observed: Observed, found: reading.Found) -> str:
        """How far the restore is that runs."""
        job, server = observed.restore_job, reading.server_pod(found)
        if job is None or server is None or job.state is not JobState.RUNNING:
            return ""
        name = reading.meta(server).name or ""
        told = await self._kube.warnings(observed.instance.key, "Pod", name)
        return progress.of_restore(job.created, told)

    async def _with_troubles(self, observed: Observed, found: reading.Found) -> Observed:
        """What keeps it from getting on, where it is not there yet or helm waits for a hook."""
        if observed.server is not None and observed.server.ready and observed.operation is None:
            return observed
        if hook_jobs.is_at_work(observed.check_job):
            return replace(observed, trouble=await self._of_check(found, observed.now))
        trouble = await self._of_claims(observed, found)
        trouble = trouble or await mounting.trouble_of(
            self._kube, found.key, found.pods, observed.now
        )
        trouble = trouble or await self._of_jobs(found, found.jobs.values())
        if trouble is None and found.deployment is not None:
            trouble = troubles.of_deployment(found.deployment)
        if trouble is not None:
            return replace(observed, trouble=trouble)
        said = await self._said_by_probes(observed, found)
        if said is not None and servers.should_have_started(observed, said.since):
            return replace(observed, trouble=said)
        return replace(observed, hint=said if said and not troubles.is_of_restore(said) else None)

    async def _of_claims(self, observed: Observed, found: reading.Found) -> Trouble | None:
        claims = (
            (observed.data_claim, found.data_claim),
            (observed.backup_claim, found.backup_claim),
        )
        for fact, claim in claims:
            if fact is None or claim is None or fact.bound:
                continue
            name = reading.meta(claim).name or ""
            told = await self._kube.warnings(observed.instance.key, "PersistentVolumeClaim", name)
            trouble = troubles.of_claim(claim, told)
            if trouble is not None:
                return trouble
        return None

    async def _of_check(self, found: reading.Found, now: datetime) -> Trouble | None:
        """What keeps the check from running. The server runs on, or is down for an older reason."""
        job = found.jobs[names.check_job(found.key.name)]
        trouble = await mounting.trouble_of(self._kube, found.key, reading.pods_of(found, job), now)
        trouble = trouble or await self._of_jobs(found, found.jobs.values())
        return trouble and checking.located(trouble)

    async def _late(
        self, observed: Observed, found: reading.Found, schedule: reading.FoundSchedule
    ) -> Trouble | None:
        """What keeps a Job of a schedule from beginning; nobody else waits for it."""
        if all(reading.has_ended(job) for job in schedule.jobs):
            return None
        trouble = await mounting.trouble_of(self._kube, found.key, schedule.pods, observed.now)
        trouble = trouble or await self._of_jobs(found, schedule.jobs)
        if trouble is None or observed.now - trouble.since < troubles.STEADY_AFTER:
            return None
        return trouble

    async def _of_jobs(self, found: reading.Found, jobs: Iterable[Job]) -> Trouble | None:
        """What keeps the pod of a Job from being created; asked only where there is none."""
        for job in reading.jobs_without_a_pod(found, jobs):
            name = reading.meta(job).name or ""
            trouble = troubles.of_job(job, await self._kube.warnings(found.key, "Job", name))
            if trouble is not None:
                return trouble
        return None

    async def _said_by_probes(self, observed: Observed, found: reading.Found) -> Trouble | None:
        """Why a server is not ready, once it has had some time."""
        server = reading.server_pod(found)
        since = reading.not_ready_since(server) if server is not None else None
        if server is None or since is None or observed.now - since < troubles.PROBES_COUNT_AFTER:
            return None
        name = reading.meta(server).name or ""
        told = await self._kube.warnings(observed.instance.key, "Pod", name)
        return troubles.of_probes(server, since, told)


def _may_be_refused(desired: Desired, instance: Instance, found: reading.Found) -> bool:
    """Whether an upgrade would change passwords beside what the check Job looks at."""
    server = reading.server_from(found)
    if server is None or instance.status.restore is None or desired.credentials is None:
        return False
    return server.digest != desired.server_digest
