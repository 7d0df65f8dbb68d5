"""An API server in memory, below the HTTP client: it keeps state, serves watches, and may fail.

Stories say what goes wrong with its watches: that they break, say nothing, are late, or begin too
far back. What it stores is asked for by tests directly, which are no requests.
"""

from __future__ import annotations

import asyncio
import copy
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import httpx2
from lightkube.config.kubeconfig import SingleConfig
from lightkube.config.models import Cluster, Context, User

from mysql_operator.adapters.connecting import Connection

Object = dict[str, Any]

PATH = re.compile(
    r"^/(?:api|apis/(?P<group>[^/]+))/(?P<version>[^/]+)"
    r"(?:/namespaces/(?P<namespace>[^/]+))?/(?P<plural>[a-z]+)"
    r"(?:/(?P<name>[^/]+))?(?:/(?P<sub>status))?$"
)
IN_NO_NAMESPACE = ("clustermysqlbackupstorages", "namespaces")
NAMESPACE = re.compile(r"^/api/v1/namespaces/(?P<name>[^/]+)$")
BOOKMARK_SECONDS = 60.0


class Asked(NamedTuple):
    """A request that the server was sent."""

    verb: str
    plural: str
    name: str = ""


class Place(NamedTuple):
    plural: str
    namespace: str
    name: str


class News(NamedTuple):
    """A line of the history of one kind."""

    version: int
    kind: str
    plural: str
    after: Object
    before: Object | None


@dataclass
class _Watch:
    """Somebody who waits for news."""

    plural: str
    namespace: str | None
    selects: Any
    parameters: dict[str, str]
    lines: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)


