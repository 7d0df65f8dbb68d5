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


class Transport(httpx2.AsyncBaseTransport):
    """Connections to one server, as many as there are requests at a time.

    NB: a watch holds its connection, and there is one for each kind and namespace. HTTPS_PROXY is
    not heeded: the API server is reached directly.
    """

    def __init__(self, *, verify: ssl.SSLContext) -> None:
        """Connect to nothing yet. To be called where an event loop runs."""
        connector = aiohttp.TCPConnector(
            ssl=verify, limit=0, keepalive_timeout=IDLE_SECONDS, socket_factory=_socket
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=BY_HTTPX2,
            auto_decompress=False,  # httpx2 does so
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request, and come back with the head of the answer."""
        body = await request.aread()
        with _translated():
            answer = await self._session.request(
                request.method,
                yarl.URL(str(request.url), encoded=True),
                headers=request.headers.multi_items(),
                data=body or None,
                allow_redirects=False,
                timeout=_limits(request.extensions.get("timeout", {})),
            )
        return httpx2.Response(answer.status, headers=answer.raw_headers, stream=_Body(answer))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._session.close()


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
