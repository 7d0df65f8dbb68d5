"""Which copy takes the place of an instance's data at its next start: `swap.sh` looks for a name.

The name is in a persisted variable. A read-only server takes that statement too, so from the fence
of a restore until its restart nobody can write; and no copy of the data brings it along.
"""

from __future__ import annotations

from mysql_operator.agent.sql.sessions import Session, Version

_VARIABLE = "clone_valid_donor_list"
"""Takes any list of hosts and ports. The agent sets it, without persisting it, for each clone."""

_SINCE = Version(8, 0, 17)


def folder(token: str) -> str:
    """Where the instance has a copy: beside its data directory."""
    return f"/var/lib/mysql/.restored-{token}"


def take(session: Session, token: str, condition: str) -> bool:
    """Name a copy, if the condition holds in that moment; whether it did."""
    named = f"restored-{token}:1"
    session.run(f"SET PERSIST {_VARIABLE} = IF({condition}, '{named}', NULL)")
    return bool(session.variable(_VARIABLE) == named)


def forget(session: Session) -> None:
    """Name none any more. Due before anybody may write again: the copy lacks what comes then."""
    if session.version < _SINCE:
        return
    found = session.value(
        "SELECT COUNT(*) FROM performance_schema.persisted_variables "
        f"WHERE variable_name = '{_VARIABLE}' AND variable_value LIKE 'restored-%'"
    )
    if found:
        session.run(f"RESET PERSIST IF EXISTS {_VARIABLE}")
