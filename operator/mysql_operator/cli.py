"""The command line: `mysql-operator run`, `mysql-operator generate`, `mysql-operator agent`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

from mysql_operator.errors import OperatorError

JOBS = (
    "back-up",
    "check",
    "check-storage",
    "drill",
    "remove",
    "restore",
    "restore-into",
    "set-passwords",
    "test-service",
)


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
    agent = commands.add_parser("agent", help="do the work of one Job")
    agent.add_argument("job", choices=JOBS)
    options = parser.parse_args()
    try:
        return _dispatch(options)
    except OperatorError as error:
        print(error, file=sys.stderr)
        return 2


def _dispatch(options: argparse.Namespace) -> int:
    if options.command == "agent":
        _agent(options.job)
    return _run() if options.command == "run" else _generate(options.root, options.check)


# Each imports only what it needs: the generator no cluster, the operator no templates, and the
# agent neither, because a database waits for it to start.


def _agent(job: str) -> NoReturn:
    """Run the Job, and end without taking the interpreter apart.

    The threads of an object store's client may still run, and abort the process when they meet an
    interpreter that is half gone: a Job that had succeeded was then a failed one (seen with obstore
    0.12.1: code -6, after the receipt was reported).
    """
    from mysql_operator.agent import main as agent

    code = agent.main(job)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _run() -> int:
    import asyncio

    from mysql_operator import running

    asyncio.run(running.run())
    return 0


def _generate(root: Path, check: bool) -> int:
    from mysql_operator.generator import generating

    return generating.main(check=check, root=root)
