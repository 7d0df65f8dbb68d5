"""When a schedule comes, and what is no schedule."""

from __future__ import annotations

import random
import re
import uuid
from bisect import bisect_right
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from mysql_operator.errors import SpecError
from mysql_operator.model import cron

BERLIN = "Europe/Berlin"
UTC_ZONE = cron.UTC_NAME


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "moment", "coming"),
    [
        ("0 3 * * *", "2026-11-23 02:59", "2026-11-23 03:00"),
        ("0 3 * * *", "2026-11-23 03:00", "2026-11-24 03:00"),
        ("*/20 * * * *", "2026-11-23 23:41", "2026-11-24 00:00"),
        ("7-59/30 6,18 * * *", "2026-11-23 06:07", "2026-11-23 06:37"),
        ("5/20 * * * *", "2026-11-23 00:26", "2026-11-23 00:45"),
        ("0 0 * * MON-FRI", "2026-11-27 12:00", "2026-11-30 00:00"),
        ("0 0 * * SUN", "2026-11-27 12:00", "2026-11-29 00:00"),
        ("0 0 1 JAN,JUL *", "2026-11-27 12:00", "2027-01-01 00:00"),
        ("0 0 29 2 *", "2096-03-01 00:00", "2104-02-29 00:00"),
        # Both fields of days are given, so either will do; a day of the week alone is not both.
        ("0 0 13 * 5", "2026-11-14 00:00", "2026-11-20 00:00"),
        ("0 0 */1 * 5", "2026-11-14 00:00", "2026-11-20 00:00"),
    ],
)
def test_a_schedule_comes_when_it_says(schedule: str, moment: str, coming: str) -> None:
    timetable = cron.parsed(schedule, UTC_ZONE)

    assert timetable.after(at(moment)) == at(coming)
    assert timetable.until(at(coming)) == at(coming)
    last = timetable.until(at(coming) - timedelta(minutes=1))
    assert last is not None
    assert last <= at(moment)


def test_a_schedule_keeps_the_time_on_the_wall_when_the_clocks_change() -> None:
    timetable = cron.parsed("30 3 * * *", BERLIN)

    winter, summer = (
        timetable.after(at("2026-03-28 00:00")),
        timetable.after(at("2026-03-29 00:00")),
    )

    assert (winter, summer) == (at("2026-03-28 02:30"), at("2026-03-29 01:30"))


def test_a_time_that_the_clocks_skip_does_not_come_and_one_that_comes_twice_counts_once() -> None:
    skipped, twice = cron.parsed("30 2 29 3 *", BERLIN), cron.parsed("30 2 25 10 *", BERLIN)

    assert skipped.after(at("2026-03-01 00:00")) == at("2027-03-29 00:30")
    assert twice.after(at("2026-10-01 00:00")) == at("2026-10-25 00:30")
    assert twice.after(at("2026-10-25 00:30")) == at("2027-10-25 00:30")


@pytest.mark.parametrize(
    ("schedule", "gap"),
    [
        ("* * * * *", timedelta(minutes=1)),
        ("17 * * * *", timedelta(hours=1)),
        ("0 3 * * *", timedelta(days=1)),
        ("0 3 * * MON-FRI", timedelta(days=3)),
        ("*/5 9-17 * * MON-FRI", timedelta(days=2, hours=15, minutes=5)),
        ("0 1,3,9 * * *", timedelta(hours=16)),
        ("0 0 31 * *", timedelta(days=61)),
        # From 31 January to 1 January, in a leap year.
        ("* 9-17 * 1 *", timedelta(days=335, hours=15, minutes=1)),
    ],
)
def test_the_longest_gap_is_known(schedule: str, gap: timedelta) -> None:
    assert cron.parsed(schedule, UTC_ZONE).longest_gap == gap


def test_the_longest_gap_is_that_of_the_times_that_come() -> None:
    for schedule in ("13 4 * * 1,4", "0 */7 * * *", "0 0 1,15 * *"):
        timetable = cron.parsed(schedule, UTC_ZONE)
        times = [at("2023-01-01 00:00")]
        while times[-1] < at("2027-01-01 00:00"):
            coming = timetable.after(times[-1])
            assert coming is not None
            times.append(coming)

        assert timetable.longest_gap == max(b - a for a, b in pairwise(times[1:]))


GOOD = ["@hourly", "@daily", "@weekly", "@monthly", "0 3 * * *", "00 03 01 01 0", "*/5 * * * *"]
GOOD += ["0  3 * * *", "1,2,3-9/2 0-23 1-31 JAN-DEC SUN-SAT", "59 23 31 12 6", "5/20 * * * *"]
BAD = ["", "@yearly", "@every 5m", "@Daily", "0 3 * *", "0 3 * * * *", "60 * * * *", "61 3 * * *"]
BAD += [
    "* 24 * * *",
    "* * 0 * *",
    "* * 32 * *",
    "* * * 0 *",
    "* * * 13 *",
    "* * * * 7",
    "-1 * * * *",
]
BAD += ["* * * * mon", "a * * * *", "*/0 * * * *", "1- * * * *", ",1 * * * *", "? * * * *"]
BAD += ["TZ=UTC 0 3 * * *", " 0 3 * * *", "0 3 * * * ", "0 3 * * L", "0 3\t* * *", "0 3 * * *\n"]


