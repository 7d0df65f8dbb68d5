"""What a drill makes of a store that changes under it, and of one that does not answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from mysql_operator.agent import drilling, settings
from mysql_operator.agent.settings import Settings
from mysql_operator.agent.store.object_errors import StorageError
from mysql_operator.agent.store.volumes import BackupVolume
from mysql_operator.model.receipts import BackupFile, DrillResult, as_lines
from mysql_operator.model.receipts import Receipt as BackupReceipt

OLD, NEW = "shop-20261127T030000Z", "shop-20261127T040000Z"


class NoServer:
    """A scratch volume without a server; something happens when it is emptied."""

    def __init__(self, volume: Path, happens: Callable[[], None] = lambda: None) -> None:
        self.volume = volume
        self._happens = happens

    def open(self) -> None:
        """The sidecar is there."""

    def empty(self) -> None:
        self._happens()

    def kill(self) -> None:
        """Nothing runs."""


@pytest.fixture
def given(tmp_path: Path) -> Settings:
    """What the pod of a drill is given."""
    for folder in ("backup", "scratch"):
        (tmp_path / folder).mkdir()
    return settings.read(
        {
            "INSTANCE": "shop",
            "NAMESPACE": "team",
            "MYSQL_DATABASE": "app",
            "BACKUP_DIR": str(tmp_path / "backup"),
            "SCRATCH_DIR": str(tmp_path / "scratch"),
        }
    )


def put(folder: Path, stem: str, content: bytes = b"") -> None:
    """Put a backup of that content there, with a receipt; a damaged one where none is given."""
    receipt = BackupReceipt(
        file=f"{stem}.tar.zst", size=len(content),
        sha256=hashlib.sha256(content).hexdigest(), schemas=1, tables=1, rows=1,
        server_version="9.7.4", time="2026-11-27T03:00:00Z",
    )  # fmt: skip
    (folder / f"{stem}.json").write_text(as_lines(receipt))
    (folder / f"{stem}.tar.zst").write_bytes(content or b"damaged")


def remove(folder: Path, stem: str) -> None:
    for file in folder.glob(f"{stem}.*"):
        file.unlink()


def test_a_backup_that_is_removed_meanwhile_has_not_failed(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(given.backups, OLD)

    def retention() -> None:
        if not list(given.backups.glob(f"{NEW}.*")):
            put(given.backups, NEW)
            remove(given.backups, OLD)

    monkeypatch.setattr(drilling, "Scratch", lambda volume: NoServer(volume, retention))

    receipt = drilling.drill(given)

    assert (receipt.file, receipt.result) == (f"{NEW}.tar.zst", DrillResult.FAILED)
    assert receipt.reason == "ChecksumMismatch"


def test_a_damaged_backup_is_told_with_the_newest_intact_one(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(given.backups, NEW)
    put(given.backups, OLD, content := b"as written")
    monkeypatch.setattr(drilling, "Scratch", NoServer)

    receipt = drilling.drill(given)

    assert receipt.reason == "ChecksumMismatch"
    assert f"the newest intact one is {OLD}.tar.zst. Take another" in (receipt.message or "")
    assert (given.backups / f"{OLD}.tar.zst").read_bytes() == content


def test_a_store_that_does_not_answer_says_nothing_of_the_backup(
    given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: BackupVolume, __: BackupFile) -> BackupReceipt:
        raise StorageError("StorageUnreachable", "no answer")

    put(given.backups, NEW)
    monkeypatch.setattr(drilling, "Scratch", NoServer)
    monkeypatch.setattr(BackupVolume, "receipt", away)

    with pytest.raises(StorageError, match="no answer"):
        drilling.drill(given)
