"""Whose pods and Deployments change: what kopf, which watches the MySQL objects, does not see.

Only that something changed is told, never what: the reconciler looks for itself. So nothing is lost
by a watch that breaks off or is silently dead; what it would have told is seen at the next resync.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

import httpx2
from lightkube import ApiError, AsyncClient
from lightkube.core.client import LabelSelector
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import Pod

from mysql_operator import names
from mysql_operator.names import Key

logger = logging.getLogger(__name__)

KINDS: tuple[type[Deployment | Pod], ...] = (Deployment, Pod)
ALL_NAMESPACES = "*"
WATCH_SECONDS = 300
RETRY_SECONDS = 5.0

Changed = Callable[[Key], None]


async def follow(client: AsyncClient, namespaces: Iterable[str], changed: Changed) -> None:
    """Call `changed` for each change in these namespaces, none of them meaning all; never return.

    The server selects by our label, so that other people's pods cost nothing.
    """
    wheres = list(namespaces) or [ALL_NAMESPACES]
    async with asyncio.TaskGroup() as group:
        for namespace in wheres:
            for kind in KINDS:
                group.create_task(_follow(client, kind, namespace, changed))


async def _follow(
    client: AsyncClient, kind: type[Deployment | Pod], namespace: str, changed: Changed
) -> None:
    ours: LabelSelector = {names.PART_OF: names.OPERATOR}
    while True:
        try:
            async for _, found in client.watch(
                kind, namespace=namespace, labels=ours, server_timeout=WATCH_SECONDS
            ):
                key = instance_of(found.metadata)
                if key is not None:
                    changed(key)
        except (ApiError, httpx2.HTTPError) as error:
            logger.debug("watch of %ss broke off: %s", kind.__name__, type(error).__name__)
        await asyncio.sleep(RETRY_SECONDS)


def instance_of(metadata: ObjectMeta | None) -> Key | None:
    """The MySQL object that a pod or Deployment of ours was made for."""
    labels = (metadata.labels if metadata else None) or {}
    if metadata is None or names.INSTANCE not in labels:
        return None
    return Key(metadata.namespace or "", labels[names.INSTANCE])
