"""What a backup or a restore leaves behind as proof, and how its files are named.

The agent writes these, the operator and the next agent read them, by the same classes. A receipt
lies beside its backup file; its summary is the Job's termination message.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import BaseModel, Field, ValidationError

from mysql_operator.errors import OperatorError
from mysql_operator.model.reported import Reported

TERMINATION_LIMIT = 4096
"""Bytes that kubelet keeps of a termination message."""

RECEIPT_UNREADABLE = "ReceiptUnreadable"


SUMMARY_BYTES = 1200
"""Of a list in a termination message, where other things have to fit in beside it."""


def cut(lines: Sequence[str], size: int) -> list[str]:
    """Take as many lines as fit, as JSON writes them, and say how many others there are."""
    taken: list[str] = []
    for line in lines:
        size -= len(json.dumps(line)) + 1
        if size < 0:
            return [*taken, f"and {len(lines) - len(taken)} more"]
        taken.append(line)
    return taken


class Method(enum.StrEnum):
    """How a backup was taken, and therefore how it is restored."""

    CLONE = "Clone"
    DUMP = "Dump"


class Trigger(enum.StrEnum):
    """Why a backup was taken."""

    FINAL = "Final"
    SCHEDULED = "Scheduled"
    ON_DEMAND = "OnDemand"
    SAFETY = "Safety"


class Position(Reported):
    """Moment of a backup in the server's binary log: where point-in-time recovery starts."""

    binlog_file: str = ""
    binlog_position: int = 0
    gtid_executed: str = ""


class TableRows(Reported):
    """A table in a backup, with the number of its rows."""

    schema_name: Annotated[str, Field(alias="schema")]
    table: str
    rows: int


class ObjectCounts(Reported):
    """The other things in a backup, counted."""

    views: int = 0
    routines: int = 0
    triggers: int = 0
    events: int = 0


class Requirements(Reported):
    """What a server must have so that a Clone backup can be restored into it."""

    lower_case_table_names: int | None = None
    page_size: int | None = None
    plugins: list[str] = []


class BackupSummary(Reported):
    """Receipt of a complete backup, written by the Job that took it."""

    file: Annotated[str, Field(description="File name in the store of backups.")]
    size: Annotated[int, Field(description="Size of the file in bytes.")]
    sha256: Annotated[str, Field(description="SHA-256 of the file, in hex.")]
    method: Annotated[
        Method,
        Field(description="Clone (a copy of the data files) or Dump (SQL statements)."),
    ] = Method.DUMP
    storage: Annotated[
        str | None,
        Field(description="Folder of the object store that holds it; none: the backup claim does."),
    ] = None
    method_reason: Annotated[
        str | None, Field(description="Why the method is Dump although Clone is the default.")
    ] = None
    schemas: Annotated[int, Field(description="Number of schemas.")]
    tables: Annotated[int, Field(description="Number of tables.")]
    rows: Annotated[int, Field(description="Number of rows.")]
    server_version: Annotated[str, Field(description="Version of the server that was backed up.")]
    time: Annotated[
        str, Field(description="Time of the backup.", json_schema_extra={"format": "date-time"})
    ]
    verified: Annotated[
        bool | None,
        Field(description="Whether the backup was restored into a scratch server and compared."),
    ] = None
    sql_file: Annotated[
        str | None,
        Field(description="SQL file beside a Clone backup (backup.sqlDump), for people to read."),
    ] = None
    not_included: Annotated[
        list[str] | None,
        Field(description="What the server held and this backup does not, each with why."),
    ] = None
    trigger: Annotated[
        Trigger, Field(description="Why it was taken: Final, Scheduled, OnDemand or Safety.")
    ] = Trigger.FINAL
    object_uid: Annotated[
        str, Field(description="UID of the MySQL object that was backed up; empty without one.")
    ] = ""
    not_removed: Annotated[
        list[str] | None,
        Field(description="Older backups that could not be removed, each with the error."),
    ] = None


