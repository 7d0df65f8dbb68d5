"""What a Job of an instance was made for, by its labels. Pure."""

from __future__ import annotations

from lightkube.resources.batch_v1 import Job

from mysql_operator import names
from mysql_operator.model.receipts import Trigger


def is_in_place(made: Job) -> bool:
    """Whether a Job restores a backup into the running database, after a safety backup."""
    return _labels(made).get(names.TRIGGER) == Trigger.SAFETY


def is_removal(made: Job) -> bool:
    """Whether a Job removes a backup."""
    return _labels(made).get(names.COMPONENT) == names.REMOVAL


def is_scheduled(made: Job) -> bool:
    """Whether a Job takes a backup on the schedule; be it one that a person made by `kubectl create
    job --from`, under a name of the person's own.
    """
    return _labels(made).get(names.TRIGGER) == Trigger.SCHEDULED


def is_drill(made: Job) -> bool:
    """Whether a Job is a drill; be it one that a person made from the CronJob."""
    return _labels(made).get(names.COMPONENT) == names.DRILL


def _labels(made: Job) -> dict[str, str]:
    return (made.metadata.labels if made.metadata else None) or {}
