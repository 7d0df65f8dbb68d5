"""Tell a story in commands: say what comes, show the command, run it, and check what came of it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import textwrap

from tests.support.commands import ROOT

WIDTH = 88


class NotAsToldError(Exception):
    """A step did not end as the story says."""


def say(text: str) -> None:
    """Print a paragraph."""
    print("\n" + textwrap.fill(" ".join(text.split()), WIDTH), flush=True)


def title(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'=' * len(text)}", flush=True)


def do(
    *command: str,
    stdin: str = "",
    shows: str = "",
    hides: str = "",
    shown: str = "",
    quiet: bool = False,
) -> str:
    """Show a command, run it, print what it says, and insist on it.

    `shows` and `hides` are patterns that its output must and must not match. `shown` is what to
    print instead of the command where the real one is no help to read.

    Raises:
        NotAsToldError: it failed, or said something else.
    """
    print(f"\n  $ {shown or as_typed(command)}", flush=True)
    ended = subprocess.run(
        command, input=stdin, capture_output=True, text=True, cwd=ROOT, check=False
    )
    said = ended.stdout + ended.stderr
    if not quiet or ended.returncode:
        print(textwrap.indent(said.rstrip(), "    "), flush=True)
    if ended.returncode:
        raise NotAsToldError(f"the command ended with {ended.returncode}")
    if shows and not re.search(shows, said):
        raise NotAsToldError(f"the output should show: {shows}")
    if hides and re.search(hides, said):
        raise NotAsToldError(f"the output should not show: {hides}")
    return said


def as_typed(command: tuple[str, ...]) -> str:
    """The command as a person would type it: SQL in double quotes rather than in `'"'"'`."""
    return " ".join(
        f'"{word}"' if "'" in word and not set('"$`\\') & set(word) else shlex.quote(word)
        for word in command
    )


def told_to_the_end(*chapters: object) -> int:
    """Run the chapters; the exit code for the shell."""
    try:
        for chapter in chapters:
            assert callable(chapter)
            chapter()
    except NotAsToldError as surprise:
        print(f"\nThis is not what the story says: {surprise}", file=sys.stderr)
        return 1
    return 0
