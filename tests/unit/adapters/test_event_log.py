"""Events: one for each fact, and a count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mysql_operator import names
from mysql_operator.adapters import event_log
from mysql_operator.adapters.event_log import About
from mysql_operator.adapters.kube import Kube
from mysql_operator.model.events import Event
from mysql_operator.names import Key
from tests.support.fake_api import FakeApi, connected

KEY = Key("team", "db")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PULL = Event("Warning", "ImageCannotBePulled", "pod db-1: 10.0.0.1:53 does not answer")


def test_the_same_problem_in_other_words_is_the_same_event() -> None:
    later = PULL._replace(message="pod db-2: 10.0.0.9:53 does not answer")

    assert event_log.name_of(KEY, "u", PULL) == event_log.name_of(KEY, "u", later)


def test_other_problems_facts_and_objects_are_other_events() -> None:
    backup = Event("Normal", "BackedUp", "backed up", fact="db-1.sql.zst")
    events = [PULL, PULL._replace(reason="Unschedulable"), backup, backup._replace(fact="db-2")]

    known = {event_log.name_of(KEY, uid, event) for uid in ("u", "v") for event in events}

    assert len(known) == 8


def test_what_happens_again_is_counted_with_its_newest_words() -> None:
    first = event_log.first(About(names.MYSQL, KEY, "u"), PULL, NOW)

    changed = event_log.again(first, PULL._replace(message="now"), NOW + timedelta(minutes=5))

    assert changed == {"count": 2, "lastTimestamp": "2026-11-23T12:05:00Z", "message": "now"}
    assert (first.count, first.involvedObject.uid) == (1, "u")


async def test_a_new_event_is_one_request_and_the_same_again_is_counted() -> None:
    api = FakeApi()
    kube = Kube(connected(api), ())

    await kube.record_event(KEY, "u", PULL, NOW)
    assert [asked.verb for asked in api.asked] == ["create"]
    await kube.record_event(KEY, "u", PULL._replace(message="now"), NOW + timedelta(minutes=5))

    told = api.at("events", event_log.name_of(KEY, "u", PULL), KEY.namespace)
    assert told is not None
    assert (told["count"], told["message"]) == (2, "now")