class FakeApi(httpx2.AsyncBaseTransport):
    """The server. Its faults are attributes."""

    def __init__(self) -> None:
        self.version = 100
        self.objects: dict[Place, Object] = {}
        self.asked: list[Asked] = []
        self.is_down = False
        self.is_silent = False
        """Watches stay open, and nothing comes through them, no bookmark either."""
        self.is_late = False
        """News is held back until `deliver`; bookmarks too."""
        self.refused: set[tuple[str, str]] = set()
        """Verbs and resources that nobody may use."""
        self.ending: set[str] = set()
        """Namespaces that are being deleted: nothing can be created there any more."""
        self.oldest = 0
        self._history: list[News] = []
        self._watches: list[_Watch] = []
        self._uids = 0

    # What stories and helm do, none of which is a request.

    def put(self, plural: str, whole: Object) -> Object:
        """Store an object, whoever writes it."""
        metadata = whole["metadata"]
        default = "" if plural in IN_NO_NAMESPACE else "team"
        place = Place(plural, metadata.get("namespace", default), metadata["name"])
        before = self.objects.get(place)
        self.version += 1
        after = {**copy.deepcopy(whole), "metadata": self._metadata(place, whole, before)}
        after.setdefault("apiVersion", "v1")
        if after["metadata"].get("deletionTimestamp") and not after["metadata"].get("finalizers"):
            return self._gone(place, after)
        self.objects[place] = after
        self._tell(News(self.version, "MODIFIED" if before else "ADDED", plural, after, before))
        return after

    def remove(self, plural: str, name: str, namespace: str = "team") -> None:
        """Delete an object; one with finalizers only begins to go."""
        place = Place(plural, namespace, name)
        whole = copy.deepcopy(self.objects[place])
        whole["metadata"]["deletionTimestamp"] = _now()
        self.put(plural, whole)

    def at(self, plural: str, name: str, namespace: str = "team") -> Object | None:
        """Give what is stored."""
        return self.objects.get(Place(plural, namespace, name))

    def break_watches(self) -> None:
        """Cut all connections that somebody waits at."""
        for watch in self._watches:
            watch.lines.put_nowait(httpx2.ReadError("cut"))

    def deliver(self) -> None:
        """Let the news through that was held back."""
        self.is_late = False
        for watch in self._watches:
            self._catch_up(watch)

    def deliver_until(self, version: int) -> None:
        """Let the news through up to that version, and hold the rest back."""
        for watch in self._watches:
            self._catch_up(watch, version)

    def forget_history(self) -> None:
        """Compact: a watch that begins before now is too old."""
        self.oldest = self.version

    # The server.

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(0)
        if self.is_down:
            raise httpx2.ConnectError("down")
        namespace = NAMESPACE.match(request.url.path)
        if namespace:
            self.asked.append(Asked("get", "namespaces", namespace["name"]))
            status = {"phase": "Terminating"} if namespace["name"] in self.ending else {}
            return _answer(200, {"metadata": {"name": namespace["name"]}, "status": status})
        match = PATH.match(request.url.path)
        assert match is not None, request.url.path
        parts = match.groupdict()
        verb = self._verb(request, parts)
        self.asked.append(Asked(verb, parts["plural"], parts["name"] or ""))
        if (verb, parts["plural"]) in self.refused:
            return _status(403, "Forbidden")
        answer = getattr(self, f"_{verb}")(request, parts)
        assert isinstance(answer, httpx2.Response)
        return answer

    def _verb(self, request: httpx2.Request, parts: dict[str, Any]) -> str:
        if request.method == "GET" and not parts["name"]:
            return "watch" if request.url.params.get("watch") == "true" else "list"
        verbs = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch"}
        return verbs.get(request.method, "delete")

    def _get(self, request: httpx2.Request, parts: dict[str, Any]) -> httpx2.Response:
        found = self.objects.get(_place(parts))
        return _status(404, "NotFound") if found is None else _answer(200, found)

    def _create(self, request: httpx2.Request, parts: dict[str, Any]) -> httpx2.Response:
        whole = json.loads(request.content)
        whole["metadata"]["namespace"] = parts["namespace"]
        if parts["namespace"] in self.ending:
            return _status(403, "Forbidden")
        place = Place(parts["plural"], parts["namespace"], whole["metadata"]["name"])
        if place in self.objects:
            return _status(409, "AlreadyExists")
        return _answer(201, self.put(parts["plural"], whole))

    def _update(self, request: httpx2.Request, parts: dict[str, Any]) -> httpx2.Response:
        return self._written(json.loads(request.content), parts)

    def _patch(self, request: httpx2.Request, parts: dict[str, Any]) -> httpx2.Response:
        found = self.objects.get(_place(parts))
        if found is None:
            return _status(404, "NotFound")
        patch = json.loads(request.content)
        if request.url.params.get("dryRun"):
            return _answer(200, found)
        version = patch.get("metadata", {}).get("resourceVersion")
        if version not in (None, found["metadata"]["resourceVersion"]):
            return _status(409, "Conflict")
        return _answer(200, self.put(parts["plural"], _merged(found, patch)))

    def _written(self, whole: Object, parts: dict[str, Any]) -> httpx2.Response:
        found = self.objects.get(_place(parts))
        if found is None:
            return _status(404, "NotFound")
        version = whole["metadata"].get("resourceVersion")
        if version not in (None, found["metadata"]["resourceVersion"]):
            return _status(409, "Conflict")
        return _answer(200, self.put(parts["plural"], whole))

    def _delete(self, request: httpx2.Request, parts: dict[str, Any]) -> httpx2.Response:
        found = self.objects.get(_place(parts))
        if found is None:
            return _status(404, "NotFound")
        asked = json.loads(request.content or b"{}").get("preconditions", {})
        if any(found["metadata"][part] != value for part, value in asked.items()):
            return _status(409, "Conflict")
        self.remove(parts["plural"], parts["name"], parts["namespace"])
        return _answer(200, {})

    def _list(self, request: httpx2.Request, parts: dict[str, Any]) -> httpx2.Response:
        selects = _selector(request)
        is_cut = "PartialObjectMetadata" in request.headers["Accept"]
        items = [
            {"metadata": whole["metadata"]} if is_cut else whole
            for place, whole in self.objects.items()
            if place.plural == parts["plural"]
            and parts["namespace"] in (None, place.namespace)
            and selects(whole)
        ]
        metadata = {"resourceVersion": str(self.version)}
        return _answer(200, {"metadata": metadata, "items": items or (None if is_cut else [])})

    def _watch(self, request: httpx2.Request, parts: dict[str, Any]) -> httpx2.Response:
        watch = _Watch(
            plural=parts["plural"],
            namespace=parts["namespace"],
            selects=_selector(request),
            parameters={
                **dict(request.url.params),
                "cut": str("PartialObjectMetadata" in request.headers["Accept"]),
            },
        )
        return httpx2.Response(200, stream=_Lines(self, watch))

    async def lines(self, watch: _Watch) -> AsyncIterator[bytes]:
        """What one watch is sent, line by line."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + float(watch.parameters["timeoutSeconds"])
        if int(watch.parameters["resourceVersion"]) < self.oldest:
            yield _line("ERROR", {"code": 410, "reason": "Expired", "metadata": {}})
            return
        self._watches.append(watch)
        held: list[bytes] = []
        try:
            if not self.is_late:
                self._catch_up(watch)
            while loop.time() < ends:
                line = await self._next(watch, min(BOOKMARK_SECONDS, ends - loop.time()))
                if isinstance(line, Exception):
                    raise line
                held += [line] if line is not None else []
                while held and not self.is_silent:
                    yield held.pop(0)
        finally:
            self._watches.remove(watch)

    async def _next(self, watch: _Watch, seconds: float) -> Any:
        try:
            async with asyncio.timeout(seconds):
                return await watch.lines.get()
        except TimeoutError:
            if self.is_late or watch.plural == "events":  # which have no bookmarks
                return None
            return _line("BOOKMARK", {"metadata": {"resourceVersion": str(self.version)}})

    def _catch_up(self, watch: _Watch, until: int | None = None) -> None:
        seen = int(watch.parameters["resourceVersion"])
        for news in self._history:
            if seen < news.version <= (until or self.version):
                self._send(watch, news)

    def _tell(self, news: News) -> None:
        self._history.append(news)
        for watch in self._watches:
            if not self.is_late:
                self._send(watch, news)

    def _send(self, watch: _Watch, news: News) -> None:
        watch.parameters["resourceVersion"] = str(news.version)
        namespace = news.after["metadata"].get("namespace")
        if watch.plural != news.plural or watch.namespace not in (None, namespace):
            return
        selected, was_selected = (
            watch.selects(news.after),
            news.before is not None and watch.selects(news.before),
        )
        kind = news.kind
        if not selected:
            kind = "DELETED" if was_selected else ""
        elif news.before is not None and not was_selected:
            kind = "ADDED"
        if kind:
            cut = watch.parameters["cut"] == "True"
            whole = {"metadata": news.after["metadata"]} if cut else news.after
            watch.lines.put_nowait(_line(kind, whole))

    def _gone(self, place: Place, last: Object) -> Object:
        before = self.objects.pop(place, None)
        self._tell(News(self.version, "DELETED", place.plural, last, before))
        return last

    def _metadata(self, place: Place, whole: Object, before: Object | None) -> Object:
        metadata = copy.deepcopy(whole["metadata"])
        metadata |= {"namespace": place.namespace, "resourceVersion": str(self.version)}
        if not place.namespace:
            del metadata["namespace"]
        if before is None:
            self._uids += 1
            metadata.setdefault("uid", f"uid-{self._uids}")
            metadata.setdefault("creationTimestamp", _now())
            return metadata | {"generation": 1}
        old = before["metadata"]
        metadata |= {"uid": old["uid"], "creationTimestamp": old["creationTimestamp"]}
        changed = before.get("spec") != whole.get("spec")
        return metadata | {"generation": old["generation"] + changed}


class _Lines(httpx2.AsyncByteStream):
    def __init__(self, api: FakeApi, watch: _Watch) -> None:
        self._lines = api.lines(watch)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for line in self._lines:
            yield line

    async def aclose(self) -> None:
        await self._lines.aclose()  # type: ignore[attr-defined] # it is a generator


def connected(api: FakeApi) -> Connection:
    """Connect to it."""
    config = SingleConfig(
        context_name="fake",
        context=Context(cluster="fake", user="fake"),
        cluster=Cluster(server="http://api"),
        user=User(),
    )
    return Connection(config, api)


def _place(parts: dict[str, Any]) -> Place:
    return Place(parts["plural"], parts["namespace"] or "", parts["name"])


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _line(kind: str, whole: Object) -> bytes:
    return json.dumps({"type": kind, "object": whole}).encode() + b"\n"


def _answer(code: int, whole: Object) -> httpx2.Response:
    return httpx2.Response(code, json=whole)


def _status(code: int, reason: str) -> httpx2.Response:
    whole = {"kind": "Status", "code": code, "reason": reason, "message": reason, "metadata": {}}
    return _answer(code, whole)


def _merged(whole: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    old = whole if isinstance(whole, dict) else {}
    merged = {**old, **{name: _merged(old.get(name), part) for name, part in patch.items()}}
    return {name: part for name, part in merged.items() if part is not None}


def _selector(request: httpx2.Request) -> Any:
    parameters = request.url.params
    labels = _pairs(parameters.get("labelSelector"))
    fields = _pairs(parameters.get("fieldSelector"))

    def selects(whole: Object) -> bool:
        has = whole["metadata"].get("labels") or {}
        is_labelled = all(has.get(name) == value for name, value in labels)
        return is_labelled and all(_field(whole, path) == value for path, value in fields)

    return selects


def _pairs(selector: str | None) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (it.partition("=") for it in _split(selector))]


def _split(selector: str | None) -> list[str]:
    return selector.split(",") if selector else []


def _field(whole: Any, path: str) -> Any:
    for part in path.split("."):
        whole = (whole or {}).get(part)
    return whole
