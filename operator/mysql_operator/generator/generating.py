"""`mysql-operator generate [--check]`: writes what is generated, or tells what is stale."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from mysql_operator.generator.marks import COMMAND
from mysql_operator.generator.outputs import WHOLLY_GENERATED, Outputs, Sources, outputs
from mysql_operator.generator.tables import MarkerMissingError


def main(check: bool, root: Path) -> int:
    """Generate into the repository at `root`, or only compare; returns the exit status."""
    try:
        made = outputs(root, Sources())
    except (MarkerMissingError, FileNotFoundError) as error:
        sys.stderr.write(f"{COMMAND}: {error}\n")
        return 1
    if not check:
        write(root, made)
        return 0
    differences = "".join(compare(root, made))
    if differences:
        sys.stdout.write(differences)
        sys.stderr.write(f"Not up to date; run `{COMMAND}`.\n")
    return 1 if differences else 0


def write(root: Path, made: Outputs) -> None:
    """Write what is generated and remove what nothing generates any more."""
    for path, text in made.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
    for path in extra(root, made):
        (root / path).unlink()


def compare(root: Path, made: Outputs) -> Iterator[str]:
    """Unified diffs of all that is stale, missing or extra."""
    for path in [*made, *extra(root, made)]:
        target = root / path
        found = target.read_text(encoding="utf-8") if target.exists() else None
        if found != made.get(path):
            yield from _difference(path, found, made.get(path))


def _difference(path: PurePosixPath, found: str | None, wanted: str | None) -> Iterator[str]:
    """Diff of one file; None is a file that is not there, which differs from an empty one."""
    before = "/dev/null" if found is None else str(path)
    after = "/dev/null" if wanted is None else f"{path} (generated)"
    yield f"--- {before}\n+++ {after}\n"
    old, new = ((text or "").splitlines(keepends=True) for text in (found, wanted))
    yield from list(difflib.unified_diff(old, new))[2:]


def extra(root: Path, made: Outputs) -> list[PurePosixPath]:
    """Files in the generated folders that nothing generates.

    NB: git keeps what was there; a template that is meant to stay belongs in generator/templates.
    """
    found = (
        PurePosixPath(path.relative_to(root).as_posix())
        for folder in WHOLLY_GENERATED
        for path in sorted((root / folder).rglob("*"))
        if path.is_file()
    )
    return [path for path in found if path not in made]
