"""How the API server is asked, and what is remembered of its answers: what `kube` is made on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar, cast

from lightkube.core.resource import NamespacedResource
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import Pod, Secret
from lightkube.types import CascadeType

from mysql_operator.adapters import caches, kinds
from mysql_operator.adapters.api_errors import AbsentError, translating
from mysql_operator.adapters.caches import Caches
from mysql_operator.adapters.connecting import Connection
from mysql_operator.adapters.kinds import Watched
from mysql_operator.adapters.namespaces import Namespaces
from mysql_operator.errors import KubeError
from mysql_operator.names import Key

LARGEST_SECRET = 16 * 1024
"""Characters of a Secret whose content is remembered; a larger one is asked for each time."""

TOUCHED: Mapping[type[NamespacedResource], Sequence[Watched]] = {
    Job: (kinds.JOBS, kinds.PODS),
    Pod: (kinds.PODS,),
    Secret: (kinds.SECRETS,),
}
"""What changes where an object of that kind is deleted; of another kind, anything may."""

Found = TypeVar("Found", bound=NamespacedResource)


class Access:
    """A connection, and memory. Every method that is awaited may raise KubeError."""

    def __init__(self, connection: Connection, namespaces: Iterable[str]) -> None:
        """Serve these namespaces, none of them meaning all."""
        self._connection = connection
        self._client = connection.client
        self._caches = Caches(connection.http, namespaces)
        self._namespaces = Namespaces(connection.client)
        self._secrets: dict[Key, Secret] = {}

    async def follow(self, changed: caches.Changed) -> None:
        """Keep memory as the cluster is, and report each instance that changes; never return."""
        await self._caches.follow(changed)

    async def filled(self, seconds: float) -> None:
        """Wait so long at most until everything is remembered."""
        await self._caches.filled(seconds)

    async def ensure_current(self, key: Key) -> bool:
        """Ask for what memory cannot be relied upon for; whether all was asked for just now."""
        async with translating(f"state of {key}"):
            return await self._caches.ensure_current(key)

    def doubt(self, key: Key, *only: Watched) -> None:
        """Rely on nothing that is remembered of an instance: the next look asks for everything.

        With `only`, for everything of these kinds.
        """
        self._caches.doubt(key, *only)

    def forget(self, key: Key) -> None:
        """Drop what was read for an instance that is gone."""
        for place in self._caches.forget(key):
            self._secrets.pop(place, None)

    async def close(self) -> None:
        """Close the connections."""
        await self._connection.close()

    @asynccontextmanager
    async def _writing(self, what: str, key: Key) -> AsyncIterator[None]:
        """Rely on nothing that is remembered where nobody knows what came of a write."""
        try:
            async with translating(what):
                yield
        except KubeError:
            self.doubt(key)
            raise

    async def _get(self, kind: type[Found], key: Key, name: str) -> Found | None:
        try:
            async with translating(f"{kind.__name__} {key.namespace}/{name}"):
                return await self._client.get(kind, name, namespace=key.namespace)
        except AbsentError:
            return None

    async def _remembered(self, watched: Watched, key: Key, name: str) -> Any:
        """Give what memory holds of an object, or what the API server says of it.

        Memory only holds what bears our labels, and somebody may have taken these away.
        """
        cached = self._caches.at(watched, Key(key.namespace, name))
        if cached is not None:
            return cached.item
        if self._caches.is_absent(watched, key, name):
            return None
        found: Any = await self._get(watched.kind, key, name)
        if found is None:
            self._caches.learn_absence(watched, key, name)
            return None
        return watched.item(found.to_dict())

    async def _remembered_secret(self, key: Key, name: str) -> Secret | None:
        """Read a Secret, and wake the instance when it changes."""
        place = Key(key.namespace, name)
        self._caches.read_by(key, place)
        remembered = self._secrets.get(place)
        if self._caches.is_current(kinds.SECRETS, key.namespace):
            cached = self._caches.at(kinds.SECRETS, place)
            if cached is None:
                return None
            if remembered is not None and cached.version <= _version(remembered):
                return remembered
        self._forget_secret(key, name)
        found = await self._get(Secret, key, name)
        return None if found is None else self._remember(place, found)

    def _remember(self, place: Key, secret: Secret) -> Secret:
        """Keep of a Secret what may be needed, but for one that is large."""
        content = kinds.kept(secret.to_dict(), kinds.SECRET_CONTENT)
        kept = cast(Secret, Secret.from_dict(content))
        if sum(map(len, (kept.data or {}).values())) <= LARGEST_SECRET:
            self._secrets[place] = kept
        return kept

    def _forget_secret(self, key: Key, name: str) -> None:
        self._secrets.pop(Key(key.namespace, name), None)

    async def _delete(
        self,
        kind: type[Found],
        key: Key,
        name: str,
        cascade: CascadeType = CascadeType.BACKGROUND,
    ) -> None:
        self.doubt(key, *TOUCHED.get(kind, ()))
        with suppress(AbsentError):
            async with translating(f"{kind.__name__} {key.namespace}/{name}"):
                await self._client.delete(kind, name, namespace=key.namespace, cascade=cascade)


def _version(read: Secret) -> int:
    return int((read.metadata.resourceVersion if read.metadata else None) or 0)
