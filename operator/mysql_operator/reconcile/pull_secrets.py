"""Hand the pull secrets of the operator's own image on to the namespaces of the databases.

The agent in their Jobs has that image. The registry's passwords may change at any time, so each
helm command that may start a Job is preceded by a look at them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from lightkube.resources.core_v1 import Secret

from mysql_operator import names
from mysql_operator.adapters import release_secrets
from mysql_operator.names import Key

logger = logging.getLogger(__name__)

TYPE = "kubernetes.io/dockerconfigjson"
CONTENT = ".dockerconfigjson"


class Secrets(Protocol):
    """What this needs of the API."""

    async def secret(self, key: Key, name: str) -> Secret | None:
        """Read a Secret."""

    async def write_secret(
        self, key: Key, name: str, data: dict[str, str], *, type_: str = ...
    ) -> None:
        """Make a Secret what it should be."""

    async def delete_secret(self, key: Key, name: str) -> None:
        """Delete a Secret."""


class PullSecrets:
    """The Secrets that the operator's own pod is pulled by."""

    def __init__(self, secrets: Secrets, namespace: str, given: Sequence[str]) -> None:
        """Take the operator's namespace, and the names of Secrets in it: maybe none."""
        self._secrets = secrets
        self._namespace = namespace
        self._given = given

    async def hand_on(self, key: Key) -> None:
        """Make the copy of an instance what the Secrets say now."""
        if not self._given:
            return
        wanted = {CONTENT: merged([await self._read(name) for name in self._given])}
        name = names.agent_registry(key.name)
        there = await self._secrets.secret(key, name)
        if there is None or release_secrets.text(there.data or {}) != wanted:
            await self._secrets.write_secret(key, name, wanted, type_=TYPE)

    async def _read(self, name: str) -> str:
        found = await self._secrets.secret(Key(self._namespace, ""), name)
        if found is None:
            logger.warning("The pull secret %s is not in namespace %s.", name, self._namespace)
            return "{}"
        return release_secrets.text(found.data or {}).get(CONTENT, "{}")

    async def take_back(self, key: Key) -> None:
        """Delete the copy of an instance, but no Secret of somebody else."""
        if not self._given:
            return
        name = names.agent_registry(key.name)
        there = await self._secrets.secret(key, name)
        labels = (there.metadata.labels if there and there.metadata else None) or {}
        if labels.get(names.MANAGED_BY) == names.OPERATOR:
            await self._secrets.delete_secret(key, name)


def merged(configs: Iterable[str]) -> str:
    """Put the registries of several pull secrets into one; of a registry named twice, the last."""
    registries: dict[str, Any] = {}
    for config in configs:
        registries |= json.loads(config).get("auths", {})
    return json.dumps({"auths": registries}, sort_keys=True)
