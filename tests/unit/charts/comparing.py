"""Golden files: what a chart makes, kept for people to read what a rule comes to.

`UPDATE_GOLDEN=1 pytest tests/unit/charts` writes them anew; look at the diff before committing it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
CHECKSUM = re.compile(r"(scripts-checksum: )\w+")


def assert_golden(name: str, made: str) -> None:
    """Compare with the golden file of that name."""
    shown = CHECKSUM.sub(r"\1of-the-scripts", made)
    file = FOLDER / f"{name}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")
