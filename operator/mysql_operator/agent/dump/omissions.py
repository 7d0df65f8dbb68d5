"""What a server holds and no SQL brings back: the part that Dump leaves out, by name.

The operator asks before it deletes anything; a final backup by Dump that would lose one of these
holds the deletion, and says what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mysql_operator.agent.sql import catalog, quoting
from mysql_operator.agent.sql.sessions import Session

# As a new server has them. `set_by` does not tell: its trigger does nothing by default.
_SYS_CONFIG = {
    "diagnostics.allow_i_s_tables": "OFF",
    "diagnostics.include_raw": "OFF",
    "ps_thread_trx_info.max_length": "65535",
    "statement_performance_analyzer.limit": "100",
    "statement_performance_analyzer.view": None,
    "statement_truncate_len": "64",
}

Question = Callable[[Session], Iterator[str]]


def of(session: Session) -> list[str]:
    """Name everything that Dump cannot carry, each with the way out."""
    return [line for question in _QUESTIONS for line in question(session)]


def prepared_transactions(session: Session) -> Iterator[str]:
    """XA transactions that wait for their COMMIT. Clone carries them."""
    for form, global_length, _, xid in session.rows("XA RECOVER CONVERT XID"):
        number = str(xid)[2:]
        branch = number[2 * global_length :]
        # The three parts as the statements take them: an identifier alone is not always all of it.
        shown = f"0x{number[: 2 * global_length]}, {f'0x{branch}' if branch else repr('')}, {form}"
        yield (f"prepared XA transaction {shown}: run XA COMMIT {shown} or XA ROLLBACK {shown}")


def _second_passwords(session: Session) -> Iterator[str]:
    if session.version < (8, 0, 14):
        return
    found = session.rows(
        "SELECT user, host FROM mysql.user WHERE user_attributes->'$.additional_password'"
        " IS NOT NULL ORDER BY 1, 2"
    )
    users = set(catalog.accounts(session))
    for account in found:
        if account in users:
            written = quoting.account(*account)
            discard = f"ALTER USER {written} DISCARD OLD PASSWORD"
            yield f"second password of {written}: run {discard}"


def _password_history(session: Session) -> Iterator[str]:
    if not catalog.table_exists(session, "mysql", "password_history"):
        return
    users = set(catalog.accounts(session))
    found = session.rows(
        "SELECT user, host, COUNT(*) FROM mysql.password_history GROUP BY 1, 2 ORDER BY 1, 2"
    )
    for user, host, count in found:
        if (user, host) in users:
            forget = (
                f"DELETE FROM mysql.password_history WHERE user = {quoting.text(user)}"
                f" AND host = {quoting.text(host)}"
            )
            account = quoting.account(user, host)
            yield (
                f"password history of {account} ({count} entries), without which old passwords may"
                f" be used again: run {forget}"
            )


def _changed_settings(session: Session) -> Iterator[str]:
    """What users change in a table that comes with the server."""
    if not catalog.table_exists(session, "sys", "sys_config"):
        return
    for name, value in session.rows("SELECT variable, value FROM sys.sys_config ORDER BY 1"):
        where = f"WHERE variable = {quoting.text(name)}"
        if name not in _SYS_CONFIG:
            yield f"setting {name} in sys.sys_config: run DELETE FROM sys.sys_config {where}"
        elif _SYS_CONFIG[name] != value:
            initial = "NULL" if _SYS_CONFIG[name] is None else quoting.text(_SYS_CONFIG[name] or "")
            update = f"UPDATE sys.sys_config SET value = {initial} {where}"
            yield f"setting {name} in sys.sys_config: run {update}"


def _changed_costs(session: Session) -> Iterator[str]:
    for table in ("server_cost", "engine_cost"):
        question = f"SELECT cost_name FROM mysql.{table} WHERE cost_value IS NOT NULL ORDER BY 1"
        for (name,) in session.rows(question):
            update = f"UPDATE mysql.{table} SET cost_value = NULL WHERE cost_name = "
            yield f"cost {name} in mysql.{table}: run {update}{quoting.text(name)}"


def _replication(session: Session) -> Iterator[str]:
    if session.version < (8, 0):
        return
    found = session.rows(
        "SELECT channel_name FROM performance_schema.replication_connection_configuration"
        " WHERE host <> '' ORDER BY 1"
    )
    verb = "REPLICA" if session.version >= (8, 0, 22) else "SLAVE"
    for (name,) in found:
        channel = f"FOR CHANNEL {quoting.text(name)}"
        way_out = f"STOP {verb} {channel}; RESET {verb} ALL {channel}"
        yield f"replication channel {name!r}: run {way_out}"


_QUESTIONS: tuple[Question, ...] = (
    prepared_transactions,
    _second_passwords,
    _password_history,
    _changed_settings,
    _changed_costs,
    _replication,
)
