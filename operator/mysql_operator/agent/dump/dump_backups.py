"""Take a backup by Dump: write SQL, read it back, load it into a scratch server, compare.

What comes back equal there is verified, and nothing else.
"""

from __future__ import annotations

import logging
from collections import Counter

from mysql_operator.agent import scratch
from mysql_operator.agent.dump import dumping, loading, sqlfile, verifying
from mysql_operator.agent.dump.definitions import Kind
from mysql_operator.agent.dump.holdings import Holdings
from mysql_operator.agent.scratch import Scratch
from mysql_operator.agent.sql import catalog, inventory, sql_errors
from mysql_operator.agent.sql.sessions import Door
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.agent.store import streams
from mysql_operator.agent.store.stored_files import StoredFile
from mysql_operator.agent.store.streams import Packed
from mysql_operator.agent.taken import Origin, Taken
from mysql_operator.errors import OperatorError
from mysql_operator.model.receipts import ObjectCounts, TableRows

logger = logging.getLogger(__name__)

VERIFICATION_FAILED = "VerificationFailed"

_NAMED = 5
"""Differences that an error names; the log has all."""


def write(door: Door, file: StoredFile, plan: dumping.Plan) -> tuple[Packed, Holdings]:
    """Dump the instance into a file; returns that file's checksum and what it holds.

    Raises:
        OperatorError: DumpFailed, in the server's words; ServerUnreachable.
    """
    logger.info("Dumping to %s.", file.name)
    try:
        with streams.writing(file) as written:
            held = dumping.dump(door.connect, written, plan)
    except SQLError as error:
        reason = error.reason if error.reason in sql_errors.PASSING else "DumpFailed"
        raise OperatorError(reason, f"the dump failed: {error.message}") from error
    return written.packed, held


def check(file: StoredFile, packed: Packed) -> None:
    """Read the dump back from its store.

    Raises:
        OperatorError: ChecksumMismatch, DumpIncomplete; it is not what was written.
    """
    file.forget()
    with streams.reading(file, packed) as stream:
        loading.check(stream)


def prove(file: StoredFile, packed: Packed, held: Holdings, server: Scratch) -> list[str]:
    """Load the dump into the scratch server, as it is read back from its store, and compare.

    Returns what the source has and could not use either, so that no restore brings it back.

    Raises:
        OperatorError: VerificationFailed, naming what did not come back; DiskFull.
    """
    server.initialized()
    logger.info("Loading the dump into a scratch server.")
    server.start(scratch.EMPTY, scratch.UNREACHABLE).close()
    file.forget()
    try:
        with streams.reading(file, packed) as stream:
            outcome = verifying.verify(server.door.connect, stream, held)
    except SQLError as error:
        raise _could_not_load(error, server) from error
    if outcome.problems:
        raise _not_equal(outcome.problems)
    return outcome.broken


def _could_not_load(error: SQLError, server: Scratch) -> OperatorError:
    if error.reason == sqlfile.INCOMPLETE:
        return error
    what = f"the dump could not be loaded into a scratch server: {error.message}"
    if error.reason == sql_errors.DISK_FULL:
        return OperatorError(
            sql_errors.DISK_FULL,
            f"{what}; free space on the node, or give the Job a larger scratch volume",
        )
    return server.failure(VERIFICATION_FAILED, what)


def _not_equal(problems: list[str]) -> OperatorError:
    for problem in problems:
        logger.error("Not as on the source: %s", problem)
    more = len(problems) - _NAMED
    named = "; ".join(problems[:_NAMED]) + (f"; and {more} more" if more > 0 else "")
    return OperatorError(
        VERIFICATION_FAILED,
        f"the dump was not kept, because a scratch server that loaded it differs from the source: "
        f"{named}; repair or drop what is named, or use the method Clone where the server can, "
        "and the backup is tried again",
    )


def taken(door: Door, held: Holdings, *, verified: bool) -> Taken:
    """What the receipt says of the dump."""
    with door.connect() as session:
        uuid = str(session.value("SELECT @@server_uuid"))
        discarded = inventory.discarded(session)
    unreadable = [f"{item.title}: {item.error}" for item in held.unreadable]
    return Taken(
        origin=Origin(held.server_version, uuid),
        contents=[
            TableRows(schema_name=schema, table=table, rows=contents.rows)
            for (schema, table), contents in sorted(held.tables.items())
        ],
        schemas=sum(kind is Kind.SCHEMA for kind, _, _ in held.definitions),
        objects=_objects(held),
        accounts=len(held.grants),
        verified=verified,
        position=held.position,
        not_included=unreadable + discarded,
    )


def _objects(held: Holdings) -> ObjectCounts:
    counted = Counter(
        kind for kind, schema, _ in held.definitions if catalog.is_users_schema(schema)
    )
    return ObjectCounts(
        views=counted[Kind.VIEW],
        routines=counted[Kind.ROUTINE],
        triggers=counted[Kind.TRIGGER],
        events=counted[Kind.EVENT],
    )
