"""Take a backup by Clone: a scratch server copies the instance, and recovers from the copy."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from mysql_operator.agent import scratch, steps
from mysql_operator.agent.clone import clones, counters
from mysql_operator.agent.scratch import Scratch
from mysql_operator.agent.sql import inventory
from mysql_operator.agent.sql.sessions import Door, Session
from mysql_operator.agent.store import archives
from mysql_operator.agent.store.stored_files import StoredFile
from mysql_operator.agent.store.streams import Packed
from mysql_operator.agent.taken import Origin, Taken
from mysql_operator.model.receipts import Position

logger = logging.getLogger(__name__)

# Of the data directory: what each server makes for itself, and must not share with another one.
_OF_ONE_SERVER = ("auto.cnf", "#innodb_temp", "#clone", "ibtmp1", "mysqld-auto.cnf")
_OF_ONE_SERVER_ENDS = (".pem", ".dblwr", ".bdblwr", ".pid", ".sock", ".sock.lock")
_SPARE = "_tmp"  # of redo log files: prepared, still unused, 3 MB of zeros each


Use = Callable[[Door], None]
"""Uses the proven copy, while the scratch server serves it."""


def copy(door: Door, recipient: Scratch, use: Use) -> Taken:
    """Let the scratch server copy the instance, and prove that it recovers from the copy.

    Raises:
        OperatorError: it could not be copied, or the copy could not be used.
    """
    origin, source_counters = _clone(door, recipient)
    logger.info("Recovering a server from the copy.")
    with steps.timed("Recovery"):
        copied = recipient.start(scratch.DATA, scratch.UNREACHABLE)
    with copied:
        position = clones.position(copied)
        lost = counters.carry_over(copied, source_counters)
        with steps.timed("Counting of rows"):
            taken = _counted(copied, origin, position, lost)
        use(recipient.door)
    with steps.timed("Clean shutdown"):
        recipient.stop()
    return taken


def _clone(door: Door, recipient: Scratch) -> tuple[Origin, counters.Counters]:
    """Copy the instance; what is to be known of it comes from before the copy."""
    with steps.timed("Initialization"):
        recipient.initialized()
    with steps.timed("Start of an empty server"):
        session = recipient.start(scratch.EMPTY, scratch.UNREACHABLE)
    with session, door.connect() as donor, steps.timed("Clone"):
        known = _origin(donor), counters.of(donor)
        clones.activate_plugins(donor, session)
        to = scratch.path_of(scratch.DATA)
        with clones.long_packets(donor):
            clones.clone_to(to, session, clones.donor_at(door, donor.port))
    recipient.discard(scratch.EMPTY)
    return known


def pack(volume: Path, archive: StoredFile) -> Packed:
    """Pack the copy, and read it back.

    Raises:
        OperatorError: ChecksumMismatch.
    """
    logger.info("Packing the copy.")
    with steps.timed("Packing"):
        packed = archives.pack(volume, archive, _belongs)
    with steps.timed("Reading back"):
        archives.check(archive, packed)
    return packed


def _origin(donor: Session) -> Origin:
    return Origin(
        server_version=str(donor.version),
        server_uuid=str(donor.value("SELECT @@server_uuid")),
        requires=clones.requirements(donor),
        persisted_variables=clones.persisted_variables(donor),
    )


def _counted(copied: Session, origin: Origin, position: Position, lost: list[str]) -> Taken:
    return Taken(
        origin=origin,
        position=position,
        not_included=lost + inventory.discarded(copied),
        contents=inventory.contents(copied),
        schemas=len(inventory.schemas(copied)),
        objects=inventory.objects(copied),
        accounts=inventory.accounts(copied),
        verified=True,
    )


def _belongs(name: str) -> bool:
    """Whether a path of the scratch volume belongs in the archive."""
    parts = name.split("/")
    if parts[0] != scratch.DATA:
        return False
    if parts[1:2] == ["#innodb_redo"] and name.endswith(_SPARE):
        return False
    below = parts[1] if len(parts) > 1 else ""
    return below not in _OF_ONE_SERVER and not below.endswith(_OF_ONE_SERVER_ENDS)
