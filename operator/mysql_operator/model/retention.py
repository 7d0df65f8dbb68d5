"""Which backups are kept, and why. Pure.

The rules are a union: a backup goes only where none of them keeps it. What cannot be judged, having
no legible receipt, is not given to this module, and so is never removed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

AGE = "^[1-9][0-9]{0,4}[hdw]$"
SAFETY_FOR = timedelta(hours=24)
"""How long the data that a restore has replaced are kept, whatever the rules say."""

MOST_BY_AGE = 2
"""Backups that one run removes because of their age. Each run adds one, so it is enough; and where
a clock is wrong again and again, backups go by twos and not all at once."""

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True)
class Rules:
    """What `spec.backup` says."""

    keep: int
    keep_for: timedelta | None = None
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    zone: tzinfo = UTC
    """Of days, weeks and months."""
    spared: str = ""
    """Name of a backup that stays in any case: the one that spec.restore.from names."""


@dataclass(frozen=True)
class Candidate:
    """A complete backup, and when it was taken."""

    name: str
    time: datetime
    is_safety: bool = False
    """Whether it holds the data that a restore has replaced."""


def age(text: str) -> timedelta:
    """Read an age such as 720h, 30d or 4w.

    Raises:
        ValueError: it is none.
    """
    if not re.match(AGE, text):
        raise ValueError(f"{text} is no age such as 720h, 30d or 4w")
    return int(text[:-1]) * _UNITS[text[-1]]


def at_next_backup(backups: Sequence[Candidate]) -> datetime | None:
    """The moment by which the next backup will judge ages, as far as it is known now."""
    return backups[0].time if backups else None


def judged_by(backups: Sequence[Candidate], now: datetime) -> datetime:
    """The moment by which ages are judged: that of the backup before the newest.

    Not now: where the clock of one node is ahead, all backups would be too old at once.
    """
    return min(now, backups[1].time) if len(backups) > 1 else now


def plan(backups: Sequence[Candidate], rules: Rules, *, moment: datetime) -> list[tuple[str, ...]]:
    """Why each backup is kept, the newest first as they are given; empty where it may go."""
    whys: list[list[str]] = [[] for _ in backups]
    keep = max(rules.keep, 1)  # the newest one stays, whatever anybody has written
    for number, why in enumerate(whys[:keep], start=1):
        why.append(f"keep {number}/{keep}")
    for backup, why in zip(backups, whys, strict=True):
        why += _by_itself(backup, rules, moment)
    for period, most, of_time in _periods(rules):
        seen: set[object] = set()
        for backup, why in zip(backups, whys, strict=True):
            this = of_time(backup.time.astimezone(rules.zone))
            if this not in seen and len(seen) < most:
                why.append(f"{period} {len(seen) + 1}/{most}")
            seen.add(this)
    return [tuple(why) for why in whys]


def superseded(backups: Sequence[Candidate], rules: Rules, *, moment: datetime) -> list[Candidate]:
    """The backups that one run removes, of those that are given with the newest first."""
    now = plan(backups, rules, moment=moment)
    whatever_their_age = plan(backups, rules, moment=_BEFORE_ALL)
    judged = list(zip(backups, now, whatever_their_age, strict=True))
    too_many = [backup for backup, _, ageless in judged if not ageless]
    too_old = [backup for backup, why, ageless in judged if ageless and not why]
    return [*too_many, *too_old[-MOST_BY_AGE:]]


def _by_itself(backup: Candidate, rules: Rules, moment: datetime) -> Iterator[str]:
    """Why a backup is kept, whatever others there are."""
    if rules.keep_for is not None and backup.time + rules.keep_for > moment:
        yield f"keepFor until {backup.time + rules.keep_for:%Y-%m-%d}"
    if backup.is_safety and backup.time + SAFETY_FOR > moment:
        yield f"safety until {backup.time + SAFETY_FOR:%Y-%m-%d %H:%M}"
    if backup.name == rules.spared:
        yield "restore.from"


def _periods(rules: Rules) -> list[tuple[str, int, Callable[[datetime], object]]]:
    """Each with how many are kept, and what tells one from another."""
    return [
        ("daily", rules.daily, datetime.date),
        ("weekly", rules.weekly, lambda time: time.isocalendar()[:2]),
        ("monthly", rules.monthly, lambda time: (time.year, time.month)),
    ]
