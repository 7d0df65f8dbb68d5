"""Requests are counted by what Kubernetes calls them, on a real connection."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from mysql_operator.adapters.requests import CountedTransport, Requests
from mysql_operator.adapters.transport import Transport

PODS = "/api/v1/namespaces/team/pods"
OBJECT = "/apis/otus.homework/v1/namespaces/team/mysqls/db"


@asynccontextmanager
async def an_api_server() -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text='{"items": []}')

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def seen(requests: Requests) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(requests)
    return registry


def counted(requests: Requests) -> dict[tuple[str, ...], float]:
    (family, *_) = requests.collect()
    return {
        tuple(sample.labels[label] for label in ("verb", "resource", "code")): sample.value
        for sample in family.samples
        if sample.name.endswith("_total")
    }


@pytest.mark.parametrize(
    ("method", "path", "verb", "resource"),
    [
        ("GET", OBJECT, "get", "mysqls"),
        ("PATCH", f"{OBJECT}/status", "patch", "mysqls"),
        ("GET", "/api/v1/namespaces/team", "get", "namespaces"),
        ("GET", f"{PODS}?labelSelector=a%3Db", "list", "pods"),
        ("GET", f"{PODS}?watch=true&resourceVersion=7", "watch", "pods"),
        ("GET", "/api/v1/pods?limit=1", "list", "pods"),
        ("POST", "/k8s/clusters/c-1/api/v1/namespaces/team/events", "create", "events"),
        ("PUT", "/apis/apps/v1/namespaces/team/deployments/db", "update", "deployments"),
        ("DELETE", f"{PODS}/db-0", "delete", "pods"),
        ("GET", "/version", "get", ""),
    ],
)
def test_a_request_has_the_verb_and_the_resource_that_kubernetes_names(
    method: str, path: str, verb: str, resource: str
) -> None:
    requests = Requests()

    requests.count(method, path.encode(), "200")

    assert counted(requests) == {(verb, resource, "200"): 1}


async def test_each_answer_is_counted_with_its_code() -> None:
    requests = Requests()
    transport = CountedTransport(requests, Transport(verify=ssl.create_default_context()))

    async with an_api_server() as url, httpx2.AsyncClient(transport=transport) as client:
        for _ in range(2):
            answer = await client.get(url + OBJECT)

    assert "items" in answer.json()
    assert counted(requests) == {("get", "mysqls", "200"): 2}


async def test_a_request_without_an_answer_is_counted_too() -> None:
    requests = Requests()
    transport = CountedTransport(requests, Transport(verify=ssl.create_default_context()))

    async with httpx2.AsyncClient(transport=transport) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get(f"http://127.0.0.1:1{PODS}")

    assert counted(requests) == {("list", "pods", "none"): 1}


def test_a_watch_has_an_age_and_of_several_the_oldest_counts() -> None:
    requests = Requests()
    requests.count("GET", b"/api/v1/namespaces/a/pods?watch=true", "200")
    requests.count("GET", b"/api/v1/namespaces/b/pods?watch=true", "200")

    (age, again) = (_age(requests) for _ in range(2))
    requests.count("GET", b"/api/v1/namespaces/b/pods?watch=true", "200")

    assert 0 < age < again < _age(requests)


def test_a_watch_that_is_refused_stays_as_old_as_it_was() -> None:
    requests = Requests()

    requests.count("GET", b"/api/v1/pods?watch=true", "403")

    assert seen(requests).get_sample_value(*_AGE) is None


_AGE = ("mysql_operator_watch_age_seconds", {"resource": "pods"})


def _age(requests: Requests) -> float:
    return seen(requests).get_sample_value(*_AGE) or 0.0
