"""How helm keeps a release in a Secret: read its labels and content, mark it as failed.

Format of helm 3 and 4 (`sh.helm.release.v1`): `data.release` is JSON, gzipped, in base64, and once
more in base64 as in every Secret.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from dataclasses import dataclass
from typing import Any

from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Secret

from mysql_operator.errors import KubeError

DATA_KEY = "release"


@dataclass(frozen=True)
class Content:
    """What a revision was made from, and what it made."""

    chart: str
    manifest: str
    """YAML."""
    hooks: tuple[str, ...] = ()
    """YAML of each."""


def revision(metadata: ObjectMeta) -> int:
    """Number of the revision, from its label; 0 where somebody took the label away."""
    version = (metadata.labels or {}).get("version", "")
    return int(version) if version.isdigit() else 0


def content(secret: Secret) -> Content | None:
    """Read a revision; None where the Secret is damaged, and no helm can read it either."""
    release = _read(secret)
    if not release:
        return None
    chart = str(release.get("chart", {}).get("metadata", {}).get("name", ""))
    hooks = tuple(str(hook.get("manifest", "")) for hook in release.get("hooks") or ())
    return Content(chart, str(release.get("manifest", "")), hooks)


def mark_failed(secret: Secret, why: str) -> None:
    """Set the release's status to failed, both where helm reads it and where it looks for it.

    Raises:
        KubeError: the Secret is damaged; writing into it would hide that.
    """
    release = _read(secret)
    if not release:
        raise KubeError("ReleaseDamaged", "the Secret of the helm release cannot be read")
    release.setdefault("info", {}).update(status="failed", description=why)
    packed = base64.b64encode(gzip.compress(json.dumps(release).encode()))
    assert secret.metadata is not None  # noqa: S101 - it was read
    assert secret.data is not None  # noqa: S101 - release came out of it
    secret.data[DATA_KEY] = base64.b64encode(packed).decode()
    secret.metadata.labels = {**(secret.metadata.labels or {}), "status": "failed"}


def decoded(data: dict[str, str]) -> dict[str, bytes]:
    """Content of a Secret, out of base64."""
    return {key: base64.b64decode(value) for key, value in data.items()}


def text(data: dict[str, str]) -> dict[str, str]:
    """Content of a Secret as text, out of base64."""
    return {key: value.decode(errors="replace") for key, value in decoded(data).items()}


def encoded(data: dict[str, str]) -> dict[str, str]:
    """Content for a Secret, in base64."""
    return {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}


def _read(secret: Secret) -> dict[str, Any]:
    try:
        packed = base64.b64decode(base64.b64decode((secret.data or {})[DATA_KEY]))
        release = json.loads(gzip.decompress(packed))
    except (KeyError, ValueError, OSError, EOFError, zlib.error):
        return {}
    return release if isinstance(release, dict) else {}
