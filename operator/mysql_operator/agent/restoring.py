"""Fill a new database from its backup: `mysql-operator agent restore`.

It says what it did in a marker row, written last; until then no client is let in. Run again after
success, it repeats what it said. Run again after being killed half-way, it starts over. A database
with data of its own is never touched.
"""

from __future__ import annotations

import logging
import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from mysql_operator import names
from mysql_operator.agent import custody, markers, version_hops
from mysql_operator.agent.clone import clones, cloning_back, swapping
from mysql_operator.agent.clone.cloning_back import CloneBack
from mysql_operator.agent.custody import Lock
from mysql_operator.agent.dump import discarding, load_settings, loading_back, unlogged
from mysql_operator.agent.dump.loading_back import DumpFile
from mysql_operator.agent.settings import Settings
from mysql_operator.agent.sql import inventory, quoting, sessions, sql_errors
from mysql_operator.agent.sql.sessions import Session, version_of
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.agent.store import opening, stores, streams
from mysql_operator.agent.store.stores import Store
from mysql_operator.agent.store.streams import Progress
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.receipts import BackupFile, Method, Receipt, RestoreReceipt, TableRows

logger = logging.getLogger(__name__)

LATEST = "latest"
NEVER = "Never"
IF_AVAILABLE = "IfAvailable"

_TIME = "%Y-%m-%dT%H:%M:%SZ"


def restore(settings: Settings) -> RestoreReceipt:
    """Restore the database, or find that there is nothing to do.

    Raises:
        OperatorError: the database stays closed; run again, the restore starts over.
    """
    return _Restore(settings).run()


