"""What the objects have alike for which the operator creates one Job each."""

from __future__ import annotations

import enum
from typing import Any

from mysql_operator.model.annotations import Cel, cel

COMPLETE = "Complete"
"""The condition that is True of a backup that can be restored, and of a restore that is done."""


class RunPhase(enum.StrEnum):
    """One word for `kubectl get`."""

    PENDING = "Pending"
    RUNNING = "Running"
    COMPLETE = "Complete"
    FAILED = "Failed"


def name_rules(limit: int, *, unless: str = "") -> dict[str, Any]:
    """Rules for a name after which a Job is named; the limit counts but where `unless` holds."""
    has_no_job = f"{unless} || " if unless else ""
    return cel(
        Cel(
            f"{has_no_job}self.metadata.name.size() <= {limit}",
            f"metadata.name must have at most {limit} characters: a Job is named after it",
        ),
        Cel(
            "self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
            "metadata.name must hold only lower-case letters, digits and -: a Job is named after "
            "it",
        ),
    )
