# ruff: noqa: S608 - the names that go into these statements are the tests' own
"""What people do with a database every day, and what a backup has lost, or has tripped over.

Each is from a public bug report or was found by trying. All of them share one server, so that many
cost no more than one: see test_situations.py.
"""

from __future__ import annotations

from dataclasses import dataclass

DATABASE = "a$$b"
APP_USER, APP_PASSWORD = "ali", "Ali-s0wn-word"

SETTINGS = """
log-bin
default-time-zone=+09:00
autocommit=OFF
password-history=5
lower-case-table-names=1
performance-schema=OFF
max-user-connections=2
auto-increment-increment=10
auto-increment-offset=3
sql-generate-invisible-primary-key=ON
"""
"""What users set for their applications must change nothing."""


SOON = "CURRENT_TIMESTAMP + INTERVAL 1 SECOND"


@dataclass(frozen=True)
class Situation:
    """Statements that make it, and questions whose answers must be the same afterwards."""

    fill: tuple[str, ...]
    look: tuple[str, ...]
    user: str = "root"
    named: tuple[str, ...] = ()
    """How the lines begin by which each restore says what is not as it was."""
    left_out: tuple[str, ...] = ()
    """How the lines begin by which a Dump says what it does not bring back."""


def numbers(limit: int, columns: str) -> str:
    """Select from the numbers up to a limit."""
    return (
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n"
        f" WHERE i < {limit}) SELECT {columns} FROM n"
    )


def in_schema(schema: str, *statements: str) -> tuple[str, ...]:
    """Put statements into a schema of their own."""
    return (f"CREATE DATABASE {schema}", f"USE {schema}", *statements)


def checksums(*tables: str) -> str:
    """Ask for what the server computes of all rows."""
    return f"CHECKSUM TABLE {', '.join(tables)}"


def shown(*tables: str) -> tuple[str, ...]:
    """Ask for definitions."""
    return tuple(f"SHOW CREATE TABLE {table}" for table in tables)
