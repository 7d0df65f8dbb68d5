"""Which Kubernetes the tests run on: the user's own, kind's, or the one this tool builds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from tests.cluster import paths
from tests.cluster.configuring import Layout
from tests.cluster.console import succeeds


class Provider(Protocol):
    """A Kubernetes to test on, wherever it comes from."""

    def up(self) -> None:
        """Bring it up, or do nothing if it is up."""

    def down(self) -> None:
        """Remove all that `up` brought."""

    def status(self) -> bool:
        """Print its state on one screen; tell whether it is up."""

    def kubeconfig(self) -> Path:
        """Where its kubeconfig is."""

    def load(self, image: str, *, name: str | None) -> None:
        """Bring an image, or an archive of one, into it; under another name if one is given."""

    def has_image(self, image: str) -> bool:
        """Tell whether an image is in there already."""

    def build_image(self, context: Path, image: str) -> None:
        """Build an image from a folder with a Dockerfile, with this provider's builder."""


def chosen_name(environment: Mapping[str, str], own_kubeconfig: Path, *, has_kind: bool) -> str:
    """Choose: a KUBECONFIG that the user set wins, then kind, then the local Kubernetes.

    The kubeconfig that `env` of this very tool exported is not the user's.
    """
    kubeconfig = environment.get("KUBECONFIG")
    if kubeconfig and Path(kubeconfig) != own_kubeconfig:
        return "existing"
    return "kind" if has_kind else "local"


def chosen() -> Provider:
    """Make the provider that fits this machine and this user."""
    from tests.cluster import existing, kind, local

    layout = Layout(paths.state_home())
    name = chosen_name(os.environ, layout.kubeconfig, has_kind=_has_kind())
    if name == "existing":
        return existing.Existing(Path(os.environ["KUBECONFIG"]))
    return kind.Kind(layout) if name == "kind" else local.Local(layout)


def _has_kind() -> bool:
    return shutil.which("kind") is not None and succeeds(["docker", "info"])
