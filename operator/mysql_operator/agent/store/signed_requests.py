"""Sends requests whose URLs the operator has signed, again and again where that may help.

What is sent goes straight to the store: the operator sees the names of objects and no content.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple, TypeVar

import aiohttp

from mysql_operator.agent.store import tls
from mysql_operator.agent.store.connections import Connections
from mysql_operator.agent.store.patience import AT_WORK, CONNECT_SECONDS, READING, Patience
from mysql_operator.agent.store.s3_answers import RequestError
from mysql_operator.agent.store.signatures import Signatures
from mysql_operator.model.s3_requests import S3Request
from mysql_operator.model.signing import SignedBy

Result = TypeVar("Result")

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 15.0
PIECE = 256 << 10
_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


class PassingError(RequestError):
    """An error that another attempt may not meet."""


class Reply(NamedTuple):
    """What a store answers."""

    content: bytes
    size: int
    """Bytes of the object, where its head was asked for."""
    tag: str
    """Of the part that was put."""


class SignedRequests:
    """The way to one bucket. Its coroutines belong to one event loop."""

    def __init__(self, signed_by: SignedBy, token_folder: Path, ca_bundle: str) -> None:
        """Send nothing yet.

        Raises:
            ValueError: these are no certificates.
        """
        self._connections = Connections(tls.trusting(ca_bundle))
        self._signatures = Signatures(signed_by, token_folder)

    async def send(
        self,
        request: S3Request,
        body: bytes | bytearray = b"",
        *,
        headers: Mapping[str, str] | None = None,
        patience: Patience = AT_WORK,
    ) -> Reply:
        """Send a request to its end.

        Raises:
            RequestError: the store refused, or did not answer.
            FileNotFoundError: there is no such object, upload or bucket.
            StorageError: the operator signs no such request, or did not answer.
        """

        async def sent() -> Reply:
            limit = aiohttp.ClientTimeout(
                total=patience.request.total_seconds(), sock_connect=CONNECT_SECONDS
            )
            async with self._asked(request, body, headers or {}, limit) as answer:
                size = int(answer.headers.get("Content-Length", "0"))
                return Reply(await answer.read(), size, answer.headers.get("ETag", ""))

        return await _patiently(sent, patience)

    async def chunks(self, request: S3Request, size: int) -> AsyncIterator[bytes]:
        """Read a large object in chunks of at most that size; as send(), but not again once the
        store has answered: the reader of an object reads it from its beginning to its end.
        """
        limit = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_SECONDS, sock_read=READING.silence.total_seconds()
        )
        async with AsyncExitStack() as stack:

            async def opened() -> aiohttp.ClientResponse:
                return await stack.enter_async_context(self._asked(request, b"", {}, limit))

            answer = await _patiently(opened, READING)
            async for chunk in answer.content.iter_chunked(size):
                yield chunk

    async def close(self) -> None:
        """End the connections."""
        await self._signatures.close()
        await self._connections.close()

    @asynccontextmanager
    async def _asked(
        self,
        request: S3Request,
        body: bytes | bytearray,
        headers: Mapping[str, str],
        limit: aiohttp.ClientTimeout,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        url = await self._signatures.url(request)
        try:
            async with self._connections.request(
                request.method,
                url,
                data=_pieces(body),
                headers={**headers, "Content-Length": str(len(body))},
                timeout=limit,
            ) as answer:
                if answer.status not in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):
                    raise await _refusal(answer)
                yield answer
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            said = str(error) or "timed out"
            raise PassingError(f"error sending request: {said}") from error


async def _pieces(body: bytes | bytearray) -> AsyncIterator[memoryview]:
    """Give a body to aiohttp as it can send it: without a copy, and not all of it at once."""
    for start in range(0, len(body), PIECE):
        yield memoryview(body)[start : start + PIECE]


async def _refusal(answer: aiohttp.ClientResponse) -> Exception:
    said = (await answer.content.read(4096)).decode(errors="replace")
    text = f"status code: {answer.status} {answer.reason}: {said}"
    if answer.status == HTTPStatus.NOT_FOUND:
        return FileNotFoundError(text)
    passes = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status in _PASSING
    is_clear = answer.status == HTTPStatus.NOT_IMPLEMENTED
    kind = PassingError if passes and not is_clear else RequestError
    return kind(text, answer.status)


async def _patiently(attempt: Callable[[], Awaitable[Result]], patience: Patience) -> Result:
    """Try again after errors that may pass, with growing pauses, as long as patience lasts."""
    clock = asyncio.get_running_loop().time
    until, pause = clock() + patience.seconds, FIRST_PAUSE_SECONDS
    for left in range(patience.retries, -1, -1):
        try:
            return await attempt()
        except PassingError:
            if not left or clock() + pause > until:
                raise
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
    raise AssertionError  # the last attempt returns or raises
