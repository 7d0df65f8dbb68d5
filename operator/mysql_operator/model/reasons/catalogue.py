"""Every reason that may stand in a condition, an event, `status.reason` or a Job's last words.

docs/reasons.md is generated from it, and alerts point there. A unit test walks the sources: whoever
gives a reason that is not here, or leaves one here that nobody gives, is told.
"""

from __future__ import annotations

from collections.abc import Iterator

from mysql_operator.model.reasons import (
    data,
    drills,
    pods,
    progress,
    releases,
    runs,
    spec,
    stores,
)
from mysql_operator.model.reasons.entry import Reason

SECTIONS = (
    spec.SPEC,
    spec.SERVER_SPEC,
    pods.PODS,
    pods.SQL,
    data.CLAIMS,
    data.BACKUPS,
    data.SCHEDULES,
    drills.DRILLS,
    data.RESTORES,
    runs.BACKUP_OBJECTS,
    runs.RESTORE_OBJECTS,
    runs.REMOVALS,
    stores.STORES,
    data.JOBS,
    releases.RELEASES,
    releases.CLUSTER,
    releases.HELM,
    releases.OPERATOR,
    progress.FACTS,
    progress.PHASES,
)


def reasons() -> Iterator[Reason]:
    """Go through all reasons, in the order of the page."""
    for section in SECTIONS:
        yield from section.reasons


def that_may_pass() -> frozenset[str]:
    """Name those that often pass without anybody."""
    return frozenset(reason.name for reason in reasons() if reason.may_pass)
