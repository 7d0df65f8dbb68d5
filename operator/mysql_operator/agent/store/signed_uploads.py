"""Writes an object in parts, each by a request of its own that the operator has signed."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from mysql_operator.agent.store import s3_answers
from mysql_operator.agent.store.s3_answers import Upload
from mysql_operator.agent.store.signed_requests import SignedRequests
from mysql_operator.model.s3_requests import Operation, S3Request


class SignedWriter:
    """One upload. It begins with the second part: a small object is put at once."""

    def __init__(self, requests: SignedRequests, key: str, part: int, parts_at_once: int) -> None:
        """Send nothing yet."""
        self._requests = requests
        self._key = key
        self._part = part
        self._slots = asyncio.Semaphore(parts_at_once)
        self._buffer = bytearray()
        self._written = 0
        self._upload_id = ""
        self._sending: list[asyncio.Task[str]] = []

    async def write(self, content: bytes) -> None:
        """Take more of the object."""
        rest = memoryview(content)
        while rest:
            if len(self._buffer) == self._part:
                await self._send_part()
            room = self._part - len(self._buffer)
            self._buffer += rest[:room]
            rest = rest[room:]

    async def close(self) -> None:
        """Complete it: the object is there from then on."""
        if not self._upload_id:
            whole = S3Request(operation=Operation.PUT, key=self._key)
            await self._requests.send(whole, self._buffer)
            return
        await self._send_part()
        tags = await asyncio.gather(*self._sending)
        await self._complete(s3_answers.completion(tags))

    async def __aexit__(self, *_: object) -> None:
        """Abort it."""
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        if self._upload_id:
            upload = Upload(self._key, self._upload_id)
            with suppress(FileNotFoundError):
                await self._requests.send(s3_answers.abortion(upload))

    async def _send_part(self) -> None:
        """Begin to send what is there; wait while enough parts are on their way."""
        if not self._upload_id:
            request = S3Request(operation=Operation.BEGIN_UPLOAD, key=self._key)
            reply = await self._requests.send(request)
            self._upload_id = s3_answers.upload_id(reply.content)
        await self._slots.acquire()
        for task in self._sending:
            if task.done():
                task.result()  # so that an error ends the upload now
        content, self._buffer = self._buffer, bytearray()
        self._written += len(content)
        request = S3Request(
            operation=Operation.PUT_PART,
            key=self._key,
            upload_id=self._upload_id,
            part=len(self._sending) + 1,
        )
        self._sending.append(asyncio.create_task(self._sent(request, content)))

    async def _sent(self, request: S3Request, content: bytearray) -> str:
        try:
            return (await self._requests.send(request, content)).tag
        finally:
            self._slots.release()

    async def _complete(self, body: bytes) -> None:
        request = S3Request(
            operation=Operation.COMPLETE_UPLOAD, key=self._key, upload_id=self._upload_id
        )
        try:
            reply = await self._requests.send(request, body)
            s3_answers.read(reply.content)
        except FileNotFoundError:
            # The answer to an earlier attempt was lost, and that has completed it.
            if await self._size() != self._written:
                raise

    async def _size(self) -> int:
        return (await self._requests.send(S3Request(operation=Operation.LOOK, key=self._key))).size
