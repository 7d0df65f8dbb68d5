"""Connections of aiohttp, which are made in the event loop that uses them."""

from __future__ import annotations

import ssl
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import yarl

_NO_LIMIT = aiohttp.ClientTimeout(total=None)


class Connections:
    """Connections by one TLS context. Its coroutines belong to one event loop."""

    def __init__(self, context: ssl.SSLContext, timeout: aiohttp.ClientTimeout = _NO_LIMIT) -> None:
        """Connect to nothing yet. The timeout is that of requests which give none."""
        self._context = context
        self._timeout = timeout
        self._made: aiohttp.ClientSession | None = None

    def request(
        self, method: str, url: str, **options: Any
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Send a request, with the options of aiohttp, to a URL exactly as it is written.

        aiohttp would quote a str in its own way, and a signature holds for one way only.
        """
        encoded = yarl.URL(url, encoded=True)
        return self._session().request(method, encoded, allow_redirects=False, **options)

    async def close(self) -> None:
        """End them."""
        if self._made is not None:
            await self._made.close()

    def _session(self) -> aiohttp.ClientSession:
        """Make it in the thread of the loop, for which aiohttp looks."""
        if self._made is None:
            connector = aiohttp.TCPConnector(ssl=self._context)
            self._made = aiohttp.ClientSession(
                connector=connector, timeout=self._timeout, auto_decompress=False
            )
        return self._made
