"""How the benchmarks print: one line a figure, with its limit where there is one."""

from __future__ import annotations


def say(text: str) -> None:
    """Print a line at once, also into a file."""
    print(text, flush=True)


def head(text: str) -> None:
    """Begin a table."""
    say(f"\n{text}")


def row(what: str, value: float, limit: float | None = None) -> None:
    """Print a figure. A limit is what to aim at: no run fails because of it."""
    shown = f"{value:10.2f}" if isinstance(value, float) else f"{value:10d}"
    verdict = "" if limit is None else f"   at most {limit:<6g} {_verdict(value, limit)}"
    say(f"  {what:<58}{shown}{verdict}")


def _verdict(value: float, limit: float) -> str:
    return "met" if value <= limit else "MISSED"
