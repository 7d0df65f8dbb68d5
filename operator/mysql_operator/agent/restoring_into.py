"""Give a complete instance the data of a backup: `mysql-operator agent restore-into`.

Nothing is lost, whenever the agent is killed: fence, a safety backup of what is there, a scratch
server on the wanted backup, a copy of that beside the instance's data, and only then the restart
that puts the copy in their place. Whatever fails before leaves the instance as it was, and lets it
take writes again. After the restart, whoever looks next completes the restore.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from mysql_operator import names
from mysql_operator.agent import (
    backing_up,
    custody,
    interruptions,
    markers,
    methods,
    past_events,
    restoring,
    scratch,
)
from mysql_operator.agent.clone import clones, cloning_back, next_start, swapping
from mysql_operator.agent.clone.clones import Donor
from mysql_operator.agent.clone.swapping import Copy, Handover
from mysql_operator.agent.custody import Fence, Lock
from mysql_operator.agent.dump import loading_back
from mysql_operator.agent.dump.loading_back import DumpFile
from mysql_operator.agent.scratch import Scratch
from mysql_operator.agent.settings import Settings
from mysql_operator.agent.sql import sessions, sql_errors
from mysql_operator.agent.sql.sessions import Session
from mysql_operator.agent.store import opening, stores
from mysql_operator.errors import OperatorError
from mysql_operator.model.receipts import BackupFile, Method, Receipt, RestoreReceipt, TableRows

logger = logging.getLogger(__name__)


def restore_into(settings: Settings) -> RestoreReceipt:
    """Restore the backup, or find that this has been done.

    Raises:
        OperatorError: the instance serves the data that it had.
    """
    return _RestoreInto(settings).run()


@dataclass(frozen=True)
class _Source:
    """A scratch server that serves the wanted backup."""

    file: BackupFile
    receipt: Receipt | None
    session: Session
    contents: list[TableRows]
    missing: list[str]


@dataclass(frozen=True)
class _Earlier:
    """What an attempt that was killed has left, and what nobody has touched since."""

    safety: Receipt
    holder: str
    """Whose fence it is."""
    fenced_since: str


class _RestoreInto:
    """One attempt."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._door = settings.door()
        self._store = opening.store_of(settings)
        self._scratch = Scratch(settings.scratch)
        self._earlier: _Earlier | None = None
        self._closed_by = ""
        """Whose fence an attempt has left that was killed."""

    def run(self) -> RestoreReceipt:
        try:
            return self._run()
        except BaseException:
            interruptions.ignore()
            if self._closed_by:
                custody.open_after(self._door, self._closed_by)
            raise

    def _run(self) -> RestoreReceipt:
        self._clear()
        with self._locked() as (lock, session):
            swapping.completed(self._settings, session, lock)
            markers.require_complete(session)
            said = markers.result(session)
            if said.request == self._settings.restore_request:
                return said
            if not self._has_held(session):
                custody.lift_fence_of_restore(session)
                custody.refuse_fenced(session)
            file = self._wanted()
            receipt = self._checked(file, session)
            self._require_readable_safety_backup()
            backing_up.require_nothing_left_out(self._settings)
            self._replace(file, receipt, session, lock)
        return self._completed()

    def _completed(self) -> RestoreReceipt:
        """Complete what the restart has begun, unless another Job of the instance was quicker."""
        with self._locked() as (lock, session):
            swapping.completed(self._settings, session, lock)
            outcome = markers.result(session)
        if outcome.request != self._settings.restore_request:
            raise OperatorError(
                "Busy", "another restore has begun meanwhile; this one is tried again"
            )
        return outcome

    @contextmanager
    def _locked(self) -> Iterator[tuple[Lock, Session]]:
        seconds = self._settings.wait_seconds
        sessions.connect_within(self._door, seconds).close()
        with custody.locked(self._door, seconds) as lock, self._door.connect() as session:
            yield lock, session

    def _clear(self) -> None:
        """Begin anew after an attempt that was killed: its copy goes when the server restarts."""
        with self._locked() as (_, session):
            if not markers.are_there(session):
                return
            self._closed_by = custody.restore_that_closed(session)
            safety = self._published_behind(custody.fenced_since(session))
            if safety is not None:
                next_start.forget(session)
            elif not custody.lift_fence_of_restore(session):
                return
            logger.info("An earlier attempt was killed. Restarting the server without its copy.")
            swapping.restart_and_wait(self._door, session, self._settings.wait_seconds)
        if safety is not None:
            self._earlier = self._kept(safety)

    # --- what an attempt that was killed behind its fence has done already ---

    def _published_behind(self, fenced_since: str) -> Receipt | None:
        """Find the safety backup of this restore since which nobody can have written."""
        if not fenced_since:
            return None
        wanted = (self._settings.restore_request, fenced_since)
        for file in self._store.backups()[: stores.NEWEST]:
            with suppress(OperatorError):
                receipt = self._store.receipt(file)
                if (receipt.request, receipt.fenced_since) == wanted:
                    return receipt
        return None

    def _kept(self, safety: Receipt) -> _Earlier | None:
        """The server came back from our restart, and closed itself before it let anybody in."""
        with self._door.connect() as session:
            fenced_since = custody.fenced_since(session)
            if not fenced_since or not custody.is_fenced_since_start(session):
                return None
            return _Earlier(safety, custody.holder_of(session), fenced_since)

    def _has_held(self, session: Session) -> bool:
        """Whether the server is closed as it was; else that backup may lack rows by now."""
        if (
            self._earlier is not None
            and custody.fenced_since(session) != self._earlier.fenced_since
        ):
            self._earlier = None
        return self._earlier is not None

    # --- before anything is touched ---

    def _wanted(self) -> BackupFile:
        wanted = self._settings.restore_from
        for file in self._store.backups():
            if file.name == wanted:
                return file
        raise OperatorError(
            "NoBackup",
            f"there is no backup {wanted} on {self._store.title}; nothing was changed. Name one "
            "that `kubectl get msb` lists for this database",
        )

    def _checked(self, file: BackupFile, session: Session) -> Receipt | None:
        """Read the receipt, and see that this server can have the backup.

        Raises:
            OperatorError: CloneImpossible, UpgradeRefused, DowngradeRefused, IncompatibleServer,
                PluginMissing, ChecksumMismatch, DecryptionKeyMissing, DecryptionKeyWrong.
        """
        again = _by_a_new_database(file)
        self._require_recipient(session, again)
        with self._damage(file):
            receipt = stores.receipt_to_read(self._store, file)
            if file.method is Method.DUMP or receipt is None:
                DumpFile(self._store.file(file), receipt).check()
                return receipt
        restoring.require_fit(session, receipt, f"{again} and")
        _require_plugins(session, receipt)
        return receipt

    def _require_readable_safety_backup(self) -> None:
        """Make sure that what is about to be replaced can be decrypted, too.

        Raises:
            OperatorError: DecryptionKeyMissing, DecryptionKeyWrong.
        """
        if self._settings.storage is None:
            return
        cipher = opening.cipher_of(self._settings.storage, self._settings.storage_identity)
        if cipher is not None:
            cipher.require_pair(cipher.sealed(b"safety"))

    def _require_recipient(self, session: Session, again: str) -> None:
        facts = clones.facts(session)
        recipient = methods.Facts(
            facts.version, facts.clone_plugin, force_recovery=facts.force_recovery
        )
        obstacle = methods.obstacle_to_clone(recipient)
        if obstacle:
            raise OperatorError(
                "CloneImpossible",
                f"a running server takes over a backup by MySQL's clone plugin, but {obstacle}; "
                f"nothing was changed: {again}",
            )

    @contextmanager
    def _damage(self, file: BackupFile) -> Iterator[None]:
        """Say what damage means here."""
        try:
            yield
        except OperatorError as error:
            if error.reason not in loading_back.DAMAGED:
                raise
            raise OperatorError(
                error.reason,
                f"the backup {file.name} is damaged ({error.message}); nothing was changed. Write "
                "another MySQLRestore that names another backup",
            ) from error

    # --- behind the fence ---

    def _replace(
        self, file: BackupFile, receipt: Receipt | None, session: Session, lock: Lock
    ) -> None:
        """Put a copy of the backup in the place of the data."""
        earlier = self._earlier
        holder = earlier.holder if earlier else f"{custody.OF_A_RESTORE}{self._settings.pod}"
        since = earlier.fenced_since if earlier else ""
        fence = Fence(self._door, lock, holder, since=since)
        with custody.closed(fence):
            safety = self._safety_backup(fence)
            copy = Copy(self._settings)
            with self._scratch.killed_at_end(), self._damage(file):
                source = self._served(file, receipt)
                self._copy(copy, source, session, safety)
            # A pod that is told to end has time enough for the rest.
            interruptions.ignore()
            copy.put_in_place(session, lock, fence)

    def _safety_backup(self, fence: Fence) -> Receipt:
        if self._earlier is None:
            return backing_up.take_safety_backup(self._settings, fence)
        safety = self._earlier.safety
        logger.info("The server has been read-only since the safety backup %s.", safety.file)
        return safety

    def _served(self, file: BackupFile, receipt: Receipt | None) -> _Source:
        """Start a scratch server on the wanted backup, and compare that with its receipt."""
        self._scratch.open()
        if file.method is Method.CLONE and receipt is not None:
            return self._unpacked(file, receipt)
        return self._loaded(file, receipt)

    def _unpacked(self, file: BackupFile, receipt: Receipt) -> _Source:
        cloning_back.unpack(self._scratch, self._store.file(file), receipt)
        logger.info("Starting a scratch server on the unpacked files.")
        donor = self._scratch.start(scratch.DATA, cloning_back.LISTENING)
        cloning_back.require_complete(donor, receipt)
        remarks = [str(remark) for remark in past_events.disable(donor)]
        return _Source(file, receipt, donor, receipt.contents, remarks)

    def _loaded(self, file: BackupFile, receipt: Receipt | None) -> _Source:
        self._scratch.empty()
        self._scratch.initialize()
        self._scratch.initialized()
        donor = self._scratch.start(scratch.EMPTY, cloning_back.LISTENING)
        swapping.prepare(donor)
        dump = DumpFile(self._store.file(file), receipt)
        try:
            restored = loading_back.load(
                self._scratch.door, dump, kept_settings="", progress=lambda _: None
            )
        except OperatorError as error:
            if error.reason != sql_errors.DISK_FULL:
                raise
            raise self._scratch.failure(error.reason, "the backup could not be loaded") from error
        _require_only_what_is_cloned(donor, file)
        return _Source(file, receipt, donor, restored.contents, restored.missing)

    def _copy(self, copy: Copy, source: _Source, instance: Session, safety: Receipt) -> None:
        """Let the instance copy the scratch server to a directory beside its data."""
        receipt = source.receipt
        outcome = restoring.outcome_of(
            source.file, receipt, source.contents, instance, source.missing
        ).model_copy(
            update={
                "request": self._settings.restore_request,
                "safety_backup": safety.file,
            }
        )
        with source.session as donor:
            clones.activate_plugins(donor, instance)
            variables = receipt.persisted_variables if receipt else {}
            swapping.bring_along(donor, Handover(outcome, variables))
            try:
                copy.make(instance, self._donor())
            except OperatorError as error:
                if error.reason != sql_errors.DISK_FULL:
                    raise
                raise self._no_room(error) from error

    def _donor(self) -> Donor:
        door = self._scratch.door
        host = self._settings.pod_ip
        return Donor(host, names.SCRATCH_PORT, door.user, door.password.decode())

    def _no_room(self, error: OperatorError) -> OperatorError:
        claim = names.data_claim(self._settings.instance)
        return OperatorError(
            error.reason,
            f"the volume {claim} has no room for the restored data beside those that are there; "
            "nothing was changed. Enlarge it (storage_size), and write another MySQLRestore. "
            f"{error.message}",
        )


def _by_a_new_database(file: BackupFile) -> str:
    """Say how else the data of a backup come back."""
    return (
        f"set restore.from: {file.name} and wait until the object is Ready, so that no backup "
        "removes that file; delete the object (deletionPolicy: Backup) and create it again "
        "with the same restore.from"
    )


def _require_plugins(session: Session, receipt: Receipt) -> None:
    """Ask for plugins before the fence: no plugin can be installed behind it.

    Raises:
        OperatorError: PluginMissing.
    """
    present = clones.requirements(session).plugins
    lacking = [plugin for plugin in receipt.requires.plugins if plugin not in present]
    if lacking:
        raise OperatorError(
            "PluginMissing",
            f"the backup {receipt.file} needs the plugin {lacking[0]}, which is not active; "
            "nothing was changed. Install it (INSTALL PLUGIN), and write another MySQLRestore",
        )


def _require_only_what_is_cloned(donor: Session, file: BackupFile) -> None:
    obstacle = methods.obstacle_to_clone(clones.facts(donor))
    if obstacle:
        raise OperatorError(
            "CloneImpossible",
            f"a running server takes over a backup by MySQL's clone plugin, but of {file.name} "
            f"{obstacle}; nothing was changed: {_by_a_new_database(file)}",
        )
