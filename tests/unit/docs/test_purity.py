"""A module that calls itself pure is held to it by import-linter."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import mysql_operator
from tests.support.commands import ROOT

PACKAGE = Path(mysql_operator.__file__).parent
CONTRACTS = ("What is pure stays pure", "What reads the API's objects is pure too")


def held_to_it() -> tuple[str, ...]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    return tuple(
        module
        for contract in contracts
        if contract["name"].startswith(CONTRACTS)
        for module in contract["source_modules"]
    )


def test_what_calls_itself_pure_is_held_to_it() -> None:
    held = held_to_it()
    files = (PACKAGE / "reconcile").rglob("*.py")
    pure = {
        ".".join(("mysql_operator", *file.relative_to(PACKAGE).with_suffix("").parts))
        for file in files
        if "Pure" in (ast.get_docstring(ast.parse(file.read_text())) or "")
    }

    assert len(pure) > 30
    assert sorted(pure - set(held)) == []
