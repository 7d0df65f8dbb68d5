"""How helm keeps a release in a Secret: read its labels and content, mark it as failed.

Format of helm 3 and 4 (`sh.helm.release.v1`): `data.release` is JSON, gzipped, in base64, and once
more in base64 as in every Secret.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Secret

from mysql_operator import names
from mysql_operator.errors import KubeError

DATA_KEY = "release"

LARGEST = 32 << 20
"""Bytes of a revision, unpacked. A Secret holds 1 MiB, which may become a thousand times that."""

_GZIP = zlib.MAX_WBITS | 16


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
    """Read a revision; None where the Secret is damaged, and nobody is to let helm act on it.

    Whoever may write Secrets in a namespace may write into a revision of ours, too. helm would do
    what it says with the rights of the operator, in other namespaces as well.
    """
    release = _read(secret)
    if not release:
        return None
    chart = str(release.get("chart", {}).get("metadata", {}).get("name", ""))
    hooks = tuple(str(hook.get("manifest", "")) for hook in release.get("hooks") or ())
    found = Content(chart, str(release.get("manifest", "")), hooks)
    metadata = secret.metadata or ObjectMeta()
    is_ours = chart == names.INSTANCE_CHART or names.VALUES_DIGEST in (metadata.labels or {})
    if is_ours and not _stays_in(metadata.namespace, found):
        return None
    return found


def _stays_in(namespace: str | None, found: Content) -> bool:
    """Whether nothing in it names another namespace. The chart names none at all."""
    try:
        return all(
            (document.get("metadata") or {}).get("namespace") in (None, namespace)
            for text in (found.manifest, *found.hooks)
            for document in documents_of(text)
        )
    except (yaml.YAMLError, AttributeError):
        return False


def documents_of(manifest: str) -> Iterator[Any]:
    """Read the objects of a manifest. YAML 1.1, which is what helm and Kubernetes read."""
    documents = yaml.load_all(manifest, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return (document for document in documents if document)


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
        unpacking = zlib.decompressobj(wbits=_GZIP)
        release = json.loads(unpacking.decompress(packed, LARGEST))
    except (KeyError, ValueError, OSError, EOFError, zlib.error):
        return {}
    return release if isinstance(release, dict) else {}
