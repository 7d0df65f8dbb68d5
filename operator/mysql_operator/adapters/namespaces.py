"""Which namespaces are being deleted. Many objects of one namespace ask at the same time."""

from __future__ import annotations

import asyncio

from lightkube import AsyncClient
from lightkube.resources.core_v1 import Namespace

from mysql_operator.adapters.api_errors import translating

COUNTS_SECONDS = 2.0
"""How long an answer counts. Who believes it for that long after it has changed fails to create
something in the namespace, and asks again."""


class Namespaces:
    """What the API server has just said of namespaces."""

    def __init__(self, client: AsyncClient) -> None:
        """Know nothing."""
        self._client = client
        self._ending: dict[str, bool] = {}

    async def is_ending(self, namespace: str) -> bool:
        """Whether the namespace is being deleted: nothing can be created in it any more."""
        if namespace not in self._ending:
            async with translating(f"namespace {namespace}"):
                found = await self._client.get(Namespace, namespace)
            self._ending[namespace] = bool(found.status and found.status.phase == "Terminating")
            forget = self._ending.pop
            asyncio.get_running_loop().call_later(COUNTS_SECONDS, forget, namespace, None)
        return self._ending[namespace]
