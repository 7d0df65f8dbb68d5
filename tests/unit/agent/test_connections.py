"""A URL that somebody else has signed is sent letter by letter."""

from __future__ import annotations

import asyncio
import ssl

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from mysql_operator.agent.store.connections import Connections


async def asked(path: str) -> str:
    """Path and query as the server gets them."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=request.raw_path)

    application = web.Application()
    application.router.add_route("*", "/{any:.*}", answer)
    connections = Connections(ssl.create_default_context())
    async with TestServer(application) as server:
        url = f"http://{server.host}:{server.port}{path}"
        async with connections.request("GET", url) as said:
            text = await said.text()
        await connections.close()
    return text


@pytest.mark.parametrize(
    "path",
    [
        "/backups/a%2Fb/c.zst?X-Amz-Signature=00ff",
        "/backups/%7Euser/%41?prefix=a%2Bb%20c%26d%3De&uploads=",
        "/backups/%C3%BC/%F0%9F%98%80?marker=%27%28%29%2A%21",
        "/backups//a/./b?list-type=2&prefix=%2F",
    ],
)
def test_a_url_arrives_as_it_was_signed(path: str) -> None:
    assert asyncio.run(asked(path)) == path


def test_no_redirect_is_followed() -> None:
    async def status() -> int:
        async def elsewhere(request: web.Request) -> web.Response:
            raise web.HTTPFound("/other")

        application = web.Application()
        application.router.add_get("/here", elsewhere)
        connections = Connections(ssl.create_default_context())
        async with TestServer(application) as server:
            url = f"http://{server.host}:{server.port}/here"
            async with connections.request("GET", url) as said:
                code = said.status
            await connections.close()
        return code

    assert asyncio.run(status()) == 302
