"""Builds images from Dockerfiles and hands them over as archives, without a Docker engine."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tests.cluster import images, paths
from tests.cluster.console import output_of, run_logged, say, succeeds


def _environment() -> dict[str, str]:
    """Choose what works for root in any container and on any disk, unless the user chose."""
    return {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot", **os.environ}


def has(image: str) -> bool:
    """Tell whether the local store has an image of this name."""
    return succeeds(["buildah", "inspect", "--type=image", image], env=_environment())


def ensure_bases(bases: Sequence[images.Image]) -> None:
    """Put the stand-ins of the Dockerfile's base images into the local store, under their names.

    An image that is there already stays: it may well be the real one.
    """
    missing = [image for image in bases if not has(image.names[0])]
    images.ensure(missing)
    for image in missing:
        say(f"  into the local store: {image.names[0]}")
        pulled = output_of(
            ["buildah", "pull", "-q", f"oci-archive:{image.archive()}"], env=_environment()
        )
        output_of(["buildah", "tag", pulled.split()[-1], image.names[0]], env=_environment())


def build(context: Path, image: str) -> None:
    """Build a Dockerfile from what the local store has: nothing is pulled."""
    command = ["buildah", "build", "--pull=never", "--layers", "--tag", image, str(context)]
    log = paths.cache_home() / "logs" / "image.log"
    run_logged(image, command, log=log, env=_environment(), progress=_last_step)


def save(image: str, archive: Path) -> None:
    """Write an image of the local store as an archive that carries its name."""
    output_of(["buildah", "push", "-q", image, f"oci-archive:{archive}:{image}"], env=_environment())


def _last_step(log: str) -> str:
    steps = [line for line in log.splitlines() if line.startswith("STEP ")]
    return steps[-1][:70] if steps else ""
