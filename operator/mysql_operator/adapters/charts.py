"""The bundled chart as helm gets it from the operator: without what no release has to carry along.

helm keeps the whole chart in the Secret of each revision, and compresses it anew in each of the
three or four steps of a command. A third of that is the schema of the values. What it would refuse
is refused before: by the definition of MySQL objects, and by `Helm.ensure_usable` where it comes
from the operator's own settings. Whoever runs helm by hand has the chart with its schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

PARTS = ("Chart.yaml", "values.yaml", "templates/**/*", "files/**/*")
"""What a release is made of: no schema, no README, no examples."""


def files(chart: Path) -> Iterator[tuple[str, bytes]]:
    """Give the relative path and the content of each file that a release is made of."""
    for part in PARTS:
        for path in chart.glob(part):
            if path.is_file():
                yield path.relative_to(chart).as_posix(), path.read_bytes()


def copied(chart: Path, to: Path) -> Path:
    """Copy what a release is made of into a folder, as a chart; where it is."""
    copy = to / chart.name
    for path, content in files(chart):
        target = copy / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return copy
