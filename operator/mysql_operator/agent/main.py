"""The agent's command line: `mysql-operator agent COMMAND`, one for each Job."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from mysql_operator import names
from mysql_operator.errors import OperatorError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mysql_operator.model.receipts import BackupSummary

logger = logging.getLogger(__name__)


def main(command: str) -> int:
    """Run a Job to its end and leave its report; the exit code is for Kubernetes."""
    from mysql_operator.agent import interruptions, settings
    from mysql_operator.agent.reports import Report
    from mysql_operator.model import receipts

    logging.basicConfig(
        stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    interruptions.raise_on_signals()
    report = Report(settings.termination_log())
    outcome = _outcome(command)
    if isinstance(outcome, OperatorError):
        report.failed(outcome)
        return names.FINAL_EXIT_CODE if _is_final(command, outcome) else 1
    report.succeeded(outcome)  # what follows asks the store, which may have fallen silent
    newest, count = _backups() if command in LIST_BACKUPS else ([], 0)
    if newest:
        report.listed(outcome, newest, count)
    return names.FINAL_EXIT_CODE if receipts.is_failed_drill(outcome) else 0


def _outcome(command: str) -> BaseModel | OperatorError:
    """Do the work; the receipt, or why it could not be done. What is done is reported."""
    from mysql_operator.agent import interruptions

    try:
        try:
            return COMMANDS[command]()
        finally:
            interruptions.ignore()
    except interruptions.InterruptedJobError as interruption:
        interruptions.ignore()  # where it came in the middle of the line above
        return interruption.as_error()
    except OperatorError as error:
        return error
    except Exception as error:
        logger.exception("The Job failed in an unknown way.")
        return OperatorError("Failed", f"{type(error).__name__}; see the log of the pod")


def _is_final(command: str, error: OperatorError) -> bool:
    """Whether another attempt cannot end otherwise; helm's Jobs have one attempt in any case."""
    from mysql_operator.model import restore_objects

    return command == "restore-into" and error.reason in restore_objects.FINAL_REASONS


def _backups() -> tuple[list[BackupSummary], int]:
    """The newest backups, and how many there are."""
    from mysql_operator.agent import settings
    from mysql_operator.agent.store import opening, stores

    with suppress(OperatorError):  # what the Job has done is done, whatever the store says by now
        store = opening.store_of(settings.read())
        found = store.backups()
        return stores.summaries(store, found), len(found)
    return [], 0


def _back_up() -> BaseModel:
    from mysql_operator.agent import backing_up, settings

    return backing_up.back_up(settings.read())


def _restore() -> BaseModel:
    from mysql_operator.agent import restoring, settings

    return restoring.restore(settings.read())


def _drill() -> BaseModel:
    from mysql_operator.agent import drilling, settings

    return drilling.drill(settings.read())


def _restore_into() -> BaseModel:
    from mysql_operator.agent import restoring_into, settings

    return restoring_into.restore_into(settings.read())


def _remove() -> BaseModel:
    from mysql_operator.agent import removing, settings

    return removing.remove(settings.read())


def _set_passwords() -> BaseModel:
    from mysql_operator.agent import setting_passwords, settings

    return setting_passwords.set_passwords(settings.read())


def _test_service() -> BaseModel:
    from mysql_operator.agent import settings, testing_service

    return testing_service.test_service(settings.read())


def _check() -> BaseModel:
    from mysql_operator.agent import checking

    return checking.check(checking.read())


def _check_storage() -> BaseModel:
    from mysql_operator.agent import checking_storage

    return checking_storage.check_storage(checking_storage.read())


COMMANDS: Mapping[str, Callable[[], BaseModel]] = {
    "back-up": _back_up,
    "drill": _drill,
    "remove": _remove,
    "restore": _restore,
    "restore-into": _restore_into,
    "set-passwords": _set_passwords,
    "test-service": _test_service,
    "check": _check,
    "check-storage": _check_storage,
}

LIST_BACKUPS = ("back-up", "remove", "restore", "restore-into")
"""Commands whose pod mounts the backups: their report lists these, for the status."""
