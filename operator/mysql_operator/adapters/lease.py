"""Which of several operator processes may work: the one that holds the Lease.

Kubernetes' own leader election, as client-go does it: another's Lease counts as given up when it
has not changed for its whole duration by *our* clock, so clocks that differ do no harm. A process
that cannot renew ends its work before the others may begin theirs.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from datetime import UTC, datetime

import httpx2
from lightkube import ApiError, AsyncClient
from lightkube.models.coordination_v1 import LeaseSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.coordination_v1 import Lease

from mysql_operator import names

logger = logging.getLogger(__name__)

DURATION_SECONDS = 60
RENEW_SECONDS = 5.0
TRY_SECONDS = 10.0
GIVE_UP_SECONDS = 20.0
"""How long renewing may fail. With one more try, and with the time that helm gets to end, it is
below the duration: two operators never work at once."""


class Leadership:
    """Our part in the election for one Lease."""

    def __init__(self, client: AsyncClient, namespace: str, identity: str) -> None:
        """Stand for election under the name `identity`, which no other process may bear."""
        self._client = client
        self._namespace = namespace
        self._identity = identity
        self._seen_version = ""
        self._seen_at = 0.0
        self._renewed_at = -math.inf

    async def gain(self) -> None:
        """Wait until we hold the Lease."""
        told = False
        while not await self._try():
            if not told:
                logger.info("another operator holds the lease; waiting")
                told = True
            await asyncio.sleep(RENEW_SECONDS)
        logger.info("%s holds the lease", self._identity)

    @property
    def is_held(self) -> bool:
        """Whether nobody else can have taken the Lease by now.

        Asked before each action: a process that was stopped for a while, or its whole node, does
        not know that yet when it goes on.
        """
        return time.monotonic() - self._renewed_at < GIVE_UP_SECONDS + TRY_SECONDS

    async def keep(self) -> None:
        """Renew the Lease; return when it is lost."""
        while time.monotonic() - self._renewed_at < GIVE_UP_SECONDS:
            await asyncio.sleep(RENEW_SECONDS)
            await self._try()
        logger.error("the lease could not be renewed for %s s", GIVE_UP_SECONDS)

    async def give_up(self) -> None:
        """Let another operator begin at once."""
        lease = await self._read()
        if lease is not None and lease.spec and lease.spec.holderIdentity == self._identity:
            lease.spec.holderIdentity = ""
            await self._write(lease)

    async def _try(self) -> bool:
        """Take or renew the Lease if it is ours or nobody's. Any failure is a no."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(TRY_SECONDS):
                is_ours = await self._take()
        except (ApiError, httpx2.HTTPError, TimeoutError) as error:
            logger.warning("lease: %s", type(error).__name__)
            return False
        if is_ours:
            self._renewed_at = began
        return is_ours

    async def _take(self) -> bool:
        lease = await self._read()
        if lease is None:
            await self._client.create(self._made())
            return True
        if not self._is_ours_to_take(lease):
            self._renewed_at = -math.inf  # another one works by now: there is nothing to wait for
            return False
        return await self._write(self._renewed(lease))

    def _is_ours_to_take(self, lease: Lease) -> bool:
        version = (lease.metadata.resourceVersion if lease.metadata else None) or ""
        if version != self._seen_version:
            self._seen_version, self._seen_at = version, time.monotonic()
        holder = lease.spec.holderIdentity if lease.spec else None
        is_stale = time.monotonic() - self._seen_at > DURATION_SECONDS
        return not holder or holder == self._identity or is_stale

    async def _read(self) -> Lease | None:
        try:
            return await self._client.get(Lease, names.OPERATOR, namespace=self._namespace)
        except ApiError as error:
            if error.status.code == 404:
                return None
            raise

    async def _write(self, lease: Lease) -> bool:
        """Replace the version that was read; False where somebody was quicker."""
        try:
            await self._client.replace(lease)
        except ApiError as error:
            if error.status.code == 409:
                return False
            raise
        return True

    def _made(self) -> Lease:
        metadata = ObjectMeta(name=names.OPERATOR, namespace=self._namespace)
        return self._renewed(Lease(metadata=metadata))

    def _renewed(self, lease: Lease) -> Lease:
        now = datetime.now(UTC)
        is_new_holder = lease.spec is None or lease.spec.holderIdentity != self._identity
        lease.spec = LeaseSpec(
            holderIdentity=self._identity,
            leaseDurationSeconds=DURATION_SECONDS,
            acquireTime=now if is_new_holder or lease.spec is None else lease.spec.acquireTime,
            renewTime=now,
        )
        return lease
