"""Proves a dump: loads it into a scratch server and compares that with what was dumped.

Only what came back equal, thing by thing and value by value, may be called verified. What the
source itself could not use (a view upon a dropped table, a grant on it, an account whose plugin is
gone) is the exception: no server takes it, so it is named, and holds nothing up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mysql_operator.agent.dump import (
    adapting,
    applying,
    differences,
    holdings,
    load_settings,
    loading,
)
from mysql_operator.agent.dump.applying import Loaded, Missing
from mysql_operator.agent.dump.holdings import Holdings
from mysql_operator.agent.dump.sqlfile import Source
from mysql_operator.agent.sql import quoting
from mysql_operator.agent.sql.snapshots import Connect

_REFERS_TO_NOTHING = frozenset((1049, 1054, 1146, 1305, 1356, 1449)) | adapting.UNKNOWN_PRIVILEGE
"""Errors of a definition that speaks of a schema, column, table, routine or account which is not
there. Were it there on the source, and only lost by the dump, it would be a problem of its own."""

_REFERRING = ("routine ", "view ", "trigger ", "event ", "grant ")

_NOT_IN_THE_IMAGE = frozenset((1126, 3529))
"""Errors of a thing whose library the image does not have: the source, of the same image, has only
its row, from a time when it ran another one."""

_OF_LIBRARIES = ("plugin ", "loadable function ", "component ")

_SUBJECT = re.compile(r" ON (?:PROCEDURE |FUNCTION )?`((?:[^`]|``)+)`\.`((?:[^`]|``)+)` TO ")
_GRANTEE = re.compile(r" TO (`(?:[^`]|``)*`@`(?:[^`]|``)*`)(?: WITH GRANT OPTION)?$")


@dataclass(frozen=True)
class Verification:
    """What a scratch server made of a dump."""

    loaded: Loaded
    differences: tuple[str, ...]

    @property
    def verified(self) -> bool:
        """Whether everything came back equal that the source itself could use."""
        return not self.problems

    @property
    def problems(self) -> list[str]:
        """Everything that a restore of this dump would not bring back, or not as it was."""
        lost = [*self.loaded.lost, *(m for m in self.loaded.missing if not _is_broken(m))]
        named = {item.title for item in self.loaded.missing}
        named |= {item.title for item in self.loaded.remarks}
        named |= {item.title for item in self.loaded.lost}
        others = [line for line in self.differences if line.split(": ")[0] not in named]
        return [*map(str, lost), *others]

    @property
    def broken(self) -> list[str]:
        """What the source has and could not use either, with why."""
        return [*map(str, filter(_is_broken, self.loaded.missing)), *map(str, self.loaded.remarks)]


def verify(
    connect: Connect, source: Source, held: Holdings, *, connections: int = 2
) -> Verification:
    """Load a dump into an empty scratch server and compare it with what the source held.

    Raises:
        SQLError: the scratch server went away, its disk is full, or the dump is not complete.
    """
    large = {path for path, there in held.tables.items() if there.rows >= loading.LARGE}
    with connect() as session, load_settings.in_force(session):
        loaded = loading.load(connect, source, connections=connections, large=large)
        # Over a session of its own: the server has other settings by now.
        with connect() as reader:
            copy = holdings.of(reader)
    stale = frozenset(grant for missing in loaded.missing for grant in _stale_grants(missing))
    found = differences.between(held, copy, stale_grants=stale)
    unreadable = {item.title for item in held.unreadable}
    return Verification(loaded, tuple(d for d in found if d.split(": ")[0] not in unreadable))


def _is_broken(missing: Missing) -> bool:
    if missing.title.startswith(_OF_LIBRARIES):
        return missing.code in _NOT_IN_THE_IMAGE
    return missing.title.startswith(_REFERRING) and missing.code in _REFERS_TO_NOTHING


def _stale_grants(missing: Missing) -> list[tuple[str, str]]:
    """Account and subject of a grant that was refused because its subject is not there."""
    grantee = _GRANTEE.search(missing.title)
    if grantee is None or not _is_broken(missing):
        return []
    account = quoting.account(*quoting.read_account(grantee[1]))
    unknown = missing.error.partition(applying.UNKNOWN_PRIVILEGES)[2]
    subjects = unknown.split(", ") if unknown else []
    if on := _SUBJECT.search(missing.title):
        subjects.append(".".join(part.replace("``", "`") for part in on.groups()))
    return [(account, subject) for subject in subjects]
