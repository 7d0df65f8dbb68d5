"""What a backup holds, as the method that took it has counted: the part of the receipt that the
file itself does not tell.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mysql_operator.model.receipts import ObjectCounts, Position, Requirements, TableRows


@dataclass(frozen=True)
class Origin:
    """What the receipt says of the server, asked while nothing changes there."""

    server_version: str
    server_uuid: str
    requires: Requirements = field(default_factory=Requirements)
    persisted_variables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """What is in a backup."""

    origin: Origin
    contents: list[TableRows]
    schemas: int
    objects: ObjectCounts
    accounts: int
    verified: bool
    position: Position | None = None
    not_included: list[str] = field(default_factory=list)
