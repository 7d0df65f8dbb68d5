"""What happened, in sentences for people. Pure."""

from __future__ import annotations

from mysql_operator import names
from mysql_operator.model.receipts import BackupSummary, DrillReceipt, DrillResult, Method
from mysql_operator.model.status import (
    MySQLStatus,
    Phase,
    RestoreReceipt,
    RootPasswordStatus,
    UserPasswordStatus,
)
from mysql_operator.reconcile.facts.observations import Observed, Operation

FIRST_LIMIT = 200
"""Characters of the first of many things that a sentence repeats."""

ACTIVITIES = {
    Phase.PENDING: "Waiting to be installed",
    Phase.INSTALLING: "Installing the release",
    Phase.RESTORING: "Looking for a backup to restore",
    Phase.STARTING: "Waiting for the server to become ready",
    Phase.UPGRADING: "Bringing the server to what the spec says; the data stays as it is",
    Phase.CHANGING_PASSWORD: f"Setting the password of {names.APP_USER}",
    Phase.READY: "MySQL is accepting connections",
    Phase.BACKING_UP: "Taking the final backup",
    Phase.DELETING: "Deleting the release and what belongs to it",
}


def of_phase(status: MySQLStatus, phase: Phase) -> str:
    """Say what is going on, or of an object at rest where its data came from."""
    if phase is Phase.DELETING and status.final_backup is not None:
        return of_backup(status.final_backup)
    if phase is Phase.READY and status.restore is not None:
        return of_restore(status.restore)
    return of_activity(phase)


def of_activity(phase: Phase) -> str:
    """Say what is going on."""
    return ACTIVITIES.get(phase, "Waiting for somebody to act")


def of_progress(observed: Observed) -> str:
    """Say how far a restore is, into a new database or into a running one; empty where unknown."""
    if observed.in_place is None:
        return observed.progress
    is_ready = observed.server is not None and observed.server.ready
    step = observed.in_place.step if is_ready else "the server restarts on the restored data"
    return f"MySQLRestore {observed.in_place.name}: {step}"


def of_readiness(observed: Observed) -> str:
    """Say what clients of a server that is ready can do."""
    if observed.in_place is None:
        return ACTIVITIES[Phase.READY]
    name = observed.in_place.name
    return f"{ACTIVITIES[Phase.READY]}; it is read-only while MySQLRestore {name} is at work"


ROUND_NUMBERS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500)
"""What is said of a queue. Each number is a write of the status, and many objects may wait."""

EXACT = 2
"""Up to this number it is exact."""


def of_turn(operation: Operation | None) -> str | None:
    """Say for how many other helm commands this one waits; None where it has its turn."""
    if operation is None or not operation.ahead:
        return None
    least = max(number for number in ROUND_NUMBERS if number <= operation.ahead)
    said = f"{least} or more" if least > EXACT else str(least)
    return f"Waiting for {said} other helm command{'' if least == 1 else 's'}"


def of_restore(receipt: RestoreReceipt) -> str:
    """Where the data came from, in the words that the contract promises."""
    if receipt.result == "restored":
        return (
            f"restored from {receipt.file} (taken {receipt.backup_time}; "
            f"{_counted(receipt.tables, 'table')}, {_counted(receipt.rows, 'row')})"
            + _missing(receipt.missing or [])
        )
    if receipt.result == "fresh":
        return f"created fresh: {receipt.reason}"
    return f"{receipt.result}: {receipt.reason}"


def _missing(things: list[str]) -> str:
    """Name the first of what did not come back; all of it is in the status."""
    if not things:
        return ""
    did_not = f"{_counted(len(things), 'thing')} did not come back (status.restore.missing)"
    return f"; {did_not}, first: {things[0][:FIRST_LIMIT]}"


_PROOF = {
    Method.CLONE: "a scratch server recovered from it",
    Method.DUMP: "a scratch server loaded it, with the same contents",
}


def of_backup(receipt: BackupSummary) -> str:
    """Say what was backed up to which file."""
    return (
        f"backed up to {receipt.file} ({receipt.size} bytes, {_counted(receipt.tables, 'table')}, "
        f"{_counted(receipt.rows, 'row')}, SHA-256 {receipt.sha256[:12]}…)"
        + (f", verified: {_PROOF[receipt.method]}" if receipt.verified else "")
    )


def of_drill(drill: DrillReceipt) -> str:
    """Say which backup was restored into a scratch server, and how that went."""
    if drill.result is DrillResult.SKIPPED:
        return f"the drill had nothing to restore: {drill.message}"
    if drill.result is DrillResult.FAILED:
        return f"the drill of {drill.file or 'the newest backup'} failed: {drill.message}"
    counted = f"{_counted(drill.tables, 'table')}, {_counted(drill.rows, 'row')}"
    answer = f", the question was answered by {drill.answer}" if drill.answer is not None else ""
    missing = f"; not as in the backup: {'; '.join(drill.missing)}" if drill.missing else ""
    return (
        f"{drill.file} was restored into a scratch server in {drill.seconds} s "
        f"({counted}){answer}{missing}"
    )


def _counted(number: int | None, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def of_user_password(status: UserPasswordStatus) -> str:
    """Say what became of the password of the application user."""
    return f"the password of {names.APP_USER} was set: {status.result}"


def of_root_password(status: RootPasswordStatus) -> str:
    """Say that the server runs with the password of root that the spec asks for."""
    return f"the password of root was set: {status.result}"
