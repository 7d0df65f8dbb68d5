"""What a release is to be made from, given the spec and what is live. Pure."""

from __future__ import annotations

from typing import Any

from lightkube.utils.quantity import parse_quantity

from mysql_operator.model.backup_spec import Backup, Restore
from mysql_operator.model.parts import Amount, Amounts, Resources
from mysql_operator.model.release_values import JobRequests
from mysql_operator.reconcile.facts import claim_sizes
from mysql_operator.reconcile.facts.observations import Desired, Instance, ReleaseDefaults
from mysql_operator.reconcile.facts.reading import Found
from mysql_operator.render import digests, passwords
from mysql_operator.render import values as rendering

PASSWORD_JOB_SECONDS = 900
"""Deadline of the Job that changes a password; an upgrade may run it after the restore Job."""

HELM_MARGIN_SECONDS = 300
"""How much longer helm waits than the Jobs that it waits for may take."""


MOST_OF_A_JOB = {"cpu": "500m", "memory": "512Mi"}
"""What the pod of a Job asks for at most: it runs beside the server, on a node that may be full."""


def desired_for(
    instance: Instance,
    found: Found,
    wanted: dict[str, str],
    live: dict[str, str],
    site: ReleaseDefaults,
) -> Desired:
    """Derive the release, given the wanted and the live copy of the passwords.

    The digest is of what is asked for and can be had: what a live claim makes of it is no change of
    the spec, but a growth that the API server refused and now allows is one.
    """
    spec = instance.spec
    versions = passwords.versions(wanted)
    claims = zip(claim_sizes.requested(spec), (found.data_claim, found.backup_claim), strict=True)
    (data, live_data), (backup, live_backup) = (
        (claim_sizes.granted(found, claim, there), there) for claim, there in claims
    )
    asked = rendering.Kept(data, backup, found.storage, found.source_storage)
    kept = rendering.Kept(
        claim_sizes.to_render(data, live_data),
        claim_sizes.to_render(backup, live_backup),
        found.storage,
        found.source_storage,
    )
    values = rendering.values_for(spec, kept, object_uid=instance.uid, versions=versions)
    granted = values
    if asked != kept:
        granted = rendering.values_for(spec, asked, object_uid=instance.uid, versions=versions)
    of_site = site.values_for(instance.key.name)
    return Desired(
        values={
            **values,
            **of_site,
            "jobs": {"requests": requests_of_jobs(spec.resources)},
        },
        values_digest=digests.of_values({**granted, **of_site}),
        chart_digest=site.chart_digest,
        server_digest=values["serverDigest"],
        user_password_version=versions.user,
        credentials=None if wanted == live else wanted,
        timeout_seconds=_helm_timeout_seconds(spec.backup or Backup(), spec.restore or Restore()),
        unmet=claim_sizes.unmet(found),
    )


def _helm_timeout_seconds(backup: Backup, restore: Restore) -> int:
    jobs = max(backup.timeout_seconds, restore.timeout_seconds + PASSWORD_JOB_SECONDS)
    return jobs + HELM_MARGIN_SECONDS


def requests_of_jobs(server: Resources | None) -> dict[str, Any]:
    """Derive what the pod of a Job asks for from what the server asks for.

    A namespace's limit range that the server meets is then met by its Jobs too. No request may be
    above the limit, which the Job shares with the server.
    """
    asked = ((server.requests if server else None) or Amounts()).given()
    limits = ((server.limits if server else None) or Amounts()).given()
    return {
        name: min(
            max(least, min(asked.get(name, least), MOST_OF_A_JOB[name], key=_amount), key=_amount),
            limits.get(name, MOST_OF_A_JOB[name]),
            key=_amount,
        )
        for name, least in JobRequests().model_dump().items()
    }


def _amount(amount: Amount) -> Any:
    return parse_quantity(str(amount))
