"""What is remembered of each release: its newest revision, and what differs from its manifest.

A revision holds the whole chart and what it makes, far more than can be kept for thousands of
objects. So it is read when it changes, compared with what is live, and dropped; only the results
stay. A live object is compared again when its mark says that it has changed.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field

from lightkube.models.meta_v1 import ObjectMeta

from mysql_operator.adapters.kinds import MADE
from mysql_operator.adapters.kube import Kube
from mysql_operator.adapters.marks import Mark, mark_of_content
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import drifting, reading
from mysql_operator.reconcile.facts.observations import Drift


@dataclass(frozen=True)
class Comparison:
    """What differed in an object, as it was when it was read."""

    mark: Mark
    drift: list[Drift]


@dataclass
class Revision:
    """A release Secret, by its name and resourceVersion."""

    secret: str
    version: str
    is_damaged: bool
    chart: str
    manifest: str
    """Empty once everything in it was compared."""
    made: list[tuple[str, str]] | None = None
    """Kind and name of each object in the manifest; None before that was looked into."""
    compared: dict[tuple[str, str], Comparison] = field(default_factory=dict)


class Revisions:
    """The newest revision of each release."""

    def __init__(self, kube: Kube) -> None:
        """Know none."""
        self._kube = kube
        self._revisions: dict[Key, Revision] = {}
        self._before: dict[Key, tuple[str, str, bool]] = {}

    async def newest(self, key: Key, metadata: ObjectMeta) -> Revision:
        """Give the revision that this Secret holds, which is read only when it has changed."""
        secret, version = metadata.name or "", metadata.resourceVersion or ""
        known = self._revisions.get(key)
        if known is None or (known.secret, known.version) != (secret, version):
            content = await self._kube.release_content(key, secret)
            known = self._revisions[key] = Revision(
                secret=secret,
                version=version,
                is_damaged=content is None,
                chart=content.chart if content else "",
                manifest=content.manifest if content else "",
            )
        return known

    async def is_damaged(self, key: Key, metadata: ObjectMeta) -> bool:
        """Whether an older revision cannot be used, which is read only when it has changed."""
        secret, version = metadata.name or "", metadata.resourceVersion or ""
        known = self._before.get(key)
        if known is None or known[:2] != (secret, version):
            content = await self._kube.release_content(key, secret)
            known = self._before[key] = (secret, version, content is None)
        return known[2]

    def forget(self, key: Key) -> None:
        """Drop what is remembered of an object that is gone."""
        self._revisions.pop(key, None)
        self._before.pop(key, None)

    async def drift(self, found: reading.Found) -> tuple[Drift, ...]:
        """What differs from the manifest of the revision that was read last."""
        key, revision = found.key, self._revisions[found.key]
        if revision.made is None or any(
            self._has_changed(key, revision, it) for it in revision.made
        ):
            await self._compare(key, revision)
        claims = reading.claims_by_name(found)
        differences = [
            drifting.of(drifting.Made(kind, name, {}), claims.get(name))
            if kind in drifting.ONLY_THERE
            else revision.compared[kind, name].drift
            for kind, name in revision.made or ()
        ]
        return tuple(itertools.chain.from_iterable(differences))

    def _has_changed(self, key: Key, revision: Revision, what: tuple[str, str]) -> bool:
        """Whether an object has to be read: claims are compared by their being there alone."""
        kind, name = what
        if kind in drifting.ONLY_THERE:
            return False
        known, mark = revision.compared.get(what), self._kube.mark(key, kind, name)
        return known is None or mark is None or not known.mark.covers(mark)

    async def _compare(self, key: Key, revision: Revision) -> None:
        """Compare what has changed with the manifest, and drop that."""
        manifest = revision.manifest
        if not manifest:
            content = await self._kube.release_content(key, revision.secret)
            manifest = content.manifest if content else ""
        made = [it for it in drifting.objects_of(manifest) if it.kind in MADE]
        revision.made = [(it.kind, it.name) for it in made]
        changed = [it for it in made if self._has_changed(key, revision, (it.kind, it.name))]
        read = await asyncio.gather(*(self._kube.made(key, it.kind, it.name) for it in changed))
        for it, live in zip(changed, read, strict=True):
            mark = mark_of_content(it.kind, live) if live is not None else NOWHERE
            revision.compared[it.kind, it.name] = Comparison(mark, drifting.of(it, live))
        revision.manifest = ""


NOWHERE = Mark(version=0, content="")
"""Mark of an object that is not there: any that comes is another one."""
