"""Restore a Clone backup: a scratch server on the unpacked files, which the instance clones.

The scratch server is the proof that the files can be used: where it does not start, the instance
has not been touched yet. An upgrade of the files to this image's MySQL happens there as well.
"""

from __future__ import annotations

import logging
import secrets
import time

from mysql_operator import names
from mysql_operator.agent import markers, past_events, scratch, steps
from mysql_operator.agent.clone import clones
from mysql_operator.agent.clone.clones import Donor
from mysql_operator.agent.custody import Lock
from mysql_operator.agent.scratch import Scratch
from mysql_operator.agent.settings import Settings
from mysql_operator.agent.sql import inventory, sessions, sql_errors
from mysql_operator.agent.sql.sessions import Door, Session
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.agent.store import archives
from mysql_operator.agent.store.stored_files import StoredFile
from mysql_operator.agent.store.streams import Packed, Progress
from mysql_operator.errors import OperatorError
from mysql_operator.model.receipts import Receipt

logger = logging.getLogger(__name__)

LISTENING = (f"--port={names.SCRATCH_PORT}", "--bind-address=*")


def unpack(
    to: Scratch, archive: StoredFile, receipt: Receipt, progress: Progress | None = None
) -> None:
    """Unpack a backup into the scratch volume, in the place of all that is there.

    Raises:
        OperatorError: ChecksumMismatch, DiskFull.
    """
    to.empty()
    logger.info("Unpacking %s.", receipt.file)
    try:
        packed = Packed(receipt.size, receipt.sha256)
        with steps.timed("Unpacking"):
            archives.unpack(archive, packed, to.volume, progress)
    except OSError as error:
        raise OperatorError(
            "DiskFull" if error.errno in scratch.FULL else "RestoreFailed",
            f"the backup could not be unpacked into the scratch volume: {error.strerror}",
        ) from error


class CloneBack:
    """Brings one backup back into one instance."""

    def __init__(self, settings: Settings) -> None:
        """Take the scratch volume, and the address at which the instance reaches this pod."""
        self._scratch = Scratch(settings.scratch)
        self._host = settings.pod_ip
        self._data_claim = names.data_claim(settings.instance)
        self._last_clone: object = None
        self.remarks: list[str] = []
        """What comes back in another form."""
        # The copy brings a marker row along. With this word in it, it is known to be this copy's.
        self._token = f"restore {secrets.token_hex(16)}"

    def unpack(self, archive: StoredFile, receipt: Receipt, progress: Progress) -> None:
        """Unpack the backup into the scratch volume.

        Raises:
            OperatorError: ChecksumMismatch, DiskFull. The instance has not been touched.
        """
        self._scratch.open()
        unpack(self._scratch, archive, receipt, progress)

    def copy_into(self, instance: Session, lock: Lock, receipt: Receipt) -> None:
        """Let the instance clone the scratch server. When this returns, it is restarting.

        Raises:
            OperatorError: the files cannot be used, or the instance could not copy them.
        """
        logger.info("Starting a scratch server on the unpacked files.")
        with steps.timed("Start on the unpacked files"):
            session = self._scratch.start(scratch.DATA, LISTENING, self._statements())
        with session as donor:
            require_complete(donor, receipt)
            self.remarks = [str(remark) for remark in past_events.disable(donor)]
            clones.activate_plugins(donor, instance)
            # Before the copy, so that the restart behind it reads them. What belongs to a component
            # or a plugin of the copy is unknown until then, and set afterwards.
            clones.persist(instance, receipt.persisted_variables, "PERSIST_ONLY")
            self._clone_into(instance)
            # The server is ending, and the lock with it. If it finds open sessions, even idle ones,
            # it sleeps for two seconds (close_connections() of mysqld.cc).
            instance.close()
            lock.let_go()

    def _clone_into(self, instance: Session) -> None:
        self._last_clone = clones.last_begun(instance)
        try:
            with steps.timed("Clone"):
                clones.clone_over(instance, self._donor())
        except OperatorError as error:
            if error.reason != sql_errors.DISK_FULL:
                raise
            raise OperatorError(
                error.reason,
                f"the volume {self._data_claim} is too small for the data of the backup; enlarge "
                f"it (storage_size), and the restore starts over. {error.message}",
            ) from error

    def _statements(self) -> list[str]:
        return [
            "DELETE FROM mysql_operator.fence",
            "REPLACE INTO mysql_operator.marker (id, state, result, settings, volume) "
            f"VALUES (1, 'loading', '{self._token}', '', '')",
        ]

    def _donor(self) -> Donor:
        door = self._scratch.door
        return Donor(self._host, names.SCRATCH_PORT, door.user, door.password.decode())

    def wait_for_copy(self, door: Door, seconds: float) -> None:
        """Wait until the instance serves the copy.

        Raises:
            OperatorError: CloneFailed; it restarted without the copy, or not at all.
        """
        logger.info("Waiting for the restart of the server.")
        with steps.timed("Restart of the server"):
            self._poll(door, seconds)
        self._scratch.kill()

    def _poll(self, door: Door, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            time.sleep(0.05)  # at first too: a new session would hold the end of the server up
            if self._serves_copy(door, deadline):
                return
            if time.monotonic() >= deadline:
                raise OperatorError(
                    clones.FAILED,
                    f"the server did not serve the restored data within {seconds:g} s of its "
                    "restart; see its log. The restore starts over",
                )

    def _serves_copy(self, door: Door, deadline: float) -> bool:
        left = max(0.0, deadline - time.monotonic())
        try:
            with sessions.connect_within(door, left) as session:
                if self._is_copy(session):
                    return True
                clones.require_going_on(session, self._last_clone)
                return False
        except SQLError as error:
            if error.reason == sql_errors.SERVER_UNREACHABLE and left:
                return False  # it was about to restart
            raise

    def _is_copy(self, session: Session) -> bool:
        if not markers.are_there(session):
            return False
        found = session.value("SELECT result FROM mysql_operator.marker WHERE id = 1")
        return bool(found == self._token)

    def require_copy(self, session: Session) -> None:
        """Make sure that no other run has replaced the copy since.

        Raises:
            OperatorError: Busy.
        """
        if not self._is_copy(session):
            raise OperatorError(
                "Busy", "another restore has begun meanwhile; this one is tried again"
            )

    def end(self) -> None:
        """End the scratch server, however far this has come."""
        self._scratch.kill()


def require_complete(copy: Session, receipt: Receipt) -> None:
    """Compare the files with their receipt. Not in the instance: its events may have run there.

    Raises:
        OperatorError: RestoreIncomplete; a table of the receipt is not there, or one is too much.
    """
    expected = sorted((row.schema_name, row.table) for row in receipt.contents)
    found = inventory.tables(copy)
    if found != expected:
        first = sorted(set(expected) ^ set(found))[0]
        raise OperatorError(
            "RestoreIncomplete",
            f"the backup {receipt.file} does not hold what its receipt lists, first at the table "
            f"{'.'.join(first)}; nothing was restored",
        )


def settle(session: Session, variables: dict[str, str]) -> list[str]:
    """Set again what the restored server did not take before; returns what it refused, with why."""
    present = clones.persisted_variables(session)
    wanted = {name: value for name, value in variables.items() if present.get(name) != value}
    refused = clones.persist(session, wanted, "PERSIST")
    refused = clones.persist(session, {name: wanted[name] for name in refused}, "PERSIST_ONLY")
    return [f"SET PERSIST {name}: {said}" for name, said in sorted(refused.items())]
