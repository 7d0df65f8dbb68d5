"""Whoever tells of an object, and in whatever order: the newest state of it stays."""

from __future__ import annotations

from lightkube.models.meta_v1 import ObjectMeta

from mysql_operator.adapters.kinds import Metadata
from mysql_operator.adapters.stores import CachedObject, Store
from mysql_operator.names import Key

DB = Key("team", "db")


def cached(version: int, name: str = "a", owner: Key | None = DB) -> CachedObject:
    item = Metadata(metadata=ObjectMeta(name=name, resourceVersion=str(version)))
    return CachedObject(Key("team", name), owner, version, item)


def versions(store: Store) -> dict[str, int]:
    return {it.place.name: it.version for it in store.owned_by(DB)}


def test_an_older_state_is_no_news() -> None:
    store = Store()

    assert store.put(cached(5))
    assert not store.put(cached(4))
    assert not store.put(cached(5))
    assert versions(store) == {"a": 5}


def test_the_end_of_an_earlier_object_is_not_that_of_the_present_one() -> None:
    store = Store()
    store.put(cached(7))

    assert not store.remove(cached(6))
    assert store.remove(cached(8))
    assert versions(store) == {}


def test_a_list_takes_away_what_is_not_in_it_but_not_what_is_newer() -> None:
    store = Store()
    for it in (cached(1, "old"), cached(9, "new"), cached(2, "kept")):
        store.put(it)

    changed = store.replace([cached(2, "kept"), cached(3, "listed")], version=5)

    assert versions(store) == {"new": 9, "kept": 2, "listed": 3}
    assert {it.place.name for it in changed} == {"old", "listed"}


def test_news_from_before_an_owner_was_asked_about_does_not_count_for_it() -> None:
    store = Store()
    store.put(cached(1))

    store.replace_owned(DB, [], version=5)

    assert not store.put(cached(4, "came-and-went"))
    assert not store.put(cached(3))
    assert store.put(cached(4, "of-another", owner=Key("team", "other")))
    assert store.put(cached(6))


def test_a_watch_that_has_passed_an_answer_needs_no_memory_of_it() -> None:
    store = Store()
    store.replace_owned(DB, [], version=5)

    store.passed(4)
    assert not store.put(cached(3))
    store.passed(5)
    assert store._floors == {}


def test_an_object_that_changes_hands_is_found_with_its_new_owner_alone() -> None:
    store, other = Store(), Key("team", "other")
    store.put(cached(1))

    store.put(cached(2, owner=other))

    assert versions(store) == {}
    assert [it.version for it in store.owned_by(other)] == [2]


def test_a_namespace_is_known_as_long_as_something_is_in_it() -> None:
    store = Store()
    store.put(cached(1))
    assert store.has_any_in("team")

    store.remove(cached(2))

    assert not store.has_any_in("team")
