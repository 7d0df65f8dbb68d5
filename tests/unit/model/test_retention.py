"""Which backups are kept: by number, age and calendar, over three years of them."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from mysql_operator.model import cron, retention
from mysql_operator.model.retention import Candidate, Rules

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def some(*ages: float, newest: datetime = NOON) -> list[Candidate]:
    """Backups of so many days before the newest one."""
    times = (newest - timedelta(days=age) for age in sorted(ages))
    return [Candidate(f"db-{time:%Y%m%dT%H%M%SZ}.tar.zst", time) for time in times]


def kept(backups: list[Candidate], rules: Rules, now: datetime = NOON) -> list[Candidate]:
    moment = retention.judged_by(backups, now)
    whys = retention.plan(backups, rules, moment=moment)
    return [backup for backup, why in zip(backups, whys, strict=True) if why]


@pytest.mark.parametrize(("text", "hours"), [("720h", 720), ("30d", 720), ("4w", 672), ("1h", 1)])
def test_an_age_is_read(text: str, hours: int) -> None:
    assert retention.age(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "0h", "1", "1m", "-1h", "1.5h", "h", "1h30", "100000h"])
def test_what_is_no_age_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no age"):
        retention.age(text)


@pytest.mark.parametrize("keep", [-3, 0, 1])
def test_the_newest_one_stays_whatever_the_rules_say(keep: int) -> None:
    backups = some(0, 1, 2)

    assert kept(backups, Rules(keep=keep)) == backups[:1]


def test_a_backup_goes_only_where_no_rule_keeps_it() -> None:
    backups = some(0, 1, 2, 5, 9, 40, 400)

    assert kept(backups, Rules(keep=2)) == backups[:2]
    assert kept(backups, Rules(keep=2, keep_for=timedelta(days=7))) == backups[:4]
    assert kept(backups, Rules(keep=2, monthly=3)) == [*backups[:2], *backups[5:]]
    assert kept(backups, Rules(keep=1, spared=backups[5].name)) == [backups[0], backups[5]]


def test_what_a_restore_has_replaced_is_kept_for_a_day_whatever_the_rules_say() -> None:
    newest, next_one, young, old = some(0, 0.5, 1.4, 1.6)
    backups = [newest, next_one, replace(young, is_safety=True), replace(old, is_safety=True)]

    whys = retention.plan(backups, Rules(keep=1), moment=retention.judged_by(backups, NOON))

    assert kept(backups, Rules(keep=1)) == [newest, backups[2]]
    assert whys[2] == ("safety until 2026-11-23 02:24",)


def test_the_plan_says_why_and_which_of_how_many() -> None:
    rules = Rules(keep=2, keep_for=timedelta(days=3), daily=3, monthly=2)

    whys = retention.plan(some(0, 0.25, 2, 40), rules, moment=NOON)

    assert whys == [
        ("keep 1/2", "keepFor until 2026-11-26", "daily 1/3", "monthly 1/2"),
        ("keep 2/2", "keepFor until 2026-11-26"),
        ("keepFor until 2026-11-24", "daily 2/3"),
        ("daily 3/3", "monthly 2/2"),
    ]


def test_days_are_those_of_the_time_zone() -> None:
    newest = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # the 24th in Berlin
    backups = some(0, 1 / 24, 2 / 24, newest=newest)

    assert len(kept(backups, Rules(keep=1, daily=5))) == 1
    assert len(kept(backups, Rules(keep=1, daily=5, zone=BERLIN))) == 2


def test_one_clock_that_is_a_year_ahead_removes_nothing_by_age() -> None:
    rules = Rules(keep=1, keep_for=timedelta(days=30))
    ahead = NOON + timedelta(days=365)
    strange = Candidate("db-strange.tar.zst", ahead)
    backups = [strange, *some(0, 1, 2)]

    assert kept(backups, rules, now=ahead) == backups


def test_a_clock_that_was_set_back_keeps_more_and_never_less() -> None:
    rules = Rules(keep=1, keep_for=timedelta(days=30))
    backups = some(0, 10, 29, 31, 50)

    back = kept(backups, rules, now=NOON - timedelta(days=365))

    assert set(kept(backups, rules)) < set(back)
    assert back == backups


def test_an_age_counts_by_the_backup_before_the_newest() -> None:
    rules = Rules(keep=1, keep_for=timedelta(days=3))

    assert kept(some(0, 1, 3.5, 4.5), rules) == some(0, 1, 3.5)
    assert retention.at_next_backup(some(0, 1)) == NOON
    assert retention.at_next_backup([]) is None


# --- three years ---


def by_calendar(history: list[datetime], rules: Rules) -> set[datetime]:
    """The oracle: which of all backups ever taken, the newest last, the calendar keeps."""
    found: set[datetime] = set()
    for pattern, number in (
        ("%Y-%m-%d", rules.daily),
        ("%G-%V", rules.weekly),
        ("%Y-%m", rules.monthly),
    ):
        newest = {_written(time, rules.zone, pattern): time for time in history}
        last = sorted(newest)[len(newest) - number :] if number < len(newest) else list(newest)
        found |= {newest[period] for period in last}
    return found


@functools.cache
def _written(time: datetime, zone: tzinfo, pattern: str) -> str:
    return time.astimezone(zone).strftime(pattern)


def by_number_and_age(history: list[datetime], rules: Rules) -> set[datetime]:
    before = history[-2:][0]
    age = rules.keep_for or timedelta(0)
    return {*history[-rules.keep :], *(time for time in history if before - time < age)}


DAILY = Rules(keep=3, daily=7, weekly=4, monthly=12, zone=BERLIN)
SCHEDULES = {
    "daily, by calendar": ("0 3 * * *", DAILY),
    "daily, by age too": ("0 3 * * *", replace(DAILY, keep_for=timedelta(days=30))),
    "near midnight, where days begin and end": ("50 23,0 * * *", DAILY),
    "four times a day, through two changes of the clock a year": ("30 2-23/6 * * *", DAILY),
    "on workdays, by weeks": ("0 4 * * MON-FRI", Rules(keep=1, weekly=8, zone=BERLIN)),
    "monthly, by number": ("0 0 1 * *", Rules(keep=5)),
    "weekly, by nothing but age": ("0 1 * * SUN", Rules(keep=1, keep_for=timedelta(weeks=10))),
}


@pytest.mark.parametrize(("schedule", "rules"), SCHEDULES.values(), ids=SCHEDULES)
def test_three_years_of_backups_leave_what_the_calendar_says(schedule: str, rules: Rules) -> None:
    """Removed step by step, there is at each moment what all backups ever taken would have left."""
    timetable = cron.parsed(schedule, "Europe/Berlin")
    now, end = datetime(2024, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    history: list[datetime] = []
    volume: list[Candidate] = []
    per_400_days = 400 * len(timetable.hours) * len(timetable.minutes)
    while (coming := timetable.after(now)) is not None and coming < end:
        now = coming
        history.append(now)
        volume.insert(0, Candidate(now.isoformat(), now))
        volume = kept(volume, rules, now=now + timedelta(minutes=7))

        assert volume[0].time == now
        recent = history[-per_400_days:]
        expected = by_calendar(recent, rules) | by_number_and_age(recent, rules)
        assert {backup.time for backup in volume} == expected

    assert len(history) > 30
    assert len(volume) >= rules.keep


def survivors(backups: list[Candidate], rules: Rules, now: datetime) -> list[Candidate]:
    """What one run leaves."""
    moment = retention.judged_by(backups, now)
    going = retention.superseded(backups, rules, moment=moment)
    return [backup for backup in backups if backup not in going]


@pytest.mark.parametrize("runs", [1, 2, 3, 5])
def test_a_clock_that_is_a_year_ahead_costs_two_backups_a_run_at_most(runs: int) -> None:
    rules = Rules(keep=3, keep_for=timedelta(days=30))
    backups = some(*range(28))
    for number in range(runs):
        ahead = NOON + timedelta(days=366 + number)
        backups = survivors([Candidate(f"ahead-{number}", ahead), *backups], rules, ahead)

    assert len(backups) >= 28 + runs - 2 * max(runs - 1, 0)


def test_a_safety_backup_is_not_gone_at_once_by_such_a_clock_either() -> None:
    ahead = NOON + timedelta(days=366)
    wrong = [Candidate("b", ahead + timedelta(hours=1)), Candidate("a", ahead)]
    safety = [replace(it, is_safety=True) for it in some(0.1, 0.2, 0.3, 0.4)]

    left = survivors([*wrong, *safety], Rules(keep=1), ahead)

    assert left == [wrong[0], *safety[:2]]


def test_what_is_too_much_goes_at_once_and_what_is_too_old_by_twos_the_oldest_first() -> None:
    backups = some(*range(20))

    assert survivors(backups, Rules(keep=3), NOON) == backups[:3]
    rules = Rules(keep=3, keep_for=timedelta(days=5))
    assert survivors(backups, rules, NOON) == backups[:-2]
    for _ in range(10):
        backups = survivors(backups, rules, NOON)
    assert backups == kept(backups, rules)
