"""Prove that the newest backup can be restored: `mysql-operator agent drill`. A CronJob runs it.

The scratch server of the Job's own pod takes the backup, as a restore would. The instance is not
asked for anything, and where backups are kept nothing is written: whatever a drill finds, the
backup stays. A drill that is killed leaves nothing behind but its scratch volume, which ends with
the pod.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field

from mysql_operator.agent import questions, scratch, steps
from mysql_operator.agent.dump import load_settings, loading, loading_back, sqlfile
from mysql_operator.agent.dump.applying import Loaded
from mysql_operator.agent.dump.loading_back import DumpFile
from mysql_operator.agent.questions import Answer, Asker
from mysql_operator.agent.scratch import Scratch
from mysql_operator.agent.settings import Settings
from mysql_operator.agent.sql import sql_errors
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.agent.store import archives, opening, stores, streams
from mysql_operator.agent.store.object_errors import StorageError
from mysql_operator.agent.store.streams import Packed
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.receipts import (
    BackupFile,
    DrillReceipt,
    DrillResult,
    Method,
    Receipt,
    TableRows,
)

logger = logging.getLogger(__name__)

_ATTEMPTS = 3
"""How many backups in a row may be removed under a drill: each time a newer one is there."""

_NAMED = 5
"""Differences that a message names; the log has all."""


@dataclass(frozen=True)
class Found:
    """What the scratch server holds of a backup."""

    contents: list[TableRows]
    server_version: str
    missing: list[str] = field(default_factory=list)
    answer: Answer | None = None


def drill(settings: Settings) -> DrillReceipt:
    """Restore the newest backup into the scratch server, and look at it.

    Raises:
        OperatorError: the drill could not be held, which says nothing of the backup.
    """
    return _Drill(settings).run()


class _Drill:
    """One attempt."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._store = opening.store_of(settings)
        self._scratch = Scratch(settings.scratch)
        self._asker = Asker()
        self._began = time.monotonic()

    def run(self) -> DrillReceipt:
        for _ in range(_ATTEMPTS):
            newest = next(iter(self._store.backups()), None)
            if newest is None:
                return self._skipped()
            try:
                return self._held(newest)
            except StorageError:
                raise
            except OperatorError as error:
                if newest in self._store.backups():
                    return self._failed(newest, error)
                logger.info("%s was removed meanwhile: a newer backup is there.", newest.name)
            finally:
                self._clear()
        raise OperatorError("Busy", "each backup was removed while the drill read it")

    def _clear(self) -> None:
        """Remove what was restored: a claim for scratch data stays as long as the finished pod.

        Where that fails, what the drill has found counts, and the volume goes with the pod.
        """
        with suppress(OperatorError, OSError):
            self._scratch.kill()
            self._scratch.empty()

    def _held(self, file: BackupFile) -> DrillReceipt:
        logger.info("The drill restores %s into a scratch server.", file.name)
        self._scratch.open()
        self._scratch.empty()
        return self._verdict(file, self._restored(file))

    def _restored(self, file: BackupFile) -> Found:
        try:
            receipt = stores.receipt_to_read(self._store, file)
            if file.method is Method.CLONE and receipt is not None:
                return self._unpacked(file, receipt)
            return self._loaded(DumpFile(self._store.file(file), receipt))
        except OSError as error:
            raise OperatorError(
                sql_errors.DISK_FULL if error.errno in scratch.FULL else "RestoreFailed",
                f"{file.name} could not be brought into the scratch volume: {error.strerror}",
            ) from error

    def _unpacked(self, file: BackupFile, receipt: Receipt) -> Found:
        """Start the scratch server on the files of a Clone backup."""
        packed = Packed(receipt.size, receipt.sha256)
        with steps.timed("Unpacking"):
            archives.unpack(self._store.file(file), packed, self._scratch.volume)
        with steps.timed("Start on the unpacked files"):
            session = self._start(scratch.DATA)
        with session:
            return self._looked_at(session, receipt, Loaded())

    def _loaded(self, dump: DumpFile) -> Found:
        """Load a dump into an empty scratch server."""
        self._scratch.initialize()
        with steps.timed("Checking of the file"):
            dump.check()
        self._scratch.initialized()
        try:
            with self._start(scratch.EMPTY) as session:
                loaded = self._load(session, dump)
                return self._looked_at(session, dump.receipt, loaded)
        except SQLError as error:
            raise self._could_not_load(dump, error) from error

    def _start(self, folder: str) -> Session:
        return self._scratch.start(folder, scratch.UNREACHABLE, self._asker.statements())

    def _load(self, session: Session, dump: DumpFile) -> Loaded:
        with (
            steps.timed("Loading"),
            load_settings.in_force(session),
            streams.reading(dump.file, dump.packed) as stream,
        ):
            return loading.load(self._scratch.door.connect, stream, large=dump.large_tables)

    def _could_not_load(self, dump: DumpFile, error: SQLError) -> OperatorError:
        if error.reason == sqlfile.INCOMPLETE:
            return OperatorError(streams.DAMAGED, error.message)
        what = f"{dump.file.name} could not be loaded: {error.message}"
        if error.reason == sql_errors.DISK_FULL:
            return OperatorError(error.reason, f"the scratch volume is full; {what}")
        return self._scratch.failure("LoadFailed", what)

    # --- what it is worth ---

    def _looked_at(self, session: Session, receipt: Receipt | None, loaded: Loaded) -> Found:
        """Compare the scratch server with the receipt, and ask it the question.

        Raises:
            OperatorError: RestoreIncomplete, DrillQuestionFailed.
        """
        with steps.timed("Counting of rows"):
            contents, differing = loading_back.compared(session, receipt, loaded)
        wrong = [*loading_back.lost_rows(loaded), *differing]
        if wrong:
            raise _incomplete(wrong)
        missing = [str(item) for item in (*loaded.missing, *loaded.remarks)]
        return Found(contents, str(session.version), missing, self._asked())

    def _asked(self) -> Answer | None:
        query = self._settings.drill_query
        if not query:
            return None
        with steps.timed("Question"):
            return self._asker.ask(self._scratch.door.socket, self._settings.database, query)

    def _verdict(self, file: BackupFile, found: Found) -> DrillReceipt:
        answer, query = found.answer, questions.quoted(self._settings.drill_query)
        receipt = DrillReceipt(
            result=DrillResult.PASSED,
            file=file.name,
            seconds=self._seconds(),
            answer=answer.text if answer is not None else None,
            tables=len(found.contents),
            rows=sum(table.rows for table in found.contents),
            server_version=found.server_version,
            missing=receipts.cut(found.missing, receipts.SUMMARY_BYTES) or None,
        )
        if answer is None or answer.is_true:
            return receipt
        no = {
            "result": DrillResult.FAILED,
            "reason": "DrillQuestionFalse",
            "message": f"{file.name} came back complete, and the question {query} was answered "
            f"by {answer.text}",
        }
        return receipt.model_copy(update=no)

    def _failed(self, file: BackupFile, error: OperatorError) -> DrillReceipt:
        return DrillReceipt(
            result=DrillResult.FAILED,
            file=file.name,
            reason=error.reason,
            message=self._explained(file, error),
            seconds=self._seconds(),
        )

    def _explained(self, file: BackupFile, error: OperatorError) -> str:
        if error.reason not in (*loading_back.DAMAGED, receipts.RECEIPT_UNREADABLE):
            return error.message
        other = stores.newest_intact(self._store, beside=file)
        intact = f"the newest intact one is {other.name}" if other else "no other one is intact"
        return f"{file.name} is damaged ({error.message}); {intact}. Take another backup now"

    def _skipped(self) -> DrillReceipt:
        why = f"there is no backup on {self._store.title} yet"
        return DrillReceipt(result=DrillResult.SKIPPED, reason="NoBackupYet", message=why)

    def _seconds(self) -> int:
        return round(time.monotonic() - self._began)


def _incomplete(wrong: list[str]) -> OperatorError:
    for line in wrong:
        logger.error("Not as in the backup: %s", line)
    more = f"; and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
    named = "; ".join(wrong[:_NAMED])
    return OperatorError("RestoreIncomplete", f"not all rows came back: {named}{more}")
