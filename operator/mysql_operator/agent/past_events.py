"""Events whose time passed while the database was away: these come back disabled, and are named.

The event scheduler would run a one-time event at once, hours or months late, or drop it.
"""

from __future__ import annotations

from mysql_operator.agent.dump.applying import Remark
from mysql_operator.agent.sql import quoting, wire
from mysql_operator.agent.sql.sessions import Session

# The times are in the time zone of the event.
_PAST = """
SELECT event_schema, event_name, definer, COALESCE(execute_at, ends), time_zone,
  character_set_client, collation_connection
FROM information_schema.events WHERE status = 'ENABLED'
AND COALESCE(execute_at, ends) <= CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', time_zone) ORDER BY 1, 2
"""


def disable(session: Session) -> list[Remark]:
    """Disable them where no scheduler runs yet; returns a remark for each."""
    remarks = []
    for schema, name, definer, time, zone, charset, collation in session.rows(_PAST):
        path = quoting.name(schema, name)
        user, _, host = definer.rpartition("@")
        # Without the name of its definer, the event would belong to the agent.
        alter = f"ALTER DEFINER = {quoting.account(user, host)} EVENT {path} DISABLE"
        is_frozen = _is_read_only(session, schema)
        if is_frozen:
            session.run(f"ALTER DATABASE {quoting.name(schema)} READ ONLY = 0")
        _run_in(session, alter, charset, collation)
        if is_frozen:
            session.run(f"ALTER DATABASE {quoting.name(schema)} READ ONLY = 1")
        remarks.append(
            Remark(
                f"event {schema}.{name}",
                f"its time ({time} {zone}) passed while the database was away, so it came back "
                f"disabled; give it another time with ALTER EVENT {path} ON SCHEDULE … ENABLE",
            )
        )
    return remarks


def _is_read_only(session: Session, schema: str) -> bool:
    if session.version < (8, 0, 22):
        return False
    options = session.value(
        "SELECT options FROM information_schema.schemata_extensions WHERE schema_name = %s", schema
    )
    return "READ ONLY=1" in (options or "")


def _run_in(session: Session, statement: str, charset: str, collation: str) -> None:
    """Run a statement in the character set of an event, whose text would be misread in another."""
    session.run("SET SESSION character_set_results = NULL")
    written = wire.first(session, f"SELECT CONVERT({quoting.text(statement)} USING {charset})")[0]
    session.run(
        f"SET SESSION character_set_client = {charset}, SESSION collation_connection = {collation}"
    )
    wire.execute(session, written or b"")
    session.run("SET NAMES utf8mb4")
