"""Which way a backup is taken: Clone wherever the server can, and why not where it cannot. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from mysql_operator.agent.sql.sessions import Version
from mysql_operator.errors import OperatorError
from mysql_operator.model.receipts import Method

CLONE_SINCE = Version(8, 0, 17)


@dataclass(frozen=True)
class Facts:
    """What the choice rests on, as the server says it."""

    version: Version
    clone_plugin: str = "ACTIVE"
    other_engines: tuple[str, ...] = ()
    """Tables whose rows MySQL's clone plugin leaves behind, each with its engine."""
    encrypted: tuple[str, ...] = ()
    """Tablespaces whose key is in a keyring, which no backup holds."""
    redo_log: bool = True
    force_recovery: int = 0


@dataclass(frozen=True)
class Choice:
    """A method, and why it is not the default one."""

    method: Method
    reason: str = ""


def choose(asked: str, facts: Facts) -> Choice:
    """Choose the method.

    Raises:
        OperatorError: CloneImpossible; the spec asks for Clone, and this server cannot.
    """
    if asked == Method.DUMP:
        return Choice(Method.DUMP, "the spec asks for it")
    obstacle = obstacle_to_clone(facts)
    if not obstacle:
        return Choice(Method.CLONE)
    if asked == Method.CLONE:
        raise OperatorError(
            "CloneImpossible",
            f"spec.backup.method is Clone, but {obstacle}; set it to Auto or Dump, or remove that "
            "obstacle",
        )
    return Choice(Method.DUMP, obstacle)


def obstacle_to_clone(facts: Facts) -> str:
    """Why the server cannot be cloned with all that it holds; empty where it can."""
    if facts.version < CLONE_SINCE:
        return f"MySQL {facts.version} has no clone plugin ({CLONE_SINCE} and later do)"
    if facts.clone_plugin != "ACTIVE":
        return f"the server's clone plugin is {facts.clone_plugin or 'not loaded'}"
    if facts.other_engines:
        return f"the clone plugin copies InnoDB tables only, and {_some(facts.other_engines)}"
    if facts.encrypted:
        return f"a backup holds no keyring, and {_some(facts.encrypted)} is encrypted by one"
    if facts.force_recovery:
        return f"the server runs with innodb_force_recovery={facts.force_recovery}"
    if not facts.redo_log:
        return "somebody has switched the redo log off (ALTER INSTANCE ENABLE INNODB REDO_LOG)"
    return ""


def _some(items: tuple[str, ...]) -> str:
    others = len(items) - 1
    return items[0] + (f" (and {others} more)" if others else "")
