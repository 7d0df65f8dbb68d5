"""What keeps pods from running, with what no status of a pod has: why a volume is not mounted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lightkube.resources.core_v1 import Pod

from mysql_operator.adapters.kube import Kube
from mysql_operator.names import Key
from mysql_operator.reconcile.facts import reading, troubles
from mysql_operator.reconcile.facts.observations import Trouble


async def trouble_of(kube: Kube, key: Key, pods: Iterable[Pod], now: datetime) -> Trouble | None:
    """What keeps the first of the pods that is in trouble from running.

    The API server is asked only where one waits for its volumes for long.
    """
    pods = tuple(pods)
    trouble = troubles.of_pods(pods, now)
    if trouble is not None:
        return trouble
    for pod in pods:
        if not troubles.waits_for_volumes(pod, now):
            continue
        said = await kube.warnings(key, "Pod", reading.meta(pod).name or "")
        trouble = troubles.of_mounts(pod, said, now)
        if trouble is not None:
            return trouble
    return None
