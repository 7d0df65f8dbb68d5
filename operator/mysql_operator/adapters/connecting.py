"""The connections to the API server: one pool for all that the operator's own process asks."""

from __future__ import annotations

import httpx2
from lightkube import AsyncClient, KubeConfig
from lightkube.config.client_adapter import AsyncClient as HttpClient
from lightkube.config.client_adapter import ConnectionParams, verify_cluster
from lightkube.config.kubeconfig import SingleConfig
from lightkube.config.models import User

from mysql_operator import names
from mysql_operator.adapters.requests import CountedTransport, Requests
from mysql_operator.adapters.transport import Transport


class Connection:
    """lightkube's client, and the HTTP client below it for what that cannot ask."""

    def __init__(self, config: SingleConfig, transport: httpx2.AsyncBaseTransport) -> None:
        """Send all requests through that transport."""
        self.client = AsyncClient(config, field_manager=names.FIELD_MANAGER, transport=transport)
        # lightkube's type names the transport of the other, blocking client.
        parameters = ConnectionParams(transport=transport)  # type: ignore[arg-type]
        self.http = HttpClient(config, parameters)

    async def close(self) -> None:
        """Close all connections."""
        await self.client.close()
        await self.http.aclose()


def from_environment(requests: Requests) -> Connection:
    """Connect as the pod's ServiceAccount, or as KUBECONFIG says; count the requests."""
    config = KubeConfig.from_env().get()
    assert config is not None  # noqa: S101 - from_env() raises where there is nothing
    verify = verify_cluster(config.cluster, config.user or User(), config.abs_file)
    return Connection(config, CountedTransport(requests, Transport(verify=verify)))
