"""The command line: `python3 -m tests.cluster COMMAND`, from the root of the repository."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tests.cluster import building, local, operator_image, paths, providers
from tests.cluster.console import ClusterError, answer, is_no_space, no_space, say

_COMMANDS = {
    "up": "bring the cluster up; a second time takes a second",
    "down": "end it and remove its state; what was built stays",
    "status": "show what is up and where what is; exit code 0 if up",
    "env": "print the exports for `eval`",
}


def main(arguments: Sequence[str]) -> int:
    """Carry out one command; what a person can put right ends with one message, no traceback."""
    options = _parser().parse_args(arguments)
    # Asked to end, it ends what it started too: a build would go on alone otherwise.
    signal.signal(signal.SIGTERM, _end)
    try:
        return _carry_out(options)
    except ClusterError as failure:
        say(f"\n{failure}")
    except BrokenPipeError:
        # Whoever read along, such as `head`, has seen enough. Python must not try once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        if not is_no_space(error):
            raise
        say(f"\n{no_space(error.filename or error)}")
    except KeyboardInterrupt:
        say("\nInterrupted. What is complete is kept; run it again to go on.")
    return 1


def _end(number: int, _: object) -> NoReturn:
    say("\nEnded from outside. What is complete is kept; run it again to go on.")
    sys.exit(128 + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tests.cluster", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, purpose in _COMMANDS.items():
        commands.add_parser(name, help=purpose)
    load = commands.add_parser("load", help="load an image of buildah's store, or an OCI archive")
    load.add_argument("image")
    load.add_argument("--as", dest="name", help="also call it this, inside the cluster")
    image = commands.add_parser("image", help="build and load the operator; print its name last")
    image.add_argument("--of", type=Path, default=paths.REPOSITORY, help="another checkout")
    build = commands.add_parser("build", help="build optional tools, such as kwok")
    build.add_argument("tools", nargs="+")
    for name, purpose in {
        "exec": "run a command with KUBECONFIG and PATH set",
        "node": "run a command inside the local node",
    }.items():
        run = commands.add_parser(name, help=f"{purpose}: {name} -- COMMAND …")
        run.add_argument("line", nargs=argparse.REMAINDER)
    return parser


def _carry_out(options: argparse.Namespace) -> int:
    provider = providers.chosen()
    match options.command:
        case "up":
            provider.up()
        case "down":
            provider.down()
        case "status":
            return 0 if provider.status() else 1
        case "env":
            _print_exports(provider)
        case "load":
            provider.load(options.image, name=options.name)
        case "image":
            answer(operator_image.ensure(provider, options.of))
        case "build":
            _build(options.tools)
        case _:
            _replace_by(provider, options.command, options.line)
    return 0


def _print_exports(provider: providers.Provider) -> None:
    for name, value in _environment(provider).items():
        answer(f"export {name}={shlex.quote(value)}")


def _build(tools: Sequence[str]) -> None:
    with paths.locked(paths.cache_home() / "lock"):
        building.ensure([building.tool_named(name) for name in tools])


def _environment(provider: providers.Provider) -> dict[str, str]:
    variables = {"KUBECONFIG": str(provider.kubeconfig())}
    if isinstance(provider, local.Local):
        folders = [str(folder) for folder in building.search_path()]
        variables["PATH"] = os.pathsep.join([*folders, os.environ["PATH"]])
    return variables


def _replace_by(provider: providers.Provider, where: str, line: list[str]) -> None:
    """Become the command: its exit code, its signals and its terminal are then its own."""
    line = line[1:] if line[:1] == ["--"] else line
    if not line:
        raise ClusterError(f"Say what to run: python3 -m tests.cluster {where} -- COMMAND …")
    if where == "node":
        if not isinstance(provider, local.Local):
            raise ClusterError("Only the local Kubernetes has a node to run commands in.")
        line = provider.enter(line)
    elif not provider.kubeconfig().exists():
        say("NB: the cluster is not up (`python3 -m tests.cluster up`).")
    environment = {**os.environ, **_environment(provider)}
    os.environ["PATH"] = environment["PATH"]  # also where the command itself is looked for
    try:
        os.execvpe(line[0], line, environment)  # noqa: S606 - no shell is the point
    except FileNotFoundError as exc:
        raise ClusterError(f"{line[0]} is not installed.") from exc


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
