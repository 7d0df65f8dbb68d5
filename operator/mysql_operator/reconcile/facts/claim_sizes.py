"""The claims of an instance: their facts, and what a release has to ask for in them. Pure.

A claim never shrinks and keeps its class. It grows only where the API server lets it; where not,
the release keeps the size that is there, so that the rest of the spec is followed all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from lightkube.resources.core_v1 import PersistentVolumeClaim
from lightkube.utils.quantity import parse_quantity

from mysql_operator import names
from mysql_operator.errors import OperatorError
from mysql_operator.model.backup_spec import Backup
from mysql_operator.model.spec import MySQLSpec
from mysql_operator.reconcile.facts import reading
from mysql_operator.reconcile.facts.observations import Claim
from mysql_operator.reconcile.facts.reading import Found
from mysql_operator.render import values as rendering


def claim_from(found: Found, claim: PersistentVolumeClaim | None) -> Claim | None:
    """Read a claim as plain facts."""
    if claim is None:
        return None
    metadata = reading.meta(claim)
    return Claim(
        uid=metadata.uid or "",
        created=metadata.creationTimestamp or datetime.min.replace(tzinfo=UTC),
        deleted=metadata.deletionTimestamp,
        bound=claim.status is not None and claim.status.phase == "Bound",
        ours=reading.is_ours(found.key, claim),
        size=_size(claim),
        finalizers=tuple(metadata.finalizers or ()),
        resource_version=metadata.resourceVersion or "",
        may_hold_data=_may_hold_data(claim),
    )


def _may_hold_data(claim: PersistentVolumeClaim) -> bool:
    """Whether there is or was a volume, or a copy of one is to come. In doubt there is."""
    spec, status = claim.spec, claim.status
    if spec is None or status is None or status.phase != "Pending":
        return True
    return bool(spec.volumeName or spec.dataSource or spec.dataSourceRef)


def requested(spec: MySQLSpec) -> tuple[rendering.Claim, rendering.Claim]:
    """Give what the spec asks for: the data claim and the backup claim."""
    backup = spec.backup or Backup()
    return (
        rendering.Claim(spec.storage_size, spec.storage_class_name),
        rendering.Claim(backup.storage_size or spec.storage_size, backup.storage_class_name),
    )


def growth(spec: MySQLSpec, found: Found) -> Iterator[tuple[str, str]]:
    """Give the name and the new size of each claim that is to grow."""
    for wanted, claim in zip(requested(spec), _claims(found), strict=True):
        size = _size(claim)
        if claim is not None and size is not None and _bytes(wanted.size) > _bytes(size):
            yield reading.meta(claim).name or "", wanted.size


def granted(
    found: Found, wanted: rendering.Claim, claim: PersistentVolumeClaim | None
) -> rendering.Claim:
    """Give what is asked for, but for a growth that the API server refuses."""
    size = _size(claim)
    if claim is None or size is None:
        return wanted
    is_refused = reading.meta(claim).name in found.refused_growth
    return rendering.Claim(size, wanted.storage_class) if is_refused else wanted


def to_render(wanted: rendering.Claim, live: PersistentVolumeClaim | None) -> rendering.Claim:
    """Give what helm has to apply: a live claim neither shrinks nor changes its class.

    A class that the cluster chose by default is not asked for either: helm would then own the
    field, and could not roll back to a revision that leaves it out.
    """
    size = _size(live)
    if live is None or live.spec is None or size is None:
        return wanted
    names_class = wanted.storage_class is not None or _was_applied(live, "f:storageClassName")
    return rendering.Claim(
        max(wanted.size, size, key=_bytes), live.spec.storageClassName if names_class else None
    )


def unmet(found: Found) -> OperatorError | None:
    """Say which claim keeps its size, in the API server's words."""
    fields = {
        names.data_claim(found.key.name): "spec.storage_size",
        names.backup_claim(found.key.name): "spec.backup.storageSize (or spec.storage_size)",
    }
    for claim, why in found.refused_growth.items():
        return OperatorError(
            "StorageCannotGrow",
            f"{fields[claim]}: claim {claim} keeps its size, because the API server refuses to "
            f"enlarge it: {why}. The rest of the spec is applied; set the old size again, or let "
            "the storage class or the quota allow it",
        )
    return None


def _claims(found: Found) -> tuple[PersistentVolumeClaim | None, PersistentVolumeClaim | None]:
    return found.data_claim, found.backup_claim


def _size(claim: PersistentVolumeClaim | None) -> str | None:
    """Give the size that a live claim asks for."""
    spec = claim.spec if claim is not None else None
    if spec is None or spec.resources is None:
        return None
    size = (spec.resources.requests or {}).get("storage")
    return None if size is None else str(size)


def _was_applied(live: PersistentVolumeClaim, field: str) -> bool:
    """Whether a manifest has set this field of the spec, now or for an earlier object."""
    entries = reading.meta(live).managedFields or []
    return any(
        entry.operation == "Apply" and field in ((entry.fieldsV1 or {}).get("f:spec") or {})
        for entry in entries
    )


def _bytes(quantity: str) -> Decimal:
    return parse_quantity(quantity) or Decimal(0)
