"""Proves a dump: loads it into a scratch server and compares that with what was dumped.

Only what came back equal, thing by thing and value by value, may be called verified.
"""

from __future__ import annotations

from dataclasses import dataclass

from mysql_operator.agent import differences, holdings, loading
from mysql_operator.agent.applying import Loaded
from mysql_operator.agent.holdings import Holdings
from mysql_operator.agent.snapshots import Connect
from mysql_operator.agent.sqlfile import Source


@dataclass(frozen=True)
class Verification:
    """What a scratch server made of a dump."""

    loaded: Loaded
    differences: tuple[str, ...]

    @property
    def verified(self) -> bool:
        """Whether everything came back equal."""
        return not self.problems

    @property
    def problems(self) -> list[str]:
        """Everything that a restore of this dump would not bring back, or not as it was."""
        losses = [str(item) for item in (*self.loaded.lost, *self.loaded.missing)]
        named = {item.title for item in self.loaded.missing}
        named |= {f"table {rows.schema}.{rows.table}" for rows in self.loaded.lost}
        return losses + [d for d in self.differences if d.split(": ")[0] not in named]


def verify(
    connect: Connect, source: Source, held: Holdings, *, connections: int = 2
) -> Verification:
    """Load a dump into an empty scratch server and compare it with what the source held.

    Raises:
        SQLError: the scratch server went away, its disk is full, or the dump is not complete.
    """
    loaded = loading.load(connect, source, connections=connections, is_scratch=True)
    with connect() as session:
        copy = holdings.of(session)
    return Verification(loaded, tuple(differences.between(held, copy)))
