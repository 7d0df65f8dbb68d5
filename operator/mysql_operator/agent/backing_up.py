"""Back up an instance: `mysql-operator agent back-up`. A Job runs it before an instance is deleted.

The order keeps the data whenever the agent is killed: fence, copy, proof by a scratch server,
archive, read back, receipt, final names, and only then are older backups removed. A final backup
leaves the server read-only, because a row written after it would be lost; if anything fails, the
server takes writes again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mysql_operator.agent import (
    archives,
    clones,
    custody,
    interruptions,
    inventory,
    markers,
    methods,
    scratch,
    sessions,
)
from mysql_operator.agent.archives import Packed
from mysql_operator.agent.methods import Choice
from mysql_operator.agent.scratch import Scratch
from mysql_operator.agent.settings import Settings
from mysql_operator.agent.volumes import BackupVolume
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.receipts import (
    BackupFile,
    BackupSummary,
    Method,
    ObjectCounts,
    Position,
    Receipt,
    Requirements,
    TableRows,
    Trigger,
)

logger = logging.getLogger(__name__)

# Of the data directory: what each server makes for itself, and must not share with another one.
_OF_ONE_SERVER = ("auto.cnf", "#innodb_temp", "#clone", "ibtmp1", "mysqld-auto.cnf")
_OF_ONE_SERVER_ENDS = (".pem", ".dblwr", ".bdblwr", ".pid", ".sock", ".sock.lock")
_SPARE = "_tmp"  # of redo log files: prepared, still unused, 3 MB of zeros each


@dataclass(frozen=True)
class Source:
    """What the receipt says of the server, asked while nothing changes there."""

    server_version: str
    server_uuid: str
    requires: Requirements
    persisted_variables: dict[str, str]


@dataclass(frozen=True)
class Copy:
    """What the scratch server holds, counted by it."""

    position: Position
    contents: list[TableRows]
    schemas: int
    objects: ObjectCounts
    accounts: int


def back_up(settings: Settings) -> BackupSummary:
    """Take a backup; returns the summary of its receipt.

    Raises:
        OperatorError: there is no new backup, and the server takes writes as before.
    """
    return _BackUp(settings).run()


class _BackUp:
    """One attempt."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._door = settings.door()
        self._volume = BackupVolume(settings.backups, settings.instance)
        self._scratch = Scratch(settings.scratch)
        self._started = datetime.now(UTC)

    def run(self) -> BackupSummary:
        # The scratch data directory is made while this waits for the server and the lock.
        self._scratch.open()
        self._scratch.empty()
        self._scratch.initialize()
        try:
            sessions.connect_within(self._door, self._settings.wait_seconds).close()
            with custody.locked(self._door, self._settings.wait_seconds) as lock:
                with self._door.connect() as session:
                    markers.require_complete(session)
                self._volume.remove_leftovers()
                with self._fenced(custody.Fence(self._door, lock, self._settings.pod)) as fence:
                    receipt = self._take(fence)
                self._volume.prune(self._settings.keep)
        finally:
            self._scratch.kill()
        return receipt.summary()

    @contextmanager
    def _fenced(self, fence: custody.Fence) -> Iterator[custody.Fence | None]:
        """Close the server for a final backup, and open it again if that fails."""
        if self._settings.trigger is not Trigger.FINAL:
            yield None
            return
        try:
            fence.close()
            yield fence
        except BaseException:
            interruptions.ignore()
            fence.lift()
            raise

    def _take(self, fence: custody.Fence | None) -> Receipt:
        with self._door.connect() as session:
            choice = methods.choose(self._settings.method, clones.facts(session))
        if choice.method is not Method.CLONE:
            raise OperatorError("DumpNotSupported", choice.reason)
        file = self._volume.new_name(receipts.CLONE_SUFFIX)
        source, copy = self._clone()
        with self._volume.partial(file) as path:
            packed = self._pack(path)
            if fence is not None:
                fence.require_closed()
            receipt = self._receipt(file, packed, source, copy, choice)
            self._volume.publish(file, receipt)
        logger.info("The backup %s is complete.", file.name)
        return receipt

    def _clone(self) -> tuple[Source, Copy]:
        """Let the scratch server copy the instance, and prove that it recovers from the copy."""
        self._scratch.initialized()
        with (
            self._door.connect() as donor,
            self._scratch.start(scratch.UNREACHABLE) as recipient,
        ):
            source = _source(donor)
            clones.activate_plugins(donor, recipient)
            clones.clone(recipient, clones.donor_at(self._door, donor.port))
        if not self._scratch.restarts():
            raise self._scratch.failure(clones.FAILED, "the scratch server ended while it copied")
        logger.info("Recovering a server from the copy.")
        with self._scratch.start(scratch.UNREACHABLE) as copied:
            copy = _counted(copied)
        self._scratch.stop()
        return source, copy

    def _pack(self, path: Path) -> Packed:
        logger.info("Packing the copy.")
        packed = archives.pack(self._settings.scratch, path, _belongs)
        archives.check(path, packed)
        return packed

    def _receipt(
        self, file: BackupFile, packed: Packed, source: Source, copy: Copy, choice: Choice
    ) -> Receipt:
        return Receipt(
            file=file.name,
            size=packed.size,
            sha256=packed.sha256,
            method=choice.method,
            method_reason=choice.reason or None,
            schemas=copy.schemas,
            tables=len(copy.contents),
            rows=sum(table.rows for table in copy.contents),
            server_version=source.server_version,
            server_uuid=source.server_uuid,
            time=_text(datetime.now(UTC)),
            started=_text(self._started),
            verified=True,
            instance=self._settings.instance,
            namespace=self._settings.namespace,
            object_uid=self._settings.object_uid,
            trigger=self._settings.trigger,
            position=copy.position,
            requires=source.requires,
            persisted_variables=source.persisted_variables,
            objects=copy.objects,
            accounts=copy.accounts,
            contents=copy.contents,
        )


def _source(donor: sessions.Session) -> Source:
    return Source(
        server_version=str(donor.version),
        server_uuid=str(donor.value("SELECT @@server_uuid")),
        requires=clones.requirements(donor),
        persisted_variables=clones.persisted_variables(donor),
    )


def _counted(copied: sessions.Session) -> Copy:
    return Copy(
        position=clones.position(copied),
        contents=inventory.contents(copied),
        schemas=len(inventory.schemas(copied)),
        objects=inventory.objects(copied),
        accounts=inventory.accounts(copied),
    )


def _belongs(name: str) -> bool:
    """Whether a path of the scratch volume belongs into the archive."""
    parts = name.split("/")
    if parts[0] == scratch.CONTROL:
        return False
    if parts[1:2] == ["#innodb_redo"] and name.endswith(_SPARE):
        return False
    below = parts[1] if len(parts) > 1 else ""
    return below not in _OF_ONE_SERVER and not below.endswith(_OF_ONE_SERVER_ENDS)


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