class Receipt(BackupSummary):
    """The file beside a backup: everything that a restore and point-in-time recovery need."""

    instance: str = ""
    namespace: str = ""
    server_uuid: str = ""
    started: str = ""
    position: Position | None = None
    requires: Requirements = Requirements()
    persisted_variables: dict[str, str] = {}
    objects: ObjectCounts = ObjectCounts()
    accounts: int = 0
    contents: list[TableRows] = []
    age_recipients: list[str] | None = None
    """For whom the file is encrypted; none: it is not."""
    sealed: str | None = None
    """What nobody else may read of this receipt: `Sealed` by age, in Base64."""
    request: str | None = None
    """Of a safety backup: UID of the MySQLRestore that was to replace these data."""
    fenced_since: str | None = None
    """Of a safety backup: since when the server was read-only, and for whom (agent/custody.py)."""

    def summary(self) -> BackupSummary:
        """Leave out what does not fit into a pod's status."""
        summary = BackupSummary.model_validate(self.model_dump())
        left_out = cut(self.not_included or [], SUMMARY_BYTES)
        return summary.model_copy(update={"not_included": left_out or None})


class Sealed(Reported):
    """The part of a receipt that is encrypted with its file."""

    persisted_variables: dict[str, str] = {}
    """Values of SET PERSIST, among which there may be a password (report_password)."""


class RestoreReceipt(Reported):
    """Result of the restore: where the data of this database came from."""

    result: Annotated[
        str,
        Field(
            description="restored (from a backup), fresh (empty database), kept (data was there), "
            "or unknown (the receipt is lost)."
        ),
    ]
    reason: Annotated[str | None, Field(description="Why the operator restored nothing.")] = None
    file: Annotated[str | None, Field(description="File name of the restored backup.")] = None
    backup_time: Annotated[str | None, Field(description="Time of that backup.")] = None
    tables: Annotated[int | None, Field(description="Number of restored tables.")] = None
    rows: Annotated[int | None, Field(description="Number of restored rows.")] = None
    server_version: Annotated[str | None, Field(description="Version of the server.")] = None
    time: Annotated[str | None, Field(description="Time of the result.")] = None
    missing: Annotated[
        list[str] | None,
        Field(description="What the backup holds and this server refused, each with the error."),
    ] = None
    request: Annotated[
        str | None,
        Field(description="UID of the MySQLRestore that asked for it; none at the first start."),
    ] = None
    safety_backup: Annotated[
        str | None, Field(description="File name of the backup of the data before that restore.")
    ] = None


class DrillResult(enum.StrEnum):
    """How a drill ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class DrillReceipt(Reported):
    """Result of a drill: the newest backup, restored into a scratch server."""

    result: Annotated[
        DrillResult,
        Field(description="passed, failed, or skipped where there is no backup yet."),
    ]
    file: Annotated[str | None, Field(description="File name of the backup.")] = None
    reason: Annotated[str | None, Field(description="Why it did not pass, in one word.")] = None
    message: Annotated[str | None, Field(description="The same in a sentence.")] = None
    seconds: Annotated[int | None, Field(description="How long the drill took.")] = None
    answer: Annotated[
        str | None, Field(description="First column that spec.backup.drill.query returned.")
    ] = None
    tables: Annotated[int | None, Field(description="Number of tables that were restored.")] = None
    rows: Annotated[int | None, Field(description="Number of rows that were counted.")] = None
    server_version: Annotated[str | None, Field(description="Version of the scratch server.")] = (
        None
    )
    missing: Annotated[
        list[str] | None,
        Field(description="What the backup holds and the server refused, each with the error."),
    ] = None


def is_failed_drill(receipt: BaseModel) -> bool:
    """Whether a receipt says that a backup could not be restored, or is not what was expected."""
    return isinstance(receipt, DrillReceipt) and receipt.result is DrillResult.FAILED


class PasswordReceipt(Reported):
    """Last change of the application user's password."""

    result: Annotated[str, Field(description="created (the user) or changed (the password).")]
    time: Annotated[str | None, Field(description="Time of the change.")] = None


class RemovalReceipt(Reported):
    """Result of the removal of a backup."""

    result: str = "removed"
    """removed, or absent where nothing of it was there."""
    file: str
    store: str
    """Where it lay, as a person calls it."""


class ServiceReceipt(Reported):
    """Result of `helm test`."""

    result: str = "complete"
    server_version: str


class StorageReceipt(Reported):
    """Result of a check of an object store."""

    result: str = "reachable"
    store: str


class CheckReceipt(Reported):
    """What a new image and new settings were found to be."""

    result: str = "accepted"
    server_version: str


class Failure(Reported):
    """Why a Job failed: one word that people alert on, and a sentence with the way out."""

    result: str = "failed"
    reason: str
    message: str


Model = TypeVar("Model", bound=BaseModel)


