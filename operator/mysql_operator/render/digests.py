"""Digests that tell whether a release was made from what is wanted now.

They are labels of the release Secret, so one metadata-only list answers for all objects at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

LENGTH = 20
"""Characters of a digest: 80 bits, far below the 63 that a label may have."""


def of_values(values: Mapping[str, Any]) -> str:
    """Digest of a release's values, whatever the order of their names."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def of_server(values: Mapping[str, Any], fields: Iterable[str]) -> str:
    """Digest of those values that an image, its settings and the place of its pod come from."""
    return of_values({field: values[field] for field in sorted(fields) if values.get(field)})


def of_files(files: Iterable[tuple[str, bytes]]) -> str:
    """Digest of a chart, given the relative path and the content of each of its files."""
    whole = hashlib.sha256()
    for path, content in sorted(files):
        whole.update(f"{path}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()[:LENGTH]