@pytest.mark.parametrize("schedule", GOOD)
def test_the_grammar_lets_schedules_in(schedule: str) -> None:
    assert re.search(cron.PATTERN, schedule)
    cron.parsed(cron.resolved(schedule, "uid"), "")


@pytest.mark.parametrize("schedule", BAD)
def test_the_grammar_refuses_what_is_none(schedule: str) -> None:
    # re's `$` also matches before a last newline, which RE2's does not.
    assert not re.search(cron.PATTERN.removesuffix("$") + r"\Z", schedule)


@pytest.mark.parametrize(
    ("schedule", "zone", "reason", "words"),
    [
        ("5-1 * * * *", UTC_ZONE, "ScheduleInvalid", "5-1 goes backwards"),
        ("0 0 * * FRI-MON", UTC_ZONE, "ScheduleInvalid", "FRI-MON goes backwards"),
        ("0 0 31 2 *", UTC_ZONE, "ScheduleInvalid", "never comes"),
        ("0 0 30 2 *", UTC_ZONE, "ScheduleInvalid", "never comes"),
        ("61 * * * *", UTC_ZONE, "ScheduleInvalid", "61 cannot be read"),
        ("0 0 * *", UTC_ZONE, "ScheduleInvalid", "five fields"),
        ("0 0 * * *", "Europe/Bonn", "TimeZoneUnknown", "Europe/Bonn is no time zone"),
        ("0 0 * * *", "Europe", "TimeZoneUnknown", "Europe is no time zone"),
        ("0 0 * * *", "../etc/passwd", "TimeZoneUnknown", "no time zone"),
        ("0 0 * * *", "Local", "TimeZoneUnknown", "Local is no time zone"),
    ],
)
def test_what_the_grammar_cannot_see_is_refused_in_words(
    schedule: str, zone: str, reason: str, words: str
) -> None:
    with pytest.raises(SpecError) as refused:
        cron.parsed(schedule, zone)

    assert refused.value.reason == reason
    assert words in refused.value.message


@pytest.mark.parametrize("name", ["UTC", "Etc/UTC", "Europe/Berlin", "America/Argentina/Ushuaia"])
def test_the_pattern_of_time_zones_lets_them_in(name: str) -> None:
    assert re.search(cron.TIME_ZONE, name)
    assert cron.time_zone(name) == ZoneInfo(name)


@pytest.mark.parametrize("name", ["", "../x", "/etc", "Europe/", "Europe//Berlin", "a b", "+2"])
def test_the_pattern_of_time_zones_refuses_paths(name: str) -> None:
    assert not re.search(cron.TIME_ZONE, name)


def test_a_schedule_of_five_fields_is_nobody_elses_to_move() -> None:
    assert cron.resolved("0 3 * * *", "uid") == "0 3 * * *"


@pytest.mark.parametrize("macro", cron.MACROS)
def test_a_macro_keeps_its_minute_and_is_a_schedule(macro: str) -> None:
    one = cron.resolved(macro, "0c4ff1f3-6f6c-4b1c-9d1e-6a4a1f6d2a55")

    assert one == cron.resolved(macro, "0c4ff1f3-6f6c-4b1c-9d1e-6a4a1f6d2a55")
    assert re.search(cron.PATTERN, one)
    assert cron.parsed(one, "").longest_gap is not None


def minutes_of_the_day(seed: int, count: int = 500) -> list[int]:
    """When the @daily backups of so many objects begin."""
    dice = random.Random(seed)  # noqa: S311 - the same objects at each run
    uids = (str(uuid.UUID(int=dice.getrandbits(128), version=4)) for _ in range(count))
    resolved = (cron.resolved("@daily", uid).split() for uid in uids)
    return sorted(int(hour) * 60 + int(minute) for minute, hour, *_ in resolved)


@pytest.mark.parametrize("seed", range(20))
def test_500_daily_schedules_are_spread_over_the_day(seed: int) -> None:
    """At each minute of the day, as many have begun as by an even spread, but for 10 % of all."""
    begun = minutes_of_the_day(seed)

    for minute in range(1440):
        even = len(begun) * (minute + 1) / 1440
        assert abs(bisect_right(begun, minute) - even) <= len(begun) * 0.1

    assert max(Counter(begun).values()) <= 6


def test_weekly_and_monthly_schedules_use_all_days() -> None:
    weekly = {cron.resolved("@weekly", str(n)).split()[4] for n in range(500)}
    monthly = {cron.resolved("@monthly", str(n)).split()[2] for n in range(500)}
    hourly = {cron.resolved("@hourly", str(n)).split()[0] for n in range(1000)}

    assert weekly == {str(day) for day in range(7)}
    assert monthly == {str(day) for day in range(1, 29)}
    assert hourly == {str(minute) for minute in range(60)}
