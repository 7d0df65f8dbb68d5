"""Write the SQL file beside a Clone backup, for people who want to read it or take it elsewhere.

It is made from the proven copy, so the instance does no work for it. It is no backup: where it
fails, the backup stands without it, and says so.
"""

from __future__ import annotations

import logging

from mysql_operator.agent.dump import dump_backups
from mysql_operator.agent.dump.dumping import Plan
from mysql_operator.agent.sql.sessions import Door
from mysql_operator.agent.store.stored_files import StoredFile
from mysql_operator.errors import OperatorError

logger = logging.getLogger(__name__)


class Export:
    """One SQL file."""

    def __init__(self, file: StoredFile, instance: str) -> None:
        """Take the file to write, and whose data it is."""
        self._file = file
        self._instance = instance
        self.is_complete = False
        self.problems: list[str] = []

    def write(self, copy: Door) -> None:
        """Write all that the copy holds; nobody else is there."""
        try:
            packed, held = dump_backups.write(copy, self._file, Plan(self._instance, fenced=True))
            dump_backups.check(self._file, packed)
        except (OperatorError, OSError) as error:
            reason = error.message if isinstance(error, OperatorError) else error.strerror
            logger.warning("The SQL file was not written: %s", reason)
            self._file.remove()
            self.problems.append(f"the SQL file of backup.sqlDump was not written: {reason}")
            return
        self.is_complete = True
        for item in held.unreadable:
            logger.warning("Not in the SQL file: %s: %s", item.title, item.error)
