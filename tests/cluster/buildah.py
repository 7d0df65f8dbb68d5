"""Builds images from Dockerfiles and hands them over as archives, without a Docker engine."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from tests.cluster import images, paths
from tests.cluster.console import output_of, run_logged, say, succeeds


def _environment() -> dict[str, str]:
    """Choose what works for root inside any container too, unless the user chose."""
    return {"BUILDAH_ISOLATION": "chroot", **os.environ}


def has(image: str) -> bool:
    """Tell whether the local store has an image of this name."""
    return succeeds(["buildah", "inspect", "--type=image", image], env=_environment())


def ensure_bases(bases: Sequence[images.Image]) -> None:
    """Put the stand-ins of the Dockerfile's base images into the local store, under their names.

    An image that is there already and was not made here stays: it is the real one.
    """
    missing = [image for image in bases if _is_missing(image)]
    images.ensure(missing)
    for image in missing:
        name = image.names[0]
        say(f"  into the local store: {name}")
        pulled = output_of(
            ["buildah", "pull", "-q", f"oci-archive:{image.archive()}"], env=_environment()
        )
        output_of(["buildah", "tag", pulled.split()[-1], name], env=_environment())


def _is_missing(image: images.Image) -> bool:
    if not has(image.names[0]):
        return True
    shown = "{{index .OCIv1.Config.Labels " + json.dumps(images.DIGEST_LABEL) + "}}"
    inspect = ["buildah", "inspect", "--type=image", "--format", shown, image.names[0]]
    digest = output_of(inspect, env=_environment()).strip()
    return digest not in ("", image.digest())


def build(context: Path, image: str) -> None:
    """Build a Dockerfile from what the local store has: nothing is pulled."""
    command = ["buildah", "build", "--pull=never", "--layers", "--tag", image, str(context)]
    log = paths.cache_home() / "logs" / "image.log"
    run_logged(image, command, log=log, env=_environment(), progress=_last_step)


def save(image: str, archive: Path) -> None:
    """Write an image of the local store as an archive that carries its name."""
    push = ["buildah", "push", "-q", "--disable-compression"]
    output_of([*push, image, f"oci-archive:{archive}:{image}"], env=_environment())


def forget_all_but_newest(repository: str, keep: int) -> None:
    """Remove older builds of an image: every change of a source leaves one behind."""
    # NB: buildah lists the newest first.
    listed = [
        "buildah",
        "images",
        "--format",
        "{{.Name}}:{{.Tag}}",
        f"--filter=reference={repository}",
    ]
    names = output_of(listed, env=_environment()).split()
    for name in names[keep:]:
        succeeds(["buildah", "rmi", name], env=_environment())


def _last_step(log: str) -> str:
    steps = [line for line in log.splitlines() if line.startswith("STEP ")]
    return steps[-1][:70] if steps else ""
