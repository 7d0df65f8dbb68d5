"""Lists and watches the objects of one kind: requests and answers, nothing is remembered here.

lightkube's own watch asks for no bookmarks and reads all fields; here most are left out as soon as
they arrive, and metadata is asked for alone where nothing else is needed.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx2
from lightkube import ApiError
from lightkube.core.resource import api_info
from lightkube.models.meta_v1 import Status

from mysql_operator.adapters.kinds import Watched
from mysql_operator.adapters.stores import CachedObject
from mysql_operator.names import Key

ALL_NAMESPACES = "*"
CHUNK = 500
"""Objects in one answer to a list."""

WATCH_SECONDS = 300
WATCH_WITHOUT_BOOKMARKS_SECONDS = 60
"""After which the API server ends a watch; it is then taken up where it ended. Where nothing else
comes for long, only that end tells a watch at rest from one that is dead."""

METADATA_ONLY = "application/json;as=PartialObjectMetadata{list};g=meta.k8s.io;v=v1"
"""A release Secret holds the whole chart, and there are five of them for each object."""

BOOKMARK = "BOOKMARK"
DELETED = "DELETED"


@dataclass(frozen=True)
class Listing:
    """What a list says, and at which version it was so."""

    version: int
    objects: list[CachedObject]


@dataclass(frozen=True)
class Change:
    """One line of a watch."""

    version: int
    cached: CachedObject | None
    """None for a bookmark, which only says how far the watch is."""
    is_deletion: bool = False
    is_opening: bool = False
    """The API server has taken the watch, and said nothing yet."""


class Source:
    """The objects of one kind, in one namespace or in all of them."""

    def __init__(self, http: httpx2.AsyncClient, watched: Watched, namespace: str) -> None:
        """Send no request yet."""
        self.watched = watched
        self.namespace = namespace
        self.watch_seconds = (
            WATCH_SECONDS if watched.has_bookmarks else WATCH_WITHOUT_BOOKMARKS_SECONDS
        )
        self._http = http

    async def listed(self) -> Listing:
        """List all objects.

        Raises:
            httpx2.HTTPError: the API server refused, which is an ApiError, or did not answer.
        """
        return await self._listed(self.namespace, self.watched.selector)

    async def listed_of(self, instance: Key) -> Listing:
        """List what belongs to one MySQL object; as listed()."""
        assert self.watched.of_instance is not None  # noqa: S101 - a kind that passes look at
        return await self._listed(instance.namespace, self.watched.of_instance(instance.name))

    async def changes(self, version: int) -> AsyncGenerator[Change, None]:
        """Watch for changes after that version, until the API server ends it; as listed().

        NB: no time limit on the wait for the next line. The caller has one.
        """
        parameters = {
            **self.watched.selector,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(self.watch_seconds),
            "resourceVersion": str(version),
        }
        timeout = httpx2.Timeout(10.0, read=None)
        request = self._request(self.namespace, parameters, timeout=timeout)
        response = await self._http.send(request, stream=True)
        try:
            if response.is_error:
                await response.aread()
                raise _error(response)
            yield Change(version, None, is_opening=True)
            async for line in _lines(response):
                yield self._change(line)
        finally:
            await response.aclose()

    def cached(self, whole: Mapping[str, Any]) -> CachedObject:
        """Keep of an object what is needed of it."""
        metadata = whole["metadata"]
        return CachedObject(
            place=Key(metadata.get("namespace", ""), metadata["name"]),
            owner=self.watched.owner(whole),
            version=int(metadata["resourceVersion"]),
            item=self.watched.item(whole),
        )

    async def _listed(self, namespace: str, selector: Mapping[str, str]) -> Listing:
        parameters = {**selector, "limit": str(CHUNK)}
        objects: list[CachedObject] = []
        while True:
            request = self._request(namespace, parameters, of="List")
            response = await self._http.send(request)
            if response.is_error:
                raise _error(response)
            answer = response.json()
            # NB: `"items": null` where metadata alone is asked for, and nothing is found.
            objects += [self.cached(whole) for whole in answer.get("items") or []]
            metadata = answer["metadata"]
            if not metadata.get("continue"):
                return Listing(int(metadata["resourceVersion"]), objects)
            parameters["continue"] = metadata["continue"]

    def _request(
        self,
        namespace: str,
        parameters: Mapping[str, str],
        *,
        of: str = "",
        timeout: httpx2.Timeout | None = None,
    ) -> httpx2.Request:
        accept = "application/json"
        if self.watched.is_metadata_only:
            accept = METADATA_ONLY.format(list=of)
        return self._http.build_request(
            "GET",
            self._path(namespace),
            params=dict(parameters),
            headers={"Accept": accept},
            timeout=timeout or httpx2.Timeout(10.0),
        )

    def _path(self, namespace: str) -> str:
        info = api_info(self.watched.kind)
        group = info.resource.group
        base = f"/apis/{group}" if group else "/api"
        within = "" if namespace == ALL_NAMESPACES else f"/namespaces/{namespace}"
        return f"{base}/{info.resource.version}{within}/{info.plural}"

    def _change(self, line: bytes) -> Change:
        event = json.loads(line)
        whole = event["object"]
        if event["type"] == "ERROR":
            raise ApiError(status=cast(Status, Status.from_dict(whole)))
        version = int(whole["metadata"]["resourceVersion"])
        if event["type"] == BOOKMARK:
            return Change(version, None)
        return Change(version, self.cached(whole), is_deletion=event["type"] == DELETED)


async def _lines(response: httpx2.Response) -> AsyncGenerator[bytes, None]:
    """Split at line feeds alone.

    NB: httpx2's own aiter_lines() also splits at U+0085 and the like, which may be in any text.
    """
    rest = b""
    async for part in response.aiter_bytes():
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield line
    if rest:
        raise httpx2.RemoteProtocolError("the connection broke off within a line")


def _error(response: httpx2.Response) -> Exception:
    try:
        return ApiError(request=response.request, response=response)
    except ValueError:  # of a proxy on the way
        return httpx2.HTTPStatusError("", request=response.request, response=response)
