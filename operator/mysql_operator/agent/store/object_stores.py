"""The folder of an object store that holds an instance's backups: PREFIX/NAMESPACE/NAME/UID/FILE.

A backup is complete once its receipt lies beside its file: the receipt is put last, where there is
none. A folder belongs to one object. Whoever is written again under its name finds the backups of
its predecessors, and writes beside them: another cluster may still use their folder.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mysql_operator.agent.store import connecting, stores
from mysql_operator.agent.store.object_errors import StorageError
from mysql_operator.agent.store.object_files import PART, UNDO_SECONDS, ObjectFile
from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts, retention, storage_spec
from mysql_operator.model.receipts import BackupFile, Receipt, Stamp
from mysql_operator.model.release_storage import ReleaseStorage

if TYPE_CHECKING:
    from mysql_operator.agent.store.encryption import Cipher

logger = logging.getLogger(__name__)

WITHOUT_OBJECT = "release"
"""Folder of a release that plain helm has made: there is no object, and so no UID."""


@dataclass(frozen=True)
class Owner:
    """Whose backups they are."""

    namespace: str
    instance: str
    uid: str


class ObjectStore:
    """The backups of one instance in a bucket."""

    def __init__(
        self,
        spec: ReleaseStorage,
        secret_folder: Path,
        owner: Owner,
        *,
        part: int = PART,
        cipher: Cipher | None = None,
    ) -> None:
        """Take the spec of the storage, the folder where its Secret is mounted, and the cipher of
        a store in which files are encrypted.
        """
        self._client = connecting.connect(spec, secret_folder)
        self._cipher = cipher
        self._instance = owner.instance
        self._part = part
        self._root = storage_spec.folder(spec.place.prefix, owner.namespace, owner.instance)
        self._own = owner.uid or WITHOUT_OBJECT
        self._published: set[BackupFile] = set()
        self._receipts_of_others: set[BackupFile] = set()
        self.title = f"{spec.title}/{owner.namespace}/{owner.instance}"

    def backups(self) -> list[BackupFile]:
        """The complete backups of this object and of its predecessors, the newest first.

        Raises:
            StorageError: the store refused, or did not answer.
        """
        found = [
            file._replace(folder=folder)
            for folder, there in self._folders().items()
            for file in map(receipts.backup_file, there)
            if file and file.instance == self._instance and file.receipt in there
        ]
        return sorted(found, key=lambda file: file.stamp, reverse=True)

    def _folders(self) -> dict[str, set[str]]:
        """Names in each folder of the instance."""
        found: dict[str, set[str]] = defaultdict(set)
        for entry in self._client.list(self._root):
            folder, _, name = entry.key.removeprefix(f"{self._root}/").partition("/")
            if name and "/" not in name:
                found[folder].add(name)
        return found

    def _key(self, folder: str, name: str) -> str:
        return f"{self._root}/{folder}/{name}"

    def file(self, file: BackupFile) -> ObjectFile:
        """Give a complete backup to read."""
        return ObjectFile(self._client, self._key(file.folder, file.name), cipher=self._cipher)

    def receipt(self, file: BackupFile) -> Receipt:
        """Read the receipt of a backup.

        Raises:
            OperatorError: ReceiptUnreadable, or what the store says.
        """
        content = self._client.get(self._key(file.folder, file.receipt))
        if content is None:
            raise OperatorError(receipts.RECEIPT_UNREADABLE, f"{file.receipt} is gone")
        return receipts.parsed(Receipt, content)

    def has_receipt(self, file: BackupFile) -> bool:
        """Whether there is a receipt: of what backups() lists there always is."""
        return True

    def new_name(self, suffix: str) -> BackupFile:
        """Name a backup that begins now: later than all others, even if the clock was set back."""
        if self._cipher is not None:
            suffix += receipts.ENCRYPTED
        return stores.new_name(self, self._instance, suffix)._replace(folder=self._own)

    def remove_leftovers(self) -> None:
        """Remove what killed runs have left in the folder of this object, and nowhere else."""
        there = self._folders().get(self._own, set())
        files = [file for file in map(receipts.backup_file, there) if file]
        complete = {file.stamp for file in files if file.receipt in there}
        stamps = {name: self._stamp_of(name) for name in sorted(there)}
        doubtful = {stamp for stamp in stamps.values() if stamp} - complete
        incomplete = {stamp for stamp in doubtful if not self._is_complete_after_all(stamp)}
        for name, stamp in stamps.items():
            if stamp in incomplete:
                logger.info("Removing %s, which an earlier run has left.", name)
                self._client.delete(self._key(self._own, name))
        aborted = self._client.abort_uploads(self._key(self._own, ""))
        if aborted:
            logger.info("Aborted %d uploads that earlier runs have left.", aborted)

    def _stamp_of(self, name: str) -> Stamp | None:
        """The stamp of a backup's file, or of what lies beside one; None of anything else."""
        file = receipts.backup_file(name)
        return file.stamp if file else receipts.stamp_of_companion(name, self._instance)

    def _is_complete_after_all(self, stamp: Stamp) -> bool:
        """Whether receipt and file are there all the same: a list may be older than both."""
        receipt = BackupFile(self._instance, stamp, receipts.CLONE_SUFFIX).receipt
        content = self._client.get(self._key(self._own, receipt))
        if content is None:
            return False
        try:
            named = receipts.parsed(Receipt, content).file
        except OperatorError:
            return False
        return self._client.exists(self._key(self._own, named))

    @contextmanager
    def partial(self, file: BackupFile) -> Iterator[ObjectFile]:
        """Give the object to write a backup to, which goes unless its receipt is put."""
        try:
            yield self._object(file.name)
        finally:
            if file not in self._published:
                self._discard(file)

    def partial_export(self, file: BackupFile) -> ObjectFile:
        """Give the object for the SQL that a Clone backup may have beside it."""
        return self._object(file.export)

    def _object(self, name: str) -> ObjectFile:
        return ObjectFile(self._client, self._key(self._own, name), self._part, self._cipher)

    def _discard(self, file: BackupFile) -> None:
        """Remove what was written, the receipt first: a file without one is no backup."""
        is_ours = file not in self._receipts_of_others
        names = ([file.receipt] if is_ours else []) + [file.name, file.export]
        try:
            for name in names:
                self._client.delete(self._key(self._own, name), UNDO_SECONDS)
        except StorageError as error:
            logger.warning("%s; the next backup removes it.", error.message)

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Explain errors of the scratch volume: those of the store are explained already.

        Raises:
            OperatorError: ScratchVolumeFailed.
        """
        try:
            yield
        except OSError as error:
            raise OperatorError(
                "ScratchVolumeFailed", f"the copy could not be read again: {error.strerror}"
            ) from error

    def publish(self, file: BackupFile, receipt: Receipt) -> None:
        """Put the receipt, which makes the backup a complete one, and read it back.

        Raises:
            StorageError: the store refused, did not answer, or keeps another receipt.
        """
        key, content = self._key(self._own, file.receipt), self._lines(receipt).encode()
        is_new = self._client.put_new(key, content)
        # NB: a request that is sent again because its answer was lost finds its own receipt.
        if self._client.get(key) != content:
            if not is_new:
                self._receipts_of_others.add(file)
            how = "does not keep what is written" if is_new else "has another receipt there"
            raise StorageError("StorageFailed", f"{self.title}: the store {how}: {file.receipt}")
        self._published.add(file)

    def _lines(self, receipt: Receipt) -> str:
        """Write a receipt, which stays plain: a lost cluster is found again by it."""
        if self._cipher is not None:
            from mysql_operator.agent.store import encryption

            receipt = encryption.sealed(receipt, self._cipher)
        return receipts.as_lines(receipt)

    def prune(self, rules: retention.Rules, now: datetime) -> list[str]:
        """Remove the backups of this object that no rule keeps; returns which could not be removed.

        Those of its predecessors stay: another cluster may still count on them.
        """
        own = [file for file in self.backups() if file.folder == self._own]
        files = stores.superseded(self, own, rules, now)
        return stores.pruned(self, files)

    def places(self, file: BackupFile) -> list[BackupFile]:
        """The folders in which something of it lies, be they of predecessors."""
        parts = {file.receipt, file.name, file.export}
        folders = self._folders().items()
        return [file._replace(folder=folder) for folder, there in folders if parts & there]

    def remove(self, file: BackupFile) -> None:
        """Remove a backup, its receipt first: what is left by a kill is then a leftover.

        Raises:
            StorageError: the store refused, or did not answer.
        """
        for name in (file.receipt, file.name, file.export):
            self._client.delete(self._key(file.folder, name))
