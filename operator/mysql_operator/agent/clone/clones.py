"""MySQL's clone plugin: one server copies the data files of another over the network.

The donor is the instance for a backup, and a scratch server on the unpacked files for a restore.
The instance as a recipient gives up all its data, copies, and ends with code 16 so that it is
started again. A scratch server copies to another directory, on which it is started afterwards: to
end in order took it two seconds more than SIGKILL does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from mysql_operator.agent import methods
from mysql_operator.agent.sql import quoting, sql_errors
from mysql_operator.agent.sql.sessions import Door, Session
from mysql_operator.agent.sql.sql_errors import SQLError
from mysql_operator.errors import OperatorError
from mysql_operator.model.receipts import Position, Requirements

logger = logging.getLogger(__name__)

FAILED = "CloneFailed"
LEAST_PACKET = 2 << 20
"""Bytes. MySQL refuses to clone with less (error 3957)."""

_ACTIVE_PLUGINS = (
    "SELECT plugin_name, plugin_library FROM information_schema.plugins "
    "WHERE plugin_status = 'ACTIVE' AND plugin_library IS NOT NULL"
)
# The log tables are CSV, and a copy has empty ones.
_OTHER_ENGINES = """
SELECT CONCAT(table_schema, '.', table_name, ' is ', engine) FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND engine NOT IN ('InnoDB', 'PERFORMANCE_SCHEMA')
AND NOT (table_schema = 'mysql' AND table_name IN ('general_log', 'slow_log')) ORDER BY 1
"""
_ENCRYPTED = (
    "SELECT CONCAT('tablespace ', name) FROM information_schema.innodb_tablespaces "
    "WHERE encryption = 'Y' ORDER BY 1"
)


@dataclass(frozen=True)
class Donor:
    """Where the recipient finds the server to copy, and how it logs in there."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)

    @property
    def address(self) -> str:
        """As clone_valid_donor_list wants it."""
        return f"{self.host}:{self.port}"


def donor_at(door: Door, port: int) -> Donor:
    """The server behind a door, as a donor."""
    return Donor(door.host, port, door.user, door.password.decode())


def facts(session: Session) -> methods.Facts:
    """What decides whether a server can be cloned."""
    if session.version < methods.CLONE_SINCE:
        return methods.Facts(session.version, clone_plugin="")
    plugin = session.value(
        "SELECT plugin_status FROM information_schema.plugins WHERE plugin_name = 'clone'"
    )
    redo = session.rows("SHOW GLOBAL STATUS LIKE 'Innodb_redo_log_enabled'")
    return methods.Facts(
        version=session.version,
        clone_plugin=plugin or "",
        other_engines=_texts(session, _OTHER_ENGINES),
        encrypted=_texts(session, _ENCRYPTED) + _encrypted_logs(session),
        redo_log=not redo or redo[0][1] == "ON",
        force_recovery=int(session.variable("innodb_force_recovery") or 0),
    )


def _texts(session: Session, statement: str) -> tuple[str, ...]:
    return tuple(str(text) for (text,) in session.rows(statement))


def _encrypted_logs(session: Session) -> tuple[str, ...]:
    logs = {"innodb_redo_log_encrypt": "the redo log", "innodb_undo_log_encrypt": "the undo log"}
    return tuple(log for variable, log in logs.items() if session.variable(variable) == "ON")


def requirements(session: Session) -> Requirements:
    """What a server must have that is to take the data files of this one."""
    return Requirements(
        lower_case_table_names=int(session.variable("lower_case_table_names") or 0),
        page_size=int(session.variable("innodb_page_size") or 0),
        plugins=sorted(str(name) for name, _ in session.rows(_ACTIVE_PLUGINS)),
    )


def activate_plugins(donor: Session, recipient: Session) -> None:
    """Install on the recipient what the donor has active, without which MySQL refuses to clone.

    Raises:
        OperatorError: PluginMissing; the recipient's image does not have one of them.
    """
    present = {str(name) for name, _ in recipient.rows(_ACTIVE_PLUGINS)}
    for name, library in donor.rows(_ACTIVE_PLUGINS):
        if name in present:
            continue
        try:
            recipient.run(f"INSTALL PLUGIN {quoting.name(name)} SONAME {quoting.text(library)}")
        except SQLError as error:
            raise OperatorError(
                "PluginMissing",
                f"the plugin {name} ({library}) is active on the server to copy, and the other one "
                f"cannot load it: {error.message}; use an image that has it, or uninstall the "
                "plugin before the backup",
            ) from error


