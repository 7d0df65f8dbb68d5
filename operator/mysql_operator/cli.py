"""The command line: `mysql-operator run` and `mysql-operator generate [--check]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from mysql_operator.errors import OperatorError


def main() -> int:
    """Run the subcommand that was asked for; the exit code is for the shell."""
    parser = argparse.ArgumentParser(prog="mysql-operator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "run", help="watch MySQL objects and reconcile them; settings by environment"
    )
    generate = commands.add_parser("generate", help="make the CRD and the charts from the model")
    generate.add_argument("--check", action="store_true", help="only print what is not up to date")
    generate.add_argument("--root", type=Path, default=Path.cwd(), help="the project's folder")
    options = parser.parse_args()
    try:
        return _run() if options.command == "run" else _generate(options.root, options.check)
    except OperatorError as error:
        print(error, file=sys.stderr)
        return 2


def _run() -> int:
    from mysql_operator import running  # the generator needs neither kopf nor a cluster

    asyncio.run(running.run())
    return 0


def _generate(root: Path, check: bool) -> int:
    from mysql_operator.generator import generating  # the operator needs no templates

    return generating.main(check=check, root=root)
