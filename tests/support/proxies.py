"""What stands between the agent and a store: a network with faults, or a store that fails.

The network is toxiproxy, whose API gets JSON. The failing store answers some requests itself and
hands all others on as they are, so that their signatures hold.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.cluster import building
from tests.support.buckets import free_port
from tests.support.waiting import eventually

UP = "upstream"
DOWN = "downstream"


@dataclass(frozen=True)
class Network:
    """The way to a store."""

    address: str
    """HOST:PORT of this end."""
    _api: str

    def slow(self, kibibytes: int) -> None:
        """Let so many KiB a second through, each way."""
        for way in (UP, DOWN):
            self._add("bandwidth", way, rate=kibibytes)

    def silent(self) -> None:
        """Let nothing through, and keep the connections."""
        for way in (UP, DOWN):
            self._add("timeout", way, timeout=0)

    def cut_each_after(self, way: str, size: int) -> None:
        """Cut each connection once it has carried so many bytes."""
        self._add("limit_data", way, bytes=size)

    def heal(self) -> None:
        """Let everything through."""
        _ask(f"{self._api}/reset", {})

    def cut(self) -> None:
        """End all connections, and refuse others."""
        _ask(f"{self._api}/proxies/store", {"enabled": False})

    def _add(self, kind: str, way: str, **attributes: object) -> None:
        toxic = {"type": kind, "stream": way, "attributes": attributes}
        _ask(f"{self._api}/proxies/store/toxics", toxic)


def _ask(address: str, content: dict[str, object]) -> None:
    request = urllib.request.Request(address, json.dumps(content).encode(), method="POST")  # noqa: S310
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310


@contextmanager
def network_to(target: str, folder: Path) -> Iterator[Network]:
    """Lay a way to HOST:PORT."""
    address, port = f"127.0.0.1:{free_port()}", str(free_port())
    given = {"name": "store", "listen": address, "upstream": target, "enabled": True}
    (folder / "proxies.json").write_text(json.dumps([given]))
    program = [str(building.program("toxiproxy")), "-config", str(folder / "proxies.json")]
    with (folder / "toxiproxy.log").open("wb") as log:
        process = subprocess.Popen([*program, "-port", port], stdout=log, stderr=log)
    network = Network(address, f"http://127.0.0.1:{port}")
    try:
        eventually(lambda: _is_up(network), "toxiproxy runs", within=30, every=0.05)
        yield network
    finally:
        process.terminate()
        process.wait(10)


def _is_up(network: Network) -> bool:
    try:
        network.heal()
    except OSError:
        return False
    return True


@dataclass
class Failing:
    """A store that fails as it is asked to."""

    address: str
    fails: Callable[[str, int], bool] = field(default=lambda method, number: False)
    """Whether it fails, by the method of a request and its number."""
    status: int = 500
    requests: int = 0


@contextmanager
def failing_before(target: str) -> Iterator[Failing]:
    """Stand before the store at HOST:PORT."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    failing = Failing(f"127.0.0.1:{server.server_port}")
    server.target, server.failing = target, failing  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield failing
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def _handle(self) -> None:
        failing: Failing = self.server.failing
        failing.requests += 1
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if failing.fails(self.command, failing.requests):
            self._answer(failing.status, [], b"")
            return
        with closing(http.client.HTTPConnection(self.server.target, timeout=60)) as connection:
            connection.request(self.command, self.path, content or None, dict(self.headers))
            answer = connection.getresponse()
            self._answer(answer.status, answer.getheaders(), answer.read())

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle  # noqa: N815 - http.server's names

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        given = {name.lower(): value for name, value in headers}
        given.pop("transfer-encoding", None)
        if self.command != "HEAD":
            given["content-length"] = str(len(content))
        for name, value in given.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
