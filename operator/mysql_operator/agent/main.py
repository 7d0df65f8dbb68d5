"""The agent's command line: `mysql-operator agent COMMAND`, one for each Job."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from mysql_operator.errors import OperatorError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from mysql_operator.agent.settings import Settings
    from mysql_operator.model.receipts import BackupSummary

logger = logging.getLogger(__name__)


def main(command: str) -> int:
    """Run a Job to its end and leave its report; the exit code is for Kubernetes."""
    from mysql_operator.agent import interruptions, settings
    from mysql_operator.agent.reports import Report

    logging.basicConfig(
        stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    interruptions.raise_on_signals()
    given = settings.read()
    report = Report(given.termination_log)
    try:
        receipt = COMMANDS[command](given)
    except OperatorError as error:
        report.failed(error)
        return 1
    except Exception as error:
        logger.exception("The Job failed in an unknown way.")
        report.failed(OperatorError("Failed", f"{type(error).__name__}; see the log of the pod"))
        return 1
    report.succeeded(receipt, *(_backups(given) if command in LIST_BACKUPS else ()))
    return 0


def _backups(given: Settings) -> tuple[list[BackupSummary], int]:
    """The newest backups, and how many there are."""
    from mysql_operator.agent import opening, stores

    with suppress(OperatorError):  # what the Job has done is done, whatever the store says by now
        store = opening.store_of(given)
        found = store.backups()
        return stores.summaries(store, found), len(found)
    return [], 0


def _back_up(given: Settings) -> BaseModel:
    from mysql_operator.agent import backing_up

    return backing_up.back_up(given)


def _restore(given: Settings) -> BaseModel:
    from mysql_operator.agent import restoring

    return restoring.restore(given)


def _set_passwords(given: Settings) -> BaseModel:
    from mysql_operator.agent import setting_passwords

    return setting_passwords.set_passwords(given)


def _test_service(given: Settings) -> BaseModel:
    from mysql_operator.agent import testing_service

    return testing_service.test_service(given)


COMMANDS: Mapping[str, Callable[[Settings], BaseModel]] = {
    "back-up": _back_up,
    "restore": _restore,
    "set-passwords": _set_passwords,
    "test-service": _test_service,
}

LIST_BACKUPS = ("back-up", "restore")
"""Commands whose pod mounts the backups: their report lists these, for the status."""
