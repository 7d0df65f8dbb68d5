"""Offers the API server outside of the node's network namespace.

The socket it listens on was opened outside and is inherited; what it connects to is inside. A
socket belongs for ever to the namespace it was made in, so no packet has to cross.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys

from tests.cluster import addresses

_CHUNK = 1 << 16


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()


async def _pass_through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.closing(writer):
        try:
            inner = await asyncio.open_connection("127.0.0.1", addresses.API_PORT)
        except OSError:
            return  # the API server is starting again; the client sees a closed connection
        with contextlib.closing(inner[1]):
            await asyncio.gather(_copy(reader, inner[1]), _copy(inner[0], writer))


async def _serve(descriptor: int) -> None:
    listener = socket.socket(fileno=descriptor)
    listener.setblocking(False)
    server = await asyncio.start_server(_pass_through, sock=listener)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
