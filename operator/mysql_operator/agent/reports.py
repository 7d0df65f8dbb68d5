"""What a Job leaves for the operator: its termination message, and the log for people."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import BaseModel

from mysql_operator.errors import OperatorError
from mysql_operator.model import receipts
from mysql_operator.model.receipts import Failure

logger = logging.getLogger(__name__)

MESSAGE_LIMIT = 1500


class Report:
    """The termination message of this container. What is written last counts."""

    def __init__(self, path: Path) -> None:
        """Take the file that kubelet reads."""
        self._path = path

    def succeeded(self, receipt: BaseModel) -> None:
        """Leave the receipt."""
        self._write(receipt)

    def failed(self, error: OperatorError) -> None:
        """Leave the reason and the way out."""
        self._write(Failure(reason=error.reason, message=error.message[:MESSAGE_LIMIT]))

    def _write(self, record: BaseModel) -> None:
        text = receipts.as_json(record)
        logger.info("%s", text)
        self._path.write_text(text)
