"""What a Job leaves for the operator: its termination message, and the log for people."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.receipts import BackupSummary, Failure
from mysql_operator.model.status import ListedBackup

logger = logging.getLogger(__name__)


class Report:
    """The termination message of this container. What is written last counts."""

    def __init__(self, path: Path) -> None:
        """Take the file that kubelet reads."""
        self._path = path

    def succeeded(self, receipt: BaseModel) -> None:
        """Leave the receipt."""
        self._write(_of_success(receipt))

    def listed(self, receipt: BaseModel, newest: Sequence[BackupSummary], count: int) -> None:
        """Add the newest backups, as many as fit, and how many there are in all."""
        document = _of_success(receipt)
        document["newest"] = receipts.as_document(newest[0])
        document["backupCount"] = count
        document["backups"] = []
        for backup in newest:
            entry = receipts.as_document(ListedBackup.model_validate(backup.model_dump()))
            if _size(document) + _size(entry) >= receipts.TERMINATION_LIMIT:
                break
            document["backups"].append(entry)
        self._write(document)

    def failed(self, error: OperatorError) -> None:
        """Leave the reason and the way out; of a long message the beginning."""
        document = receipts.as_document(Failure(reason=error.reason, message=error.message))
        _shorten(document)
        self._write(document)

    def _write(self, document: dict[str, Any]) -> None:
        logger.info("%s", _text(document))
        self._path.write_text(_text(document))


def _of_success(receipt: BaseModel) -> dict[str, Any]:
    document = receipts.as_document(receipt)
    _shorten(document)
    return document


def _shorten(document: dict[str, Any]) -> None:
    """Cut a message that is too long at its end: its beginning says what is wrong."""
    while _size(document) >= receipts.TERMINATION_LIMIT and document.get("message"):
        document["message"] = document["message"][: len(document["message"]) * 3 // 4]


def _text(document: dict[str, Any]) -> str:
    """One line of ASCII, so that its characters are its bytes."""
    return json.dumps(document, separators=(",", ":"))


def _size(document: dict[str, Any]) -> int:
    return len(_text(document))
