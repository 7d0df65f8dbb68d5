"""Counts the requests to the API server, on their way through the client's transport.

Given to the clients of adapters/connecting.py. kopf, which watches the MySQL objects too, and helm
have clients of their own, and their requests are not counted here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import httpx2
from prometheus_client import Counter
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

NO_ANSWER = "none"
"""Code of a request that the API server did not answer."""

VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
PATH = re.compile(
    rb"/(?:api/v1|apis/[^/]+/[^/]+)(?:/namespaces/(?P<namespace>[^/?]+))?"
    rb"/(?P<resource>[a-z]+)(?P<name>/[^?]+)?(?:\?(?P<query>.*))?$"
)


class Requests:
    """Requests by verb, resource and code, and the age of each watch; a Prometheus collector."""

    def __init__(self) -> None:
        """Start at zero."""
        self._requests = Counter(
            "mysql_operator_api_requests_total",
            "Requests to the API server, but for those of helm and of kopf.",
            ("verb", "resource", "code"),
            registry=None,
        )
        self._opened: dict[tuple[str, str], float] = {}

    def count(self, method: str, target: bytes, code: str) -> None:
        """Count a request, and note when a watch was opened."""
        match = PATH.search(target)
        resource = match["resource"].decode() if match else ""
        verb = _verb(method, match)
        self._requests.labels(verb, resource, code).inc()
        if match is not None and verb == "watch" and code == "200":
            self._opened[resource, (match["namespace"] or b"").decode()] = time.monotonic()

    def collect(self) -> Iterator[Metric]:
        """Give Prometheus what was counted. Of the watches of a resource, the oldest counts."""
        yield from self._requests.collect()
        ages = GaugeMetricFamily(
            "mysql_operator_watch_age_seconds",
            "Time since the watch of a resource was opened; the API server ends each after 300 s.",
            labels=("resource",),
        )
        opened: dict[str, float] = {}
        for (resource, _), moment in self._opened.items():
            opened[resource] = min(moment, opened.get(resource, moment))
        for resource, moment in opened.items():
            ages.add_metric((resource,), time.monotonic() - moment)
        yield ages


def _verb(method: str, match: re.Match[bytes] | None) -> str:
    """Name the verb as Kubernetes does."""
    if method != "GET" or match is None:
        return VERBS.get(method, method.lower())
    if b"watch=true" in (match["query"] or b""):
        return "watch"
    return "get" if match["name"] else "list"


class CountedTransport(httpx2.AsyncBaseTransport):
    """Sends requests by another transport, and counts them."""

    def __init__(self, requests: Requests, transport: httpx2.AsyncBaseTransport) -> None:
        """Count into `requests`."""
        self._requests = requests
        self._transport = transport

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request; its answer, or that there was none, is counted."""
        code = NO_ANSWER
        try:
            response = await self._transport.handle_async_request(request)
            code = str(response.status_code)
        finally:
            self._requests.count(request.method, request.url.raw_path, code)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()