def parsed(model: type[Model], document: Mapping[str, Any] | str | bytes) -> Model:
    """Read a receipt that came from outside.

    Raises:
        OperatorError: ReceiptUnreadable; the message names the first field that is wrong.
    """
    try:
        if isinstance(document, Mapping):
            return model.model_validate(document)
        return model.model_validate_json(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        problem = f"{field}: {first['msg']}" if field else first["msg"]
        raise OperatorError(
            RECEIPT_UNREADABLE, f"the receipt cannot be read ({problem})"
        ) from error


def as_json(record: BaseModel) -> str:
    """Write a receipt as one line of JSON, without what is not set."""
    return record.model_dump_json(by_alias=True, exclude_none=True)


def as_document(record: BaseModel) -> dict[str, Any]:
    """Take a receipt apart as JSON has it, without what is not set."""
    return record.model_dump(mode="json", by_alias=True, exclude_none=True)


def as_lines(record: BaseModel) -> str:
    """Write a receipt for a file: one field a line, for people and their tools."""
    return json.dumps(as_document(record), indent=2, separators=(",", ":")) + "\n"


class Stamp(NamedTuple):
    """Time in the name of a backup; later ones sort later."""

    text: str

    def time(self) -> datetime:
        """Read it back."""
        return datetime.strptime(self.text, _STAMP_FORMAT).replace(tzinfo=UTC)


_STAMP_FORMAT = "%Y%m%dT%H%M%SZ"
_FILE = re.compile(
    r"^(?P<instance>.+)-(?P<stamp>\d{8}T\d{6}Z)\.(?P<suffix>(tar\.zst|sql\.(zst|gz))(\.age)?)$"
)
_COMPANION = re.compile(
    r"^(?P<instance>.+)-(?P<stamp>\d{8}T\d{6}Z)\.(?:json|export\.sql\.zst(\.age)?)$"
)


def stamp_of(time: datetime) -> Stamp:
    """The stamp of a moment."""
    return Stamp(time.astimezone(UTC).strftime(_STAMP_FORMAT))


class BackupFile(NamedTuple):
    """The name of a backup, `shop-20261123T120000Z.tar.zst`, taken apart.

    Its receipt is `shop-20261123T120000Z.json`; until both are complete their names begin with a
    dot and end in `.partial`. An encrypted file ends in `.age`.
    """

    instance: str
    stamp: Stamp
    suffix: str
    folder: str = ""
    """In an object store: the UID of the object that the backup is of. A claim has no folders."""

    @property
    def name(self) -> str:
        """Name of the file."""
        return f"{self.instance}-{self.stamp.text}.{self.suffix}"

    @property
    def receipt(self) -> str:
        """Name of the receipt beside it."""
        return f"{self.instance}-{self.stamp.text}.json"

    @property
    def export(self) -> str:
        """Name of the SQL file beside a Clone backup, which is for people, and no backup."""
        ending = ENCRYPTED if is_encrypted(self.suffix) else ""
        return f"{self.instance}-{self.stamp.text}.export.sql.zst{ending}"

    @property
    def method(self) -> Method:
        """How it was taken."""
        plain = self.suffix.removesuffix(ENCRYPTED)
        return Method.CLONE if plain == CLONE_SUFFIX else Method.DUMP


CLONE_SUFFIX = "tar.zst"
DUMP_SUFFIX = "sql.zst"
ENCRYPTED = ".age"


def is_encrypted(name: str) -> bool:
    """Whether a file is encrypted, by its name or suffix."""
    return name.endswith(ENCRYPTED)


def partial(name: str) -> str:
    """Name of a file that is not complete yet."""
    return f".{name}.partial"


def is_partial(name: str, instance: str) -> bool:
    """Whether a run that was killed may have left this file."""
    return name.startswith(f".{instance}-") and name.endswith((".partial", ".partial.json"))


def backup_file(name: str) -> BackupFile | None:
    """Take the name of a backup apart; None for any other file."""
    match = _FILE.match(name)
    return match and BackupFile(match["instance"], Stamp(match["stamp"]), match["suffix"])


def is_newer(file: str, other: str) -> bool:
    """Whether a backup is newer than another one, by their names."""
    one, two = backup_file(file), backup_file(other)
    return one is not None and (two is None or one.stamp > two.stamp)


def stamp_of_companion(name: str, instance: str) -> Stamp | None:
    """The stamp in the name of what lies beside a backup of that instance; None for the rest."""
    match = _COMPANION.match(name)
    return Stamp(match["stamp"]) if match and match["instance"] == instance else None
