"""/metrics answers over HTTP, in the format that Prometheus reads."""

from __future__ import annotations

import socket

import httpx2
from prometheus_client import Counter
from prometheus_client.parser import text_string_to_metric_families

from mysql_operator.adapters import metrics


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_prometheus_can_read_what_is_served() -> None:
    looks = Counter("looks", "Looks at the sky.", registry=None)
    looks.inc(3)
    port = free_port()
    server = metrics.MetricsServer(metrics.registry_of([looks]), port=port)

    await server.start()
    async with httpx2.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics")
    await server.stop()

    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    families = {one.name: one for one in text_string_to_metric_families(answer.text)}
    assert [(it.name, it.value) for it in families["looks"].samples] == [("looks_total", 3)]
    assert "process_resident_memory_bytes" in families


async def test_nothing_is_served_after_the_stop() -> None:
    port = free_port()
    server = metrics.MetricsServer(metrics.registry_of([]), port=port)
    await server.start()

    await server.stop()

    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
