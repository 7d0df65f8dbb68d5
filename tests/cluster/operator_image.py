"""The project's own image, named after what goes into it: unchanged sources build nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.cluster.console import say
from tests.cluster.providers import Provider

# What the Dockerfile copies (see .dockerignore), and the Dockerfile itself.
INPUTS = (
    "Dockerfile",
    ".dockerignore",
    "pyproject.toml",
    "constraints.txt",
    "README.md",
    "LICENSE",
    "operator",
    "charts/mysql-instance",
)
_PASSING = ("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache")


def name_for(repository: Path) -> str:
    """Name the image after a digest of its inputs."""
    digest = hashlib.sha256()
    for path in sorted(_files(repository, INPUTS)):
        digest.update(f"{path.relative_to(repository)}\0{path.stat().st_mode & 0o111}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"localhost/mysql-operator:{digest.hexdigest()[:12]}"


def ensure(provider: Provider, repository: Path) -> str:
    """Build and load the image unless the cluster has it; return its name.

    Whoever brings a cluster brings the image too: MYSQL_OPERATOR_IMAGE names what it can pull.
    """
    if given := os.environ.get("MYSQL_OPERATOR_IMAGE"):
        return given
    image = name_for(repository)
    if not provider.has_image(image):
        say(f"Building {image}")
        provider.build_image(repository, image)
        provider.load(image, name=None)
    return image


def _files(repository: Path, inputs: Iterable[str]) -> Iterator[Path]:
    for name in inputs:
        path = repository / name
        if path.is_file():
            yield path
        for below in path.rglob("*"):
            passing = any(part in _PASSING or part.endswith(".egg-info") for part in below.parts)
            if below.is_file() and not passing:
                yield below
