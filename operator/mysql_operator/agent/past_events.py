"""Events whose time passed while the database was away: these come back disabled, and are named.

The event scheduler would run a one-time event at once, hours or months late, or drop it.
"""

from __future__ import annotations

from mysql_operator.agent import catalog, quoting
from mysql_operator.agent.applying import Remark
from mysql_operator.agent.sessions import Session

# The times are in the time zone of the event.
_PAST = """
SELECT event_schema, event_name, definer, COALESCE(execute_at, ends), time_zone
FROM information_schema.events WHERE status = 'ENABLED'
AND COALESCE(execute_at, ends) <= CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', time_zone) ORDER BY 1, 2
"""


def disable(session: Session) -> list[Remark]:
    """Disable them where no scheduler runs yet; returns a remark for each."""
    remarks = []
    for schema, name, definer, time, zone in session.rows(_PAST):
        if not catalog.is_users_schema(schema):
            continue
        path = quoting.name(schema, name)
        user, _, host = definer.rpartition("@")
        # Without the name of its definer, the event would belong to the agent.
        session.run(f"ALTER DEFINER = {quoting.account(user, host)} EVENT {path} DISABLE")
        remarks.append(
            Remark(
                f"event {schema}.{name}",
                f"its time ({time} {zone}) passed while the database was away, so it came back "
                f"disabled; give it another time with ALTER EVENT {path} ON SCHEDULE … ENABLE",
            )
        )
    return remarks
