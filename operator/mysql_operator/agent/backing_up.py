"""Back up an instance: `mysql-operator agent back-up`. A Job runs it before an instance is deleted,
and on a schedule.

The order keeps the data whenever the agent is killed: fence, copy, proof by a scratch server,
archive, read back, receipt, final names, and only then are older backups removed. A final backup
leaves the server read-only, because a row written after it would be lost; if anything fails, the
server takes writes again. Every other backup is one moment of a server that takes writes meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mysql_operator.agent import custody, markers, methods
from mysql_operator.agent.clone import clone_backups, clones
from mysql_operator.agent.dump import dump_backups, omissions
from mysql_operator.agent.dump.dumping import Plan
from mysql_operator.agent.dump.exporting import Export
from mysql_operator.agent.dump.holdings import Holdings
from mysql_operator.agent.methods import Choice
from mysql_operator.agent.scratch import Scratch
from mysql_operator.agent.settings import Settings
from mysql_operator.agent.sql import sessions, sql_errors
from mysql_operator.agent.sql.sessions import Door
from mysql_operator.agent.store import opening
from mysql_operator.agent.store.stored_files import StoredFile
from mysql_operator.agent.store.streams import Packed
from mysql_operator.agent.taken import Taken
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.receipts import BackupFile, BackupSummary, Method, Receipt, Trigger

logger = logging.getLogger(__name__)

_NAMED_BYTES = 900
"""Of what holds a deletion: an error that is longer would be cut in the middle of a statement."""


_AGAIN = {
    Trigger.FINAL: ", and the backup is tried again",
    Trigger.SAFETY: "; write another MySQLRestore when nothing is left out any more",
}


@dataclass(frozen=True)
class Decision:
    """The method, and what the server holds that it leaves out."""

    choice: Choice
    left_out: list[str]


def back_up(settings: Settings) -> BackupSummary:
    """Take a backup; returns the summary of its receipt.

    Raises:
        OperatorError: there is no new backup, and the server takes writes as before.
    """
    return _BackUp(settings).run()


def require_nothing_left_out(settings: Settings) -> None:
    """Refuse a safety backup that would not hold all of the server, before this is closed for it.

    Raises:
        OperatorError: NotInDump.
    """
    _BackUp(_of_safety(settings)).decide()


def take_safety_backup(settings: Settings, fence: custody.Fence) -> Receipt:
    """Take a backup of all that the server holds, behind a fence that is closed already.

    Raises:
        OperatorError: there is no new backup.
    """
    return _BackUp(_of_safety(settings)).behind(fence)


def _of_safety(settings: Settings) -> Settings:
    return replace(settings, trigger=Trigger.SAFETY, sql_dump=False)


class _BackUp:
    """One attempt."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._door = settings.door()
        self._store = opening.store_of(settings)
        self._scratch = Scratch(settings.scratch)
        self._started = datetime.now(UTC)
        self._fenced_since = ""

    @property
    def _is_final(self) -> bool:
        return self._settings.trigger is Trigger.FINAL

    @property
    def _leaves_nothing_out(self) -> bool:
        """Whether the data of the server go once this backup is there."""
        return self._settings.trigger in (Trigger.FINAL, Trigger.SAFETY)

    def run(self) -> BackupSummary:
        self._prepare_scratch()
        with self._scratch.killed_at_end():
            sessions.connect_within(self._door, self._settings.wait_seconds).close()
            with custody.locked(self._door, self._settings.wait_seconds) as lock:
                with self._door.connect() as session:
                    markers.require_complete(session)
                    if not self._is_final:
                        custody.lift_fence_of_restore(session)  # it is left: this has the lock
                        custody.refuse_fenced(session)
                self._store.remove_leftovers()
                self.decide()  # so that what holds a deletion does not close the server first
                receipt = self._published(lock)
                not_removed = self._prune()
        return receipt.summary().model_copy(update={"not_removed": not_removed or None})

    def _prepare_scratch(self) -> None:
        """Begin to make its data directory, while this waits for the server and the lock."""
        if self._settings.verify or self._settings.method != Method.DUMP:
            self._scratch.open()
            self._scratch.empty()
            self._scratch.initialize()

    def behind(self, fence: custody.Fence) -> Receipt:
        """Take it behind a fence of somebody who holds the lock. No older backup is removed."""
        self._prepare_scratch()
        self._fenced_since = fence.since
        with self._scratch.killed_at_end():
            self._store.remove_leftovers()
            return self._take(fence)

    def _published(self, lock: custody.Lock) -> Receipt:
        try:
            with self._fenced(custody.Fence(self._door, lock, self._settings.pod)) as fence:
                return self._take(fence)
        except OperatorError as error:
            if error.reason == sql_errors.DISK_FULL:
                self._prune()  # so that an edit of what is kept makes room for the next attempt
            raise

    def _prune(self) -> list[str]:
        """Remove older backups; a failure of that is no failure of the backup."""
        try:
            problems = self._store.prune(self._settings.retention, datetime.now(UTC))
        except OperatorError as error:
            problems = [error.message]
        return receipts.cut(problems, _NAMED_BYTES)

    def decide(self) -> Decision:
        """Choose the method.

        Raises:
            OperatorError: NotInDump; Dump would leave something out, and the data go after it.
        """
        with self._door.connect() as session:
            choice = methods.choose(self._settings.method, clones.facts(session))
            left_out = omissions.of(session) if choice.method is Method.DUMP else []
        if left_out and self._leaves_nothing_out:
            raise _not_in_dump(self._settings.trigger, choice, left_out)
        return Decision(choice, left_out)

    @contextmanager
    def _fenced(self, fence: custody.Fence) -> Iterator[custody.Fence | None]:
        """Close the server for a final backup, and open it again if that fails."""
        if not self._is_final:
            yield None
            return
        with custody.closed(fence):
            yield fence

    def _take(self, fence: custody.Fence | None) -> Receipt:
        # Asked again: what decides may have changed until the server was closed.
        decision = self.decide()
        if decision.choice.method is Method.CLONE:
            return self._take_by_clone(fence, decision)
        return self._take_by_dump(fence, decision)

    def _take_by_clone(self, fence: custody.Fence | None, decision: Decision) -> Receipt:
        file = self._store.new_name(receipts.CLONE_SUFFIX)
        export = Export(self._store.partial_export(file), self._settings.instance)
        with self._store.partial(file) as archive:
            use = export.write if self._settings.sql_dump else _nothing
            taken = clone_backups.copy(self._door, self._scratch, use)
            if fence is None:
                self._require_clonable()
            with self._store.failures():
                packed = clone_backups.pack(self._settings.scratch, archive)
                taken = replace(taken, not_included=taken.not_included + export.problems)
                receipt = self._receipt(file, packed, taken, decision)
                if export.is_complete:
                    receipt = receipt.model_copy(update={"sql_file": file.export})
                return self._publish(file, receipt, fence)

    def _require_clonable(self) -> None:
        """Make sure that nobody made what a clone does not copy while it went on.

        Raises:
            OperatorError: CloneFailed.
        """
        with self._door.connect() as session:
            obstacle = methods.obstacle_to_clone(clones.facts(session))
        if obstacle:
            raise OperatorError(
                clones.FAILED,
                f"while the server was copied, it changed: {obstacle}; the backup is tried again",
            )

    def _take_by_dump(self, fence: custody.Fence | None, decision: Decision) -> Receipt:
        logger.info("The method is Dump: %s.", decision.choice.reason)
        file = self._store.new_name(receipts.DUMP_SUFFIX)
        plan = Plan(self._settings.instance, fenced=fence is not None)
        with self._store.partial(file) as dump:
            with self._store.failures():
                packed, held = dump_backups.write(self._door, dump, plan)
            left_out = self._proven(dump, packed, held) + decision.left_out
            taken = dump_backups.taken(self._door, held, verified=self._settings.verify)
            taken = replace(taken, not_included=taken.not_included + left_out)
            with self._store.failures():
                return self._publish(file, self._receipt(file, packed, taken, decision), fence)

    def _proven(self, dump: StoredFile, packed: Packed, held: Holdings) -> list[str]:
        """Read the dump back, into a scratch server if the spec does not forbid that."""
        if self._settings.verify:
            return dump_backups.prove(dump, packed, held, self._scratch)
        dump_backups.check(dump, packed)
        return []

    def _publish(self, file: BackupFile, receipt: Receipt, fence: custody.Fence | None) -> Receipt:
        if fence is not None:
            fence.require_closed()
        self._store.publish(file, receipt)
        logger.info("The backup %s is complete.", file.name)
        return receipt

    def _receipt(
        self, file: BackupFile, packed: Packed, taken: Taken, decision: Decision
    ) -> Receipt:
        return Receipt(
            file=file.name,
            size=packed.size,
            sha256=packed.sha256,
            storage=self._store.title if self._settings.storage else None,
            method=decision.choice.method,
            method_reason=decision.choice.reason or None,
            schemas=taken.schemas,
            tables=len(taken.contents),
            rows=sum(table.rows for table in taken.contents),
            server_version=taken.origin.server_version,
            server_uuid=taken.origin.server_uuid,
            time=_text(datetime.now(UTC)),
            started=_text(self._started),
            verified=taken.verified,
            not_included=taken.not_included or None,
            instance=self._settings.instance,
            namespace=self._settings.namespace,
            object_uid=self._settings.object_uid,
            trigger=self._settings.trigger,
            position=taken.position,
            requires=taken.origin.requires,
            persisted_variables=taken.origin.persisted_variables,
            objects=taken.objects,
            accounts=taken.accounts,
            contents=taken.contents,
            request=self._settings.restore_request or None,
            fenced_since=self._fenced_since or None,
        )


def _nothing(_: Door) -> None:
    """Write no SQL file."""


def _not_in_dump(trigger: Trigger, choice: Choice, left_out: list[str]) -> OperatorError:
    for line in left_out:
        logger.error("Not in a dump: %s", line)
    named = receipts.cut(left_out, _NAMED_BYTES)
    return OperatorError(
        "NotInDump",
        f"the method of the {trigger.lower()} backup is Dump, because {choice.reason}, and a dump "
        f"does not hold all of this server (the method Clone would): {'; '.join(named)}. The "
        f"server takes writes as before{_AGAIN[trigger]}",
    )


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