class _Restore:
    """One attempt."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._door = settings.door()
        self._store = opening.store_of(settings)

    def run(self) -> RestoreReceipt:
        self._require_markers()
        with self._locked() as lock, self._door.connect() as session:
            custody.wait_until_free(session, custody.FENCE_LOCK, *loading_back.LOCKS)
            handed_over = swapping.completed(self._settings, session, lock)
            if handed_over is not None:
                return handed_over
            state = markers.state(session)
            if state == markers.COMPLETE:
                return self._repeat(session, lock)
            unfinished = state == markers.LOADING or markers.has_foreign_row(session)
            if not unfinished and inventory.has_any(session):
                reason = "the database already holds data"
                return self._without_backup(session, lock, "kept", reason)
            self._refuse_lost_data()
            if unfinished:
                unlogged.end(session)
            file = self._choose()
            if file is None:
                return self._fresh(session, lock, unfinished=unfinished)
            return self._restored(file, session, lock, unfinished=unfinished)

    def _require_markers(self) -> None:
        """Bring the server up with the tables of the marker, which each start of it makes."""
        with sessions.connect_within(self._door, self._settings.wait_seconds) as session:
            if markers.are_there(session):
                return
            if inventory.has_any(session):
                raise OperatorError(
                    "MarkerMissing",
                    "the schema mysql_operator is gone, and the server holds data, which was not "
                    "touched; restart the server's pod, which makes the schema again, and the "
                    "restore Job keeps the data",
                )
            logger.info("A copy that failed has left nothing in the server: restarting it.")
            session.run("RESTART")
        self._wait_for_markers(time.monotonic() + self._settings.wait_seconds)

    def _wait_for_markers(self, deadline: float) -> None:
        while True:
            left = max(0.0, deadline - time.monotonic())
            try:
                with sessions.connect_within(self._door, left) as session:
                    if markers.are_there(session):
                        return
            except SQLError as error:
                if error.reason != sql_errors.SERVER_UNREACHABLE or not left:
                    raise
            if not left:
                raise OperatorError(
                    "ServerUnreachable", "the server did not set itself up after a restart"
                )
            time.sleep(0.1)

    def _locked(self) -> AbstractContextManager[Lock]:
        return custody.locked(self._door, self._settings.wait_seconds)

    def _repeat(self, session: Session, lock: Lock) -> RestoreReceipt:
        """Say what was said. Whoever installs or upgrades a release wants the database, so a fence
        that a given-up deletion left is lifted; but not that of a backup which has just ended.
        """
        if custody.is_fenced(session):
            if lock.had_to_wait:
                raise OperatorError(
                    "Busy",
                    "a backup was taken meanwhile, and the server stays read-only behind it; this "
                    "is tried again",
                )
            logger.info("Lifting the fence of an earlier backup.")
            custody.lift_fence(session, except_where=f"NOT {lock.held_condition}")
        return markers.result(session)

    def _refuse_lost_data(self) -> None:
        if self._settings.expects_data:
            claim = names.data_claim(self._settings.instance)
            raise OperatorError(
                "DataLost",
                f"the volume {claim} is empty, but this database was complete before; nothing was "
                "restored, because a backup may be older: put the data back, or give it up: delete "
                "the object without a final backup and write it again, to start from the newest "
                "backup",
            )

    def _fresh(self, session: Session, lock: Lock, *, unfinished: bool) -> RestoreReceipt:
        if unfinished:
            self._discard(session)
            load_settings.set_back(session, markers.kept_settings(session))
            self._make_database(session)
        if self._settings.restore_policy == NEVER:
            return self._without_backup(session, lock, "fresh", "the restore policy is Never")
        return self._without_backup(session, lock, "fresh", "no backup was found")

    def _discard(self, session: Session) -> None:
        logger.info("An earlier restore did not end: removing what it has brought.")
        unlogged.end(session)
        discarding.discard(session)

    def _make_database(self, session: Session) -> None:
        """Make the schema of the spec, which a backup may not hold."""
        database = quoting.name(self._settings.database)
        session.run(f"CREATE DATABASE IF NOT EXISTS {database}")

    def _without_backup(
        self, session: Session, lock: Lock, result: str, reason: str
    ) -> RestoreReceipt:
        receipt = RestoreReceipt(
            result=result, reason=reason, server_version=str(session.version), time=_now()
        )
        markers.complete(session, lock, receipt)
        return receipt

    # --- the backup ---

    def _choose(self) -> BackupFile | None:
        """Choose a backup of this database, and only where there is none one of its source."""
        if self._settings.restore_policy == NEVER:
            return None
        found = self._wanted(self._store)
        source = self._settings.source
        if found is None and source is not None:
            logger.info("There is no backup of this database: looking for one of %s.", source.name)
            self._store = opening.store_of_source(source)
            found = self._wanted(self._store)
        if found is None:
            self._accept_no_backup()
        return found

    def _wanted(self, store: Store) -> BackupFile | None:
        wanted = self._settings.restore_from
        found = (file for file in store.backups() if wanted in (LATEST, file.name))
        return next(found, None)

    def _accept_no_backup(self) -> None:
        """Let the database start empty, unless a backup was asked for.

        Raises:
            OperatorError: NoBackup.
        """
        wanted = self._settings.restore_from
        is_content = self._settings.restore_policy == IF_AVAILABLE and wanted == LATEST
        if is_content and self._settings.source is None:
            return
        what = "there is no backup" if wanted == LATEST else f"there is no backup {wanted}"
        way_out = (
            "put it there, or correct restore.from; restore.policy IfAvailable with restore.from "
            "latest starts an empty database where there is no backup"
        )
        if self._settings.source is not None:
            what = f"{what} of this database, and none of its source"
            way_out = "correct restore.source, or remove it to start with an empty database"
        raise OperatorError("NoBackup", f"{what} on {self._store.title}; {way_out}")

    def _restored(
        self, file: BackupFile, session: Session, lock: Lock, *, unfinished: bool
    ) -> RestoreReceipt:
        logger.info("Restoring %s.", file.name)
        began = time.monotonic()
        receipt = self._readable(file)
        if file.method is Method.CLONE and receipt is not None:
            outcome = self._clone_back(file, receipt, session, lock)
        else:
            dump = DumpFile(self._store.file(file), receipt)
            self._check(dump, file)
            outcome = self._load_back(dump, file, session, lock, unfinished=unfinished)
        logger.info("Restored in %.0f s.", time.monotonic() - began)
        return outcome

    def _readable(self, file: BackupFile) -> Receipt | None:
        try:
            return stores.receipt_to_read(self._store, file)
        except OperatorError as error:
            if error.reason not in (receipts.RECEIPT_UNREADABLE, streams.DAMAGED):
                raise
            raise self._damaged(file, error) from error

    def _check(self, dump: DumpFile, file: BackupFile) -> None:
        try:
            dump.check()
        except OperatorError as error:
            if error.reason not in loading_back.DAMAGED:
                raise
            raise self._damaged(file, error) from error

    def _load_back(
        self, dump: DumpFile, file: BackupFile, session: Session, lock: Lock, *, unfinished: bool
    ) -> RestoreReceipt:
        kept = markers.kept_settings(session) or load_settings.current(session)
        markers.begin(session, lock)
        markers.keep_settings(session, lock, kept)
        if unfinished:
            self._discard(session)
        else:  # the backup knows the character set of each
            discarding.discard_schemas(session)
        progress = self._progress(session, lock, file)
        restored = loading_back.load(self._door, dump, kept_settings=kept, progress=progress)
        self._make_database(session)
        outcome = outcome_of(file, dump.receipt, restored.contents, session, restored.missing)
        markers.complete(session, lock, outcome)
        return outcome

    def _clone_back(
        self, file: BackupFile, receipt: Receipt, session: Session, lock: Lock
    ) -> RestoreReceipt:
        require_fit(session, receipt)
        back = CloneBack(self._settings)
        try:
            markers.begin(session, lock)
            self._unpack(back, file, receipt, self._progress(session, lock, file))
            back.copy_into(session, lock, receipt)
            back.wait_for_copy(self._door, self._settings.wait_seconds)
        finally:
            back.end()
        with self._locked() as new_lock, self._door.connect() as restarted:
            back.require_copy(restarted)
            missing = back.remarks + cloning_back.settle(restarted, receipt.persisted_variables)
            outcome = outcome_of(file, receipt, receipt.contents, restarted, missing)
            markers.complete(restarted, new_lock, outcome)
        return outcome

    def _progress(self, session: Session, lock: Lock, file: BackupFile) -> Progress:
        return markers.Progress(session, lock, self._store.file(file))

    def _unpack(
        self, back: CloneBack, file: BackupFile, receipt: Receipt, progress: Progress
    ) -> None:
        try:
            back.unpack(self._store.file(file), receipt, progress)
        except OperatorError as error:
            if error.reason != streams.DAMAGED:
                raise
            raise self._damaged(file, error) from error

    def _damaged(self, file: BackupFile, error: OperatorError) -> OperatorError:
        """Offer another backup, never take it: it is older, and only the owner of the data knows
        whether that will do.
        """
        other = stores.newest_intact(self._store, beside=file)
        offer = "no other backup is intact"
        if other is not None:
            offer = f"set restore.from to {other.name}, the newest intact one, to take that"
        return OperatorError(
            error.reason,
            f"the backup {file.name} is damaged ({error.message}); nothing was restored; {offer}",
        )


def require_fit(
    session: Session, receipt: Receipt, write_again: str = version_hops.WRITE_AGAIN
) -> None:
    """Refuse files that no server of this version, or with this configuration, can use.

    Raises:
        OperatorError: UpgradeRefused, DowngradeRefused, or IncompatibleServer with the setting.
    """
    version_hops.require_possible(version_of(receipt.server_version), session.version, write_again)
    found, needed = clones.requirements(session), receipt.requires
    for variable, has, needs in (
        ("lower_case_table_names", found.lower_case_table_names, needed.lower_case_table_names),
        ("innodb_page_size", found.page_size, needed.page_size),
    ):
        if needs is not None and has != needs:
            raise OperatorError(
                "IncompatibleServer",
                f"the backup {receipt.file} needs {variable}={needs} and this server has {has}; "
                f"both are fixed when a data directory is made: {write_again} with "
                f"{variable}={needs} in its configuration",
            )


def outcome_of(
    file: BackupFile,
    receipt: Receipt | None,
    contents: list[TableRows],
    session: Session,
    missing: list[str],
) -> RestoreReceipt:
    """Say what came back: as the receipt has it, or as it was counted where there is none."""
    return RestoreReceipt(
        result="restored",
        file=receipt.file if receipt else file.name,
        backup_time=receipt.time if receipt else file.stamp.time().strftime(_TIME),
        tables=receipt.tables if receipt else len(contents),
        rows=receipt.rows if receipt else sum(table.rows for table in contents),
        server_version=str(session.version),
        time=_now(),
        missing=receipts.cut(missing, receipts.SUMMARY_BYTES) or None,
    )


def _now() -> str:
    return datetime.now(UTC).strftime(_TIME)
