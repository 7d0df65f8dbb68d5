"""Schedules in cron's five fields: their grammar, and when they come. Pure.

The grammar is Kubernetes' own, less what two people read in two ways (`?`, 7 for Sunday, `@every`).
A CronJob does the work; here the schedule is read for what people are told of it.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from mysql_operator.errors import SpecError

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

LATE_SECONDS = 7200
"""How late a scheduled backup may begin: Kubernetes leaves out what it could not start by then."""

MACROS = ("@hourly", "@daily", "@weekly", "@monthly")

_VALUES = (
    "[0-5]?[0-9]",
    "([01]?[0-9]|2[0-3])",
    "(0?[1-9]|[12][0-9]|3[01])",
    f"(0?[1-9]|1[0-2]|{'|'.join(MONTHS)})",
    f"([0-6]|{'|'.join(WEEKDAYS)})",
)


def _grammar(value: str) -> str:
    item = f"([*]|{value}(-{value})?)(/[1-9][0-9]?)?"
    return f"{item}(,{item})*"


PATTERN = f"^({'|'.join(MACROS)}|{' +'.join(map(_grammar, _VALUES))})$"
"""What `kubectl apply` takes; a range that goes backwards and 31 February are found by `parsed`."""

TIME_ZONE = "^[A-Za-z]+([/_+-][A-Za-z0-9]+)*$"
UTC_NAME = "Etc/UTC"

_LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_NAMES: tuple[dict[str, int], ...] = (
    {},
    {},
    {},
    {name: number for number, name in enumerate(MONTHS, start=1)},
    {name: number for number, name in enumerate(WEEKDAYS)},
)
_DAYS_AHEAD = 9 * 366
"""29 February comes after eight years at the latest, from 1896 to 1904 and from 2096 to 2104."""
_ANY_DAY = date(2023, 1, 1)


def resolved(schedule: str, seed: str) -> str:
    """The five fields of a schedule; one with @ gets a minute of its own from the seed.

    So the backups of many databases do not all begin at midnight, and each keeps its time.
    """
    if schedule not in MACROS:
        return schedule
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])
    number, minute = divmod(number, 60)
    if schedule == "@hourly":
        return f"{minute} * * * *"
    number, hour = divmod(number, 24)
    if schedule == "@daily":
        return f"{minute} {hour} * * *"
    if schedule == "@weekly":
        return f"{minute} {hour} * * {number % 7}"
    return f"{minute} {hour} {number % 28 + 1} * *"


def seed_of_drills(uid: str) -> str:
    """The seed of an object's drills: they come at another time than its backups."""
    return f"{uid}/drill"


def time_zone(name: str) -> tzinfo:
    """The time zone of that name.

    Raises:
        SpecError: TimeZoneUnknown.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise SpecError(
            "TimeZoneUnknown",
            f"spec.backup.timeZone: {name} is no time zone; write one as Europe/Berlin, or leave "
            "the field out for UTC",
        ) from error


@dataclass(frozen=True)
class Schedule:
    """When a schedule comes."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    needs_both_days: bool
    """Whether a day must fit both fields of days: one of them is `*`. Else either will do."""
    zone: tzinfo

    def after(self, moment: datetime) -> datetime | None:
        """The first time later than the moment; None where the schedule never comes."""
        today = moment.astimezone(self.zone).date()
        days = (today + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD))
        times = (time for day in days for time in self._on(day, self.hours, self.minutes))
        return next((time for time in times if time > moment), None)

    def until(self, moment: datetime) -> datetime | None:
        """The last time that is not later than the moment."""
        today = moment.astimezone(self.zone).date()
        days = (today - timedelta(days=back) for back in range(_DAYS_AHEAD))
        hours, minutes = self.hours[::-1], self.minutes[::-1]
        times = (time for day in days for time in self._on(day, hours, minutes))
        return next((time for time in times if time <= moment), None)

    @functools.cached_property
    def longest_gap(self) -> timedelta | None:
        """The longest time from one to the next, as the clock on the wall has it."""
        minutes = [hour * 60 + minute for hour in self.hours for minute in self.minutes]
        days = [
            offset
            for offset in range(_DAYS_AHEAD)
            if self._is_due(_ANY_DAY + timedelta(days=offset))
        ]
        if len(days) < 2:
            return None
        within = max((later - sooner for sooner, later in itertools.pairwise(minutes)), default=0)
        across = max(later - sooner for sooner, later in itertools.pairwise(days)) * 1440
        return timedelta(minutes=max(within, across + minutes[0] - minutes[-1]))

    def _on(
        self, day: date, hours: tuple[int, ...], minutes: tuple[int, ...]
    ) -> Iterator[datetime]:
        """The times of a day. One that a change of the clock skips does not come."""
        if not self._is_due(day):
            return
        for hour, minute in itertools.product(hours, minutes):
            local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
            time = local.astimezone(UTC)
            if time.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                yield time

    def _is_due(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        fits = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return all(fits) if self.needs_both_days else any(fits)


@functools.lru_cache(maxsize=16384)
def parsed(schedule: str, zone: str) -> Schedule:
    """Read five fields.

    Raises:
        SpecError: ScheduleInvalid, TimeZoneUnknown, with the way out.
    """
    fields = schedule.split()
    if len(fields) != len(_LIMITS):
        raise _invalid(f"{schedule} is not five fields, or one of {', '.join(MACROS)}")
    found = tuple(_numbers(field, at) for at, field in enumerate(fields))
    minutes, hours, days, months, weekdays = found
    made = Schedule(
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=weekdays,
        needs_both_days=any("*" in _items(fields[at]) for at in (2, 4)),
        zone=time_zone(zone or UTC_NAME),
    )
    if made.longest_gap is None:
        raise _invalid(f"{schedule} never comes: no month that it names has such a day")
    return made


def _items(field: str) -> list[str]:
    return [item.removesuffix("/1") for item in field.split(",")]


def _numbers(field: str, at: int) -> tuple[int, ...]:
    try:
        return tuple(sorted({number for item in field.split(",") for number in _range(item, at)}))
    except ValueError as error:
        raise _invalid(f"{field} cannot be read") from error


def _range(item: str, at: int) -> range:
    """The numbers of one item of a field: `*`, 5, 1-5, each with a step or without."""
    lowest, highest = _LIMITS[at]
    values, _, step = item.partition("/")
    first, has_end, last = values.partition("-")
    start = lowest if first == "*" else _number(first, at)
    end = _number(last, at) if has_end else highest if first == "*" or step else start
    if end < start:
        raise _invalid(f"{item} goes backwards; write the smaller number first, or two ranges")
    return range(start, end + 1, int(step or 1))


def _number(text: str, at: int) -> int:
    lowest, highest = _LIMITS[at]
    number = _NAMES[at][text] if text in _NAMES[at] else int(text)
    if not lowest <= number <= highest:
        raise ValueError(text)
    return number


def _invalid(why: str) -> SpecError:
    return SpecError("ScheduleInvalid", why)
