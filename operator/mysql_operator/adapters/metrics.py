"""Serves /metrics in Prometheus' format. What is measured is collected elsewhere.

In the event loop, as kopf serves /healthz: whatever is collected is then read between two steps of
the reconciler, never in the middle of one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector, disable_created_metrics
from prometheus_client.aiohttp import make_aiohttp_handler
from prometheus_client.registry import Collector

logger = logging.getLogger(__name__)

PATH = "/metrics"


def registry_of(collectors: Iterable[Collector]) -> CollectorRegistry:
    """Put collectors together, with what the kernel says of this process."""
    # A second series for each counter, of which nobody asks.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    for collector in collectors:
        registry.register(collector)
    return registry


class MetricsServer:
    """The HTTP server of /metrics."""

    def __init__(self, registry: CollectorRegistry, *, port: int) -> None:
        """Serve nothing yet."""
        application = web.Application()
        application.router.add_get(PATH, make_aiohttp_handler(registry))
        self._runner = web.AppRunner(application, access_log=None)
        self._port = port

    async def start(self) -> None:
        """Take connections on all addresses of the pod."""
        await self._runner.setup()
        await web.TCPSite(self._runner, port=self._port).start()
        logger.info("serving %s on port %s", PATH, self._port)

    async def stop(self) -> None:
        """End all connections."""
        await self._runner.cleanup()