@contextmanager
def long_packets(session: Session) -> Iterator[None]:
    """Let a server take packets as long as those of a clone, on either side of it."""
    found = int(session.variable("max_allowed_packet") or LEAST_PACKET)
    if found >= LEAST_PACKET:
        yield
        return
    session.run(f"SET GLOBAL max_allowed_packet = {LEAST_PACKET}")
    try:
        yield
    finally:
        with suppress(SQLError):  # a recipient has ended by now
            session.run(f"SET GLOBAL max_allowed_packet = {found}")


def clone_over(recipient: Session, donor: Donor) -> None:
    """Replace all data of the recipient by the donor's. When this returns, the recipient is ending.

    Raises:
        OperatorError: CloneFailed, in MySQL's own words; DiskFull.
    """
    try:
        _clone(recipient, donor)
    except SQLError as error:
        if error.reason != sql_errors.SERVER_UNREACHABLE:
            raise _failed(error) from error
        # It has ended, and the next start shows whether with the data.


def clone_to(directory: str, recipient: Session, donor: Donor) -> None:
    """Copy the donor's data to a directory beside the recipient's own, which goes on with that.

    Raises:
        OperatorError: CloneFailed, in MySQL's own words; DiskFull.
    """
    try:
        _clone(recipient, donor, f" DATA DIRECTORY = {quoting.text(directory)}")
    except SQLError as error:
        raise _failed(error) from error


def _clone(recipient: Session, donor: Donor, to: str = "") -> None:
    logger.info("Cloning %s.", donor.address)
    recipient.run(f"SET GLOBAL clone_valid_donor_list = {quoting.text(donor.address)}")
    with long_packets(recipient):
        recipient.run(
            f"CLONE INSTANCE FROM {quoting.text(donor.user)}@"
            f"{quoting.text(donor.host)}:{donor.port} "
            f"IDENTIFIED BY {quoting.text(donor.password)}{to}"
        )


def _failed(error: SQLError) -> OperatorError:
    reason = error.reason if error.reason == sql_errors.DISK_FULL else FAILED
    return OperatorError(
        reason, f"the server could not be copied over the network: {error.message}"
    )


def last_begun(recipient: Session) -> object:
    """When the last clone into this server began; None where there was none."""
    return recipient.value("SELECT begin_time FROM performance_schema.clone_status")


def require_going_on(recipient: Session, earlier: object) -> None:
    """Make sure that a clone still goes on whose session was lost, and that did not begin earlier.

    Raises:
        OperatorError: CloneFailed; it has failed, or never began.
    """
    rows = recipient.rows(
        "SELECT begin_time, state, error_message FROM performance_schema.clone_status"
    )
    began, state, said = rows[0] if rows else (None, "Not Started", "")
    if state == "Failed" or (began == earlier and state != "In Progress"):
        raise OperatorError(
            FAILED,
            "the connection to the server was lost, and the server is not copying "
            f"({said or 'no copy has begun'}); the restore starts over",
        )


def position(copy: Session) -> Position:
    """Where in the donor's binary log the copy stands.

    Raises:
        OperatorError: CloneFailed; the copy was not completed.
    """
    rows = copy.rows(
        "SELECT state, error_message, binlog_file, binlog_position, gtid_executed "
        "FROM performance_schema.clone_status"
    )
    if not rows or rows[0][0] != "Completed":
        said = rows[0][1] if rows else "no clone was made"
        raise OperatorError(FAILED, f"the copy of the server is not complete: {said}")
    _, _, file, offset, gtids = rows[0]
    return Position(
        binlog_file=file or "",
        binlog_position=offset or 0,
        gtid_executed=(gtids or "").replace("\n", ""),
    )


def persisted_variables(session: Session) -> dict[str, str]:
    """What users set by SET PERSIST; it is in a file that no copy has."""
    rows = session.rows(
        "SELECT variable_name, variable_value FROM performance_schema.persisted_variables"
    )
    return {str(name): str(value) for name, value in rows}


def persist(session: Session, variables: dict[str, str], verb: str) -> dict[str, str]:
    """Set persisted variables again; returns those that this server refused, with its words."""
    refused = {}
    for name, value in variables.items():
        path = quoting.name(*name.split("."))
        try:
            _persist(session, f"SET {verb} {path} = ", value)
        except SQLError as error:
            if error.reason == sql_errors.SERVER_UNREACHABLE:
                raise
            refused[name] = error.message
    return refused


def _persist(session: Session, assignment: str, value: str) -> None:
    """Set one; a text may look like a number (report_host = '10')."""
    try:
        session.run(assignment + quoting.setting(value))
    except SQLError as error:
        if error.code != sql_errors.WRONG_TYPE:
            raise
        session.run(assignment + quoting.text(value))
