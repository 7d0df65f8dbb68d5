"""What is remembered of the cluster is what the API server has, or else it is asked.

Each story runs against an API server in memory, in virtual time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mysql_operator import names
from mysql_operator.adapters import caches, kinds, namespaces, reflecting
from mysql_operator.adapters.kube import Kube
from mysql_operator.names import Key
from tests.support.fake_api import FakeApi, connected
from tests.support.virtual_time import in_virtual_time, until

KEY = Key("team", "db")
OURS = {names.PART_OF: names.OPERATOR, names.INSTANCE: "db"}
ASKED_KINDS = [watched for watched in kinds.WATCHED if watched.of_instance is not None]
QUIET = 30.0
"""Seconds in which all that was sent has arrived."""

Object = dict[str, Any]


def a_mysql(name: str = "db", **changes: Any) -> Object:
    return {"metadata": {"name": name, "namespace": "team"}, "spec": {"image": "mysql:9"}} | changes


def a_pod(name: str, phase: str = "Pending") -> Object:
    metadata = {"name": name, "labels": OURS}
    return {"metadata": metadata, "spec": {"containers": []}, "status": {"phase": phase}}


def a_secret(name: str, word: str = "YQ==") -> Object:
    return {"metadata": {"name": name}, "type": "Opaque", "data": {"password": word}}


def a_revision(number: int, status: str = "deployed") -> Object:
    labels = {"owner": "helm", "name": "db", "version": str(number), "status": status}
    return {"metadata": {"name": f"sh.helm.release.v1.db.v{number}", "labels": labels}}


class World:
    """An API server, and what is remembered of it."""

    def __init__(self, namespaces: Iterable[str] = ()) -> None:
        self.api = FakeApi()
        self.kube = Kube(connected(self.api), namespaces)
        self.woken: list[Key] = []
        self.api.put("mysqls", a_mysql())

    def requests(self) -> list[str]:
        """What was asked since this was asked last, but for the watches."""
        asked = [f"{it.verb} {it.plural}" for it in self.api.asked if it.verb != "watch"]
        self.api.asked.clear()
        self.woken.clear()
        return asked

    async def pods(self) -> dict[str, str]:
        """The pods as a pass sees them, each with its phase."""
        await self.kube.ensure_current(KEY)
        pods = await self.kube.pods(KEY)
        return {pod.metadata.name: pod.status.phase for pod in pods}  # type: ignore[union-attr]


@asynccontextmanager
async def following(world: World) -> AsyncIterator[World]:
    """Everything has been listed, and a while has passed."""
    follower = asyncio.create_task(world.kube.follow(world.woken.append))
    await asyncio.sleep(0)
    await world.kube.filled(60)
    await asyncio.sleep(QUIET)
    world.requests()
    yield world
    follower.cancel()
    await asyncio.gather(follower, return_exceptions=True)
    await world.kube.close()


@in_virtual_time
async def test_what_is_listed_once_is_read_without_a_request() -> None:
    world = World()
    world.api.put("pods", a_pod("db-1", "Running"))
    world.api.put("persistentvolumeclaims", {"metadata": {"name": "db-pvc", "labels": OURS}})
    world.api.put("secrets", a_revision(1, "superseded"))
    world.api.put("secrets", a_revision(2))

    async with following(world):
        pods = await world.pods()
        instance = await world.kube.instance(KEY)
        claim = await world.kube.claim(KEY, "db-pvc")
        release = await world.kube.newest_release(KEY)

    assert pods == {"db-1": "Running"}
    assert (instance is None, claim is None) == (False, False)
    assert release is not None
    assert release.name == "sh.helm.release.v1.db.v2"
    assert world.requests() == []


@in_virtual_time
async def test_a_change_wakes_its_object_and_nobody_asks_for_it() -> None:
    async with following(World()) as world:
        world.api.put("pods", a_pod("db-1"))
        took = await until(lambda: world.woken)
        woken = list(world.woken)

        assert await world.pods() == {"db-1": "Pending"}
        assert woken == [KEY]
        assert took < 1
        assert world.requests() == []


@in_virtual_time
async def test_a_change_of_what_nobody_reads_wakes_nobody() -> None:
    world = World()
    world.api.put("pods", a_pod("db-1"))

    async with following(world):
        addressed = {"status": {"phase": "Pending", "podIP": "10.0.0.7"}}
        world.api.put("pods", a_pod("db-1") | addressed)
        await asyncio.sleep(QUIET)

        assert world.woken == []


@in_virtual_time
async def test_what_belongs_to_no_mysql_object_wakes_nobody() -> None:
    async with following(World()) as world:
        stray = a_pod("other-1")
        stray["metadata"]["labels"] = {**OURS, names.INSTANCE: "other"}
        world.api.put("pods", stray)
        await asyncio.sleep(QUIET)

        assert world.woken == []


@in_virtual_time
async def test_an_own_write_is_seen_before_its_news_has_come() -> None:
    async with following(World()) as world:
        world.api.is_late = True

        written = await world.kube.write_status(KEY, {"phase": "Ready"})
        read = await world.kube.instance(KEY)

        assert read is not None
        assert read["status"] == {"phase": "Ready"}
        assert read["metadata"]["resourceVersion"] == written
        assert world.requests() == ["patch mysqls"]


@in_virtual_time
async def test_late_news_does_not_bring_an_older_state_back() -> None:
    async with following(World()) as world:
        world.api.is_late = True
        world.api.put("mysqls", a_mysql(spec={"image": "mysql:8"}))
        await world.kube.write_status(KEY, {"phase": "Ready"})

        world.api.deliver()
        await asyncio.sleep(QUIET)
        read = await world.kube.instance(KEY)

        assert read is not None
        assert (read["spec"], read["status"]) == ({"image": "mysql:8"}, {"phase": "Ready"})


@in_virtual_time
async def test_what_helm_has_written_is_asked_for_while_its_news_is_late() -> None:
    world = World()
    world.api.put("pods", a_pod("db-1"))

    async with following(world):
        world.api.is_late = True
        world.api.remove("pods", "db-1")
        world.api.put("pods", a_pod("db-2"))
        world.api.put("secrets", a_revision(1))
        assert await world.pods() == {"db-1": "Pending"}

        world.kube.doubt(KEY)

        assert await world.pods() == {"db-2": "Pending"}
        assert await world.kube.newest_release(KEY) is not None
        assert sorted(world.requests()) == [
            "list cronjobs",
            "list deployments",
            "list jobs",
            "list mysqls",
            "list persistentvolumeclaims",
            "list pods",
            "list secrets",
        ]


@in_virtual_time
async def test_what_was_asked_for_stays_when_late_news_arrives() -> None:
    async with following(World()) as world:
        world.api.is_late = True
        world.api.put("pods", a_pod("db-1"))
        world.api.remove("pods", "db-1")
        world.api.put("pods", a_pod("db-2", "Running"))
        world.kube.doubt(KEY)
        assert await world.pods() == {"db-2": "Running"}

        seen = []
        world.api.deliver()
        for _ in range(20):
            seen.append(await world.pods())
            await asyncio.sleep(0)

        assert [it for it in seen if it != {"db-2": "Running"}] == []


@in_virtual_time
async def test_a_doubt_that_comes_while_it_is_asked_stays() -> None:
    async with following(World()) as world:
        world.kube.doubt(KEY)
        asking = asyncio.create_task(world.kube.ensure_current(KEY))
        await asyncio.sleep(0)
        world.kube.doubt(KEY)

        assert not await asking
        world.requests()
        assert await world.kube.ensure_current(KEY)
        assert len(world.requests()) == len(ASKED_KINDS)
        assert await world.kube.ensure_current(KEY)
        assert world.requests() == []


@in_virtual_time
async def test_what_was_asked_for_counts_for_a_moment_and_until_it_is_doubted() -> None:
    async with following(World()) as world:
        assert not await world.kube.ensure_current(KEY)
        world.kube.doubt(KEY)
        assert await world.kube.ensure_current(KEY)
        world.requests()

        world.kube.doubt(KEY, kinds.CLAIMS)
        assert await world.kube.ensure_current(KEY)
        assert world.requests() == ["list persistentvolumeclaims"]

        await asyncio.sleep(caches.ASKED_SECONDS + 1)
        assert not await world.kube.ensure_current(KEY)
        assert world.requests() == []


@in_virtual_time
async def test_what_the_operator_deletes_is_asked_for_and_nothing_else() -> None:
    world = World()
    world.api.put("pods", a_pod("db-1"))

    async with following(world):
        world.api.is_late = True
        await world.kube.delete_pod(KEY, "db-1")

        assert await world.pods() == {}
        assert world.requests() == ["delete pods", "list pods"]


@in_virtual_time
async def test_an_object_that_was_let_go_is_not_brought_back_by_late_news() -> None:
    held = a_mysql()
    held["metadata"]["finalizers"] = ["held"]
    world = World()
    world.api.put("mysqls", held)

    async with following(world):
        world.api.is_late = True
        world.api.remove("mysqls", "db")
        await world.kube.write_status(KEY, {"phase": "Deleting"})
        version = (world.api.at("mysqls", "db") or {})["metadata"]["resourceVersion"]

        await world.kube.write_finalizers(KEY, version, [])

        assert await world.kube.instance(KEY) is None
        world.api.deliver()
        await asyncio.sleep(QUIET)
        assert await world.kube.instance(KEY) is None


@in_virtual_time
async def test_many_objects_of_a_namespace_ask_once_whether_it_ends() -> None:
    async with following(World()) as world:
        assert [await world.kube.namespace_ends("team") for _ in range(3)] == [False] * 3
        assert world.requests() == ["get namespaces"]

        await asyncio.sleep(namespaces.COUNTS_SECONDS + 1)
        await world.kube.namespace_ends("team")
        assert world.requests() == ["get namespaces"]


@in_virtual_time
async def test_a_watch_that_breaks_goes_on_where_it_was() -> None:
    async with following(World()) as world:
        world.api.break_watches()
        world.api.put("pods", a_pod("db-1"))
        await asyncio.sleep(QUIET)

        assert await world.pods() == {"db-1": "Pending"}
        assert world.requests() == []


@in_virtual_time
async def test_a_watch_that_begins_too_far_back_is_listed_again() -> None:
    async with following(World()) as world:
        world.api.is_late = True
        world.api.put("pods", a_pod("db-1"))
        world.api.forget_history()
        world.api.is_late = False
        world.api.break_watches()
        await asyncio.sleep(QUIET)

        assert KEY in world.woken
        assert await world.pods() == {"db-1": "Pending"}
        assert "list pods" in world.requests()


@in_virtual_time
async def test_nothing_is_concluded_from_a_watch_that_says_nothing() -> None:
    async with following(World()) as world:
        world.api.is_silent = True
        world.api.put("pods", a_pod("db-1"))
        await asyncio.sleep(reflecting.SILENT_SECONDS)
        world.requests()

        assert await world.pods() == {"db-1": "Pending"}


@in_virtual_time
async def test_a_silent_watch_is_listed_again_and_again_until_it_speaks() -> None:
    async with following(World()) as world:
        world.api.is_silent = True
        await asyncio.sleep(4 * reflecting.SILENT_SECONDS)
        lists = world.requests().count("list pods")

        world.api.is_silent = False
        await asyncio.sleep(2 * reflecting.SILENT_SECONDS)
        world.requests()
        await world.pods()

        assert 3 <= lists <= 5
        assert world.requests() == []


@in_virtual_time
async def test_watches_at_rest_cost_next_to_nothing() -> None:
    async with following(World()) as world:
        await asyncio.sleep(600)
        watches = len(world.api.asked)

        assert world.requests() == []
        assert watches <= (len(kinds.WATCHED) - 1) * 2 + 10  # that of events ends once a minute


@in_virtual_time
async def test_an_api_server_that_was_away_is_followed_again() -> None:
    async with following(World()) as world:
        world.api.is_down = True
        world.api.break_watches()
        await asyncio.sleep(300)
        world.api.put("pods", a_pod("db-1"))
        world.api.is_down = False

        took = await until(lambda: KEY in world.woken)
        await asyncio.sleep(QUIET)
        world.requests()

        assert took < 30
        assert await world.pods() == {"db-1": "Pending"}
        assert world.requests() == []


@in_virtual_time
async def test_an_api_server_whose_store_was_set_back_is_believed() -> None:
    world = World()
    world.api.put("pods", a_pod("db-1"))

    async with following(world):
        world.api.version = 10
        world.api.objects.clear()
        world.api.put("pods", a_pod("db-2"))
        world.api.oldest = 10_000
        world.api.break_watches()
        await asyncio.sleep(QUIET)

        assert await world.pods() == {"db-2": "Pending"}


@in_virtual_time
async def test_what_may_not_be_listed_is_asked_for() -> None:
    world = World()
    world.api.refused |= {("list", "pods"), ("watch", "secrets")}
    follower = asyncio.create_task(world.kube.follow(world.woken.append))

    await asyncio.sleep(0)
    took = asyncio.get_running_loop().time()
    await world.kube.filled(20)
    took = asyncio.get_running_loop().time() - took
    world.api.refused.clear()
    world.api.put("pods", a_pod("db-1"))

    assert 19 < took < 21
    assert await world.pods() == {"db-1": "Pending"}
    follower.cancel()


@in_virtual_time
async def test_what_has_lost_our_label_is_found_by_its_name() -> None:
    claim = {"metadata": {"name": "db-pvc", "labels": OURS}}
    world = World()
    world.api.put("persistentvolumeclaims", claim)

    async with following(world):
        world.api.put("persistentvolumeclaims", {"metadata": {"name": "db-pvc"}})
        await asyncio.sleep(QUIET)
        found = await world.kube.claim(KEY, "db-pvc")

        assert found is not None
        assert world.requests() == ["get persistentvolumeclaims"]


@in_virtual_time
async def test_a_secret_is_read_once_until_it_changes() -> None:
    world = World()
    world.api.put("secrets", a_secret("words"))

    async with following(world):
        for _ in range(3):
            await world.kube.secret(KEY, "words")
        assert world.requests() == ["get secrets"]

        world.api.put("secrets", a_secret("words", "Yg=="))
        took = await until(lambda: KEY in world.woken)
        secret = await world.kube.secret(KEY, "words")

        assert took < 10
        assert secret is not None
        assert secret.data == {"password": "Yg=="}
        assert world.requests() == ["get secrets"]


@in_virtual_time
async def test_a_secret_that_is_missing_is_noticed_when_it_comes() -> None:
    async with following(World()) as world:
        assert await world.kube.secret(KEY, "words") is None
        assert world.requests() == []

        world.api.put("secrets", a_secret("words"))
        await until(lambda: KEY in world.woken)

        assert await world.kube.secret(KEY, "words") is not None


@in_virtual_time
async def test_a_secret_that_was_just_written_is_known() -> None:
    async with following(World()) as world:
        world.api.is_late = True
        await world.kube.write_secret(KEY, "db-credentials", {"root-password": "a"})
        world.requests()

        assert await world.kube.secret(KEY, "db-credentials") is not None
        assert world.requests() == []


@in_virtual_time
async def test_a_secret_of_a_deleted_object_is_forgotten() -> None:
    world = World()
    world.api.put("secrets", a_secret("words"))

    async with following(world):
        await world.kube.secret(KEY, "words")
        world.kube.forget(KEY)
        world.requests()
        world.api.put("secrets", a_secret("words", "Yg=="))
        await asyncio.sleep(QUIET)

        assert world.woken == []


def a_warning(kind: str, name: str, namespace: str = "team") -> Object:
    about = {"kind": kind, "name": name, "namespace": namespace, "uid": "u"}
    metadata = {"name": f"{name}.1", "namespace": namespace}
    return {"metadata": metadata, "involvedObject": about, "type": "Warning", "message": "no"}


@in_virtual_time
async def test_warnings_are_read_from_memory_and_only_ours_are_kept() -> None:
    async with following(World()) as world:
        for whole in (
            a_warning("Pod", "db-1"),
            a_warning("Node", "n"),
            a_warning("Pod", "x", namespace="others"),
        ):
            world.api.put("events", whole)
        await asyncio.sleep(QUIET)

        ours = await world.kube.warnings(KEY, "Pod", "db-1")
        assert world.requests() == []
        kept = world.kube._caches._reflectors["Event", "*"].store

        assert [event.message for event in ours] == ["no"]
        assert len(kept) == 1


@in_virtual_time
async def test_kubectls_copy_of_an_object_is_not_kept() -> None:
    world = World()
    copy = {"kubectl.kubernetes.io/last-applied-configuration": "secret", "theirs": "kept"}
    whole = a_mysql()
    whole["metadata"] |= {"annotations": copy, "managedFields": [{"manager": "kubectl"}]}
    world.api.put("mysqls", whole)

    async with following(world):
        read = await world.kube.instance(KEY)

    assert read is not None
    assert read["metadata"]["annotations"] == {"theirs": "kept"}
    assert "managedFields" not in read["metadata"]


@in_virtual_time
async def test_each_served_namespace_has_its_own_watches() -> None:
    world = World(["team", "other"])
    world.api.put("pods", a_pod("db-1"))

    async with following(world):
        await asyncio.sleep(200)
        world.api.break_watches()
        world.api.put("pods", a_pod("db-2"))
        await asyncio.sleep(QUIET)

        assert sorted(await world.pods()) == ["db-1", "db-2"]
        assert world.requests() == []


@pytest.mark.parametrize("plural", ["configmaps", "services", "networkpolicies"])
@in_virtual_time
async def test_a_change_of_what_is_only_marked_is_seen_in_its_mark(plural: str) -> None:
    kind = {"configmaps": "ConfigMap", "services": "Service", "networkpolicies": "NetworkPolicy"}
    made = {"metadata": {"name": "db", "labels": OURS}, "data": {"a": "b"}}
    world = World()
    world.api.put(plural, made)

    async with following(world):
        before = world.kube.mark(KEY, kind[plural], "db")
        world.api.put(plural, made | {"data": {"a": "c"}})
        await asyncio.sleep(QUIET)
        after = world.kube.mark(KEY, kind[plural], "db")

        assert before is not None
        assert after is not None
        assert (after.covers(before), before.covers(after)) == (True, False)
        assert world.woken == [KEY]


@in_virtual_time
async def test_a_server_that_takes_watches_and_ends_them_at_once_is_not_relied_upon() -> None:
    async with following(World()) as world:
        world.api.is_silent = True
        for _ in range(200):
            world.api.break_watches()
            await asyncio.sleep(1)
        lists = world.requests().count("list pods")

        assert lists >= 1


@in_virtual_time
async def test_an_object_that_was_created_anew_does_not_begin_with_the_end_of_another() -> None:
    world = World()
    world.api.put("mysqlrestores", {"metadata": {"name": "back", "uid": "new"}})

    async with following(world):
        place = Key("team", "back")
        await world.kube.write_status_of(kinds.RESTORES, place, "old", {"phase": "Complete"})
        emptied = world.api.at("mysqlrestores", "back")
        await world.kube.write_status_of(kinds.RESTORES, place, "new", {"phase": "Pending"})
        written = world.api.at("mysqlrestores", "back")

    assert "status" not in (emptied or {})
    assert (written or {})["status"] == {"phase": "Pending"}
