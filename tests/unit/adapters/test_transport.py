"""Requests of httpx2 over aiohttp's connections, and what both call an error, on real sockets."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
import pytest
from aiohttp import web

from mysql_operator.adapters.transport import CONNECTIONS, Transport

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def a_client_of(answer: Answering) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a server that answers everything so."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    transport = Transport(verify=ssl.create_default_context())
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with httpx2.AsyncClient(transport=transport, base_url=address) as client:
        yield client
    await runner.cleanup()


async def test_a_request_arrives_as_it_was_made() -> None:
    heard: list[tuple[str, str, bytes, list[str]]] = []

    async def note(request: web.Request) -> web.Response:
        agents = request.headers.getall("User-Agent")
        heard.append((request.method, request.raw_path, await request.read(), agents))
        return web.json_response({"type": request.headers["Content-Type"]}, status=201)

    async with a_client_of(note) as client:
        answer = await client.request(
            "PATCH",
            "/api/v1/pods/a%2Fb?labelSelector=a%3Db%2Cc",
            content=b"{}",
            headers={"Content-Type": "application/merge-patch+json", "User-Agent": "operator"},
        )

    assert (answer.status_code, answer.json()) == (201, {"type": "application/merge-patch+json"})
    path = "/api/v1/pods/a%2Fb?labelSelector=a%3Db%2Cc"
    assert heard == [("PATCH", path, b"{}", ["operator"])]


async def test_an_answer_may_be_compressed_and_is_not_followed_elsewhere() -> None:
    async def packed(request: web.Request) -> web.Response:
        headers = {"Content-Encoding": "gzip", "Location": "/elsewhere"}
        return web.Response(status=302, body=gzip.compress(b"packed"), headers=headers)

    async with a_client_of(packed) as client:
        answer = await client.get("/")

    assert (answer.status_code, answer.text) == (302, "packed")


async def test_parts_of_an_answer_come_as_they_are_sent_and_its_end_can_be_left_out() -> None:
    left = asyncio.Event()

    async def watched(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"first\n")
        try:
            await asyncio.Event().wait()
        finally:
            left.set()
        return answer

    async with asyncio.timeout(20), a_client_of(watched) as client:
        async with client.stream("GET", "/", timeout=httpx2.Timeout(5.0, read=None)) as answer:
            parts = answer.aiter_bytes()
            assert await anext(parts) == b"first\n"
    async with asyncio.timeout(20):
        await left.wait()


async def test_watches_take_no_connection_from_other_requests() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if "watch" not in request.query:
            return web.Response(text="answered")
        watched = web.StreamResponse()
        await watched.prepare(request)
        await watched.write(b"begun\n")
        await asyncio.Event().wait()
        return watched

    async with asyncio.timeout(20), a_client_of(answer) as client, AsyncExitStack() as watches:
        for _ in range(CONNECTIONS + 1):
            limit = httpx2.Timeout(5.0, read=None)
            watch = client.stream("GET", "/?watch=true", timeout=limit)
            await watches.enter_async_context(watch)

        assert (await client.get("/")).text == "answered"


async def test_a_connection_that_breaks_off_within_an_answer_is_an_error() -> None:
    async def torn(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "100"})
        await answer.prepare(request)
        await answer.write(b"some")
        assert request.transport is not None
        request.transport.abort()
        return answer

    async with a_client_of(torn) as client:
        with pytest.raises(httpx2.TransportError):
            await client.get("/")


async def test_a_server_that_says_nothing_is_given_up() -> None:
    async def silent(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with a_client_of(silent) as client:
        with pytest.raises(httpx2.ReadTimeout):
            await client.get("/", timeout=0.05)


async def test_nobody_at_the_other_end_is_no_connection() -> None:
    transport = Transport(verify=ssl.create_default_context())

    async with httpx2.AsyncClient(transport=transport) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("http://127.0.0.1:1/")
