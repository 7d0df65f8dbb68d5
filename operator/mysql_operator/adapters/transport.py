"""Carries the requests of httpx2, which lightkube speaks, over the connections of aiohttp.

Nothing but a matter of speed: a request costs 0.5 ms of processor time so, and 1.2 ms over httpx2's
own connections. Errors are raised as httpx2's, so nobody above knows.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import httpx2
import yarl

IDLE_SECONDS = 15.0
"""How long a connection is kept for the next request: far less than the API server keeps it."""

KEEP_ALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)
"""A watch waits for news without a time limit: the kernel notices within half a minute where nobody
is at the other end any more."""

BY_HTTPX2 = frozenset(("Accept", "Accept-Encoding", "Content-Type", "User-Agent"))
"""Headers that httpx2 has set where they are wanted; aiohttp would add its own."""

ERRORS: tuple[tuple[type[Exception], type[httpx2.TransportError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx2.ConnectTimeout),
    (TimeoutError, httpx2.ReadTimeout),
    (aiohttp.ClientConnectorError, httpx2.ConnectError),
    (aiohttp.ClientOSError, httpx2.ReadError),
    (aiohttp.ClientError, httpx2.RemoteProtocolError),
)
"""What either calls an error; the first that fits."""


CONNECTIONS = 12
"""At most, but for watches. Each takes 256 KB: asyncio's buffer for TLS."""

UNLIMITED = 0


class Transport(httpx2.AsyncBaseTransport):
    """Connections to one server.

    NB: a watch holds its connection, and there is one for each kind and namespace: so what may wait
    for an answer without a time limit counts against no other limit either. HTTPS_PROXY is not
    heeded: the API server is reached directly.
    """

    def __init__(self, *, verify: ssl.SSLContext) -> None:
        """Connect to nothing yet. To be called where an event loop runs."""
        self._session = _session(verify, CONNECTIONS)
        self._watching = _session(verify, UNLIMITED)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request, and come back with the head of the answer."""
        body = await request.aread()
        limits = _limits(request.extensions.get("timeout", {}))
        session = self._watching if limits.sock_read is None else self._session
        with _translated():
            answer = await session.request(
                request.method,
                yarl.URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=body or None,
                allow_redirects=False,
                timeout=limits,
            )
        return httpx2.Response(answer.status, headers=answer.raw_headers, stream=_Body(answer))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()
        await self._watching.close()


class _Body(httpx2.AsyncByteStream):
    """The content of an answer, as it arrives."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _translated():
            async for part in self._answer.content.iter_any():
                yield part

    async def aclose(self) -> None:
        self._answer.close()


def _session(verify: ssl.SSLContext, connections: int) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        ssl=verify, limit=connections, keepalive_timeout=IDLE_SECONDS, socket_factory=_socket
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=BY_HTTPX2,
        auto_decompress=False,  # httpx2 does so
    )


def _limits(seconds: dict[str, float | None]) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(
        total=None, sock_connect=seconds.get("connect"), sock_read=seconds.get("read")
    )


def _socket(address: Any) -> socket.socket:
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    for option in KEEP_ALIVE:
        made.setsockopt(*option)
    return made


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientError, TimeoutError) as error:
        kind = next(ours for theirs, ours in ERRORS if isinstance(error, theirs))
        raise kind(str(error)) from error
