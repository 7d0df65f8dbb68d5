"""Takes and keeps backups of noise, one after another: `python -m tests.agent.stores.writer`.

As a Job does: it removes what an earlier one has left, uploads, reads back, puts the receipt, and
removes old ones. It writes a line for each step, so that whoever kills it knows how far it has
come, and begins when it gets a line itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from mysql_operator.agent import interruptions, settings
from mysql_operator.agent.store import opening, streams
from mysql_operator.agent.store.stores import Store
from mysql_operator.agent.store.streams import Packed
from mysql_operator.model import receipts
from mysql_operator.model.receipts import BackupFile, Receipt
from mysql_operator.model.retention import Rules

MEGABYTES = 20
KEPT = 3


def receipt_of(file: BackupFile, packed: Packed) -> Receipt:
    """A receipt that says as much of a file as a store needs."""
    return Receipt(
        file=file.name,
        size=packed.size,
        sha256=packed.sha256,
        schemas=1,
        tables=1,
        rows=1,
        server_version="9.7.4",
        time=file.stamp.time().strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def write(
    store: Store, file: BackupFile, megabytes: int, report: Callable[[str], object] = str
) -> Packed:
    """Keep one backup of so much noise, which does not compress."""
    with store.partial(file) as archive:
        with streams.writing(archive) as written:
            for _ in range(megabytes):
                written.stream.write(os.urandom(1 << 20))
        report("uploaded")
        archive.forget()
        streams.compare(streams.checksum(archive), written.packed)
        report("read back")
        store.publish(file, receipt_of(file, written.packed))
        report("kept")
    return written.packed


def main() -> int:
    """Keep backups until somebody ends this."""
    interruptions.raise_on_signals()
    store = opening.store_of(settings.read())
    store.remove_leftovers()
    report("begun")
    if not sys.stdin.readline():
        return 1
    try:
        while True:
            report("uploading")
            write(store, store.new_name(receipts.CLONE_SUFFIX), MEGABYTES, report)
            store.prune(Rules(keep=KEPT), datetime.now(UTC))
    except interruptions.InterruptedJobError:
        return 1


def report(step: str) -> None:
    """Tell how far this has come."""
    print(step, flush=True)


if __name__ == "__main__":
    sys.exit(main())
