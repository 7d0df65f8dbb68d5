"""Requests by signed URLs are sent again where that may help, and downloads until they begin."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from mysql_operator.agent.store import signed_requests
from mysql_operator.agent.store.s3_answers import RequestError
from mysql_operator.agent.store.signatures import Signatures
from mysql_operator.agent.store.signed_requests import SignedRequests
from mysql_operator.model.s3_requests import Operation, S3Request
from mysql_operator.model.signing import SignedBy
from tests.unit.adapters.test_certificates import an_authority

WHOLE = S3Request(operation=Operation.READ, key="shop/a.tar.zst")
CONTENT = bytes(range(256)) * 1000


async def download(
    monkeypatch: pytest.MonkeyPatch, folder: Path, *statuses: int
) -> tuple[bytes, int]:
    """What is read of an object, and how often it was asked for."""
    left, asked = list(statuses), 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        status = left.pop(0)
        return web.Response(
            body=CONTENT if status == 200 else b"<Code>SlowDown</Code>", status=status
        )

    application = web.Application()
    application.router.add_get("/{any:.*}", answer)
    async with TestServer(application) as server:

        async def url(*_: object) -> str:
            return f"http://{server.host}:{server.port}/backups/shop/a.tar.zst"

        monkeypatch.setattr(Signatures, "url", url)
        monkeypatch.setattr(signed_requests, "FIRST_PAUSE_SECONDS", 0.0)
        signed_by = SignedBy(url="https://operator:8443", storage="s", ca_bundle=an_authority())
        requests = SignedRequests(signed_by, folder, "")
        try:
            read = b"".join([chunk async for chunk in requests.chunks(WHOLE, 4096)])
        finally:
            await requests.close()
    return read, asked


def test_a_download_begins_again_as_long_as_the_store_is_busy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert asyncio.run(download(monkeypatch, tmp_path, 503, 500, 429, 200)) == (CONTENT, 4)


def test_a_refusal_ends_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="403"):
        asyncio.run(download(monkeypatch, tmp_path, 403, 200))
