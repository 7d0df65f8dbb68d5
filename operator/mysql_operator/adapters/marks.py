"""Which state of an object was looked at, so that the same state is not read once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.batch_v1 import CronJob


@dataclass(frozen=True)
class Mark:
    """A state of an object, in short."""

    version: int
    content: str
    """The same for two versions that differ in nothing that a person or helm writes."""

    def covers(self, other: Mark) -> bool:
        """Whether whoever has looked at this state knows the other one: it is older, or the same.

        Older, because what was asked for is often newer than what the watch has brought so far.
        """
        return other.version <= self.version or other.content == self.content


def mark_of(kind: str, metadata: ObjectMeta) -> Mark:
    """Mark the state that an object of that kind is in.

    The version of a Deployment changes with each of its pods, that of a CronJob with its Jobs; what
    is asked of them is counted by their generation, but for labels and annotations.
    """
    version = metadata.resourceVersion or "0"
    content = version
    if kind in (CronJob.__name__, Deployment.__name__):
        texts = (_sorted(metadata.labels), _sorted(metadata.annotations))
        content = repr((metadata.uid, metadata.generation, *texts))
    return Mark(int(version), content)


def mark_of_content(kind: str, whole: Mapping[str, Any]) -> Mark:
    """Mark the state of an object as it was read."""
    return mark_of(kind, cast(ObjectMeta, ObjectMeta.from_dict(whole["metadata"])))


def _sorted(texts: dict[str, str] | None) -> list[tuple[str, str]]:
    return sorted((texts or {}).items())
