"""Writes OCI image archives: a layer, a configuration, and the names of the image.

Layers stay uncompressed: the archives never travel, and a cluster takes them in faster.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_MEDIA = "application/vnd.oci.image"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Config:
    """What an image runs, with the defaults of an image that runs nothing."""

    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def rendered(self, diff_id: str) -> dict[str, Any]:
        """Give it the form of an OCI image configuration.

        NB: buildah builds on nothing whose history has fewer entries than it has layers.
        """
        return {
            "architecture": "amd64",
            "os": "linux",
            "config": {
                "Entrypoint": list(self.entrypoint),
                "Cmd": list(self.command),
                "Env": [f"{name}={value}" for name, value in self.environment.items()],
                "Labels": dict(self.labels),
            },
            "history": [{"created_by": "python3 -m tests.cluster"}],
            "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        }


def write_layer(
    target: Path, files: Mapping[str, Path | bytes], links: Mapping[str, str] | None = None
) -> None:
    """Write a layer of executable files, and of symbolic links to them."""
    with tarfile.open(target, "w") as tar:
        for name, source in files.items():
            content = source if isinstance(source, bytes) else source.read_bytes()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            tar.addfile(member, io.BytesIO(content))
        for name, aim in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, aim
            tar.addfile(member)


def write_archive(target: Path, *, layer: Path, config: Config, names: Sequence[str]) -> None:
    """Write an archive that holds one image of one layer under one or more names."""
    layer_digest = _digest_of_file(layer)
    image = _encoded(config.rendered(layer_digest))
    manifest = _encoded(
        {
            "schemaVersion": 2,
            "mediaType": f"{_MEDIA}.manifest.v1+json",
            "config": _descriptor(f"{_MEDIA}.config.v1+json", _digest(image), len(image)),
            "layers": [
                _descriptor(f"{_MEDIA}.layer.v1.tar", layer_digest, layer.stat().st_size),
            ],
        }
    )
    listed = _descriptor(f"{_MEDIA}.manifest.v1+json", _digest(manifest), len(manifest))
    index = {
        "schemaVersion": 2,
        "manifests": [{**listed, "annotations": _annotations(name)} for name in names],
    }
    with tarfile.open(target, "w") as tar:
        _add(tar, "oci-layout", _encoded({"imageLayoutVersion": "1.0.0"}))
        _add(tar, "index.json", _encoded(index))
        for blob in (image, manifest):
            _add(tar, _blob(_digest(blob)), blob)
        tar.add(layer, _blob(layer_digest), recursive=False)


def _annotations(name: str) -> dict[str, str]:
    """Name the image to containerd by the first, to everything else by the second."""
    return {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name}


def _descriptor(media: str, digest: str, size: int) -> dict[str, Any]:
    return {"mediaType": media, "digest": digest, "size": size}


def _encoded(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _digest_of_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return f"sha256:{digest.hexdigest()}"


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
