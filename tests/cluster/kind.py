"""Kubernetes in Docker, on machines that have both `docker` and `kind`."""

from __future__ import annotations

from pathlib import Path

from tests.cluster import images, paths
from tests.cluster.configuring import Layout
from tests.cluster.console import ClusterError, answer, output_of, require, run_logged, say
from tests.cluster.versions import CLIENTS, MYSQL


class Kind:
    """The provider for machines where images can be pulled."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._name = f"mysql-operator-{layout.home.name}"

    def up(self) -> None:
        """Create the cluster unless it is there, and give it MySQL under the tests' names."""
        require(CLIENTS)
        if self._exists():
            say(f"The cluster is up. KUBECONFIG={self._layout.kubeconfig}")
            return
        self._layout.home.mkdir(parents=True, exist_ok=True)
        create = ["kind", "create", "cluster", f"--name={self._name}", "--wait=180s"]
        create.append(f"--kubeconfig={self._layout.kubeconfig}")
        run_logged("kind", create, log=self._layout.logs / "kind.log")
        official = f"docker.io/library/mysql:{MYSQL}"
        run_logged("mysql", ["docker", "pull", official], log=self._layout.logs / "pull.log")
        for name in (images.MYSQL_IMAGE, f"{images.MYSQL_IMAGE}-b"):
            self.load(official, name=name)
        answer(f"KUBECONFIG={self._layout.kubeconfig}")

    def down(self) -> None:
        """Delete the cluster."""
        output_of(["kind", "delete", "cluster", f"--name={self._name}"])
        paths.remove(self._layout.home)

    def status(self) -> bool:
        """Say whether it is there."""
        is_up = self._exists()
        answer(f"kind cluster {self._name}: {'up' if is_up else 'down'}")
        answer(f"kubeconfig  {self._layout.kubeconfig}")
        return is_up

    def kubeconfig(self) -> Path:
        """Where kind wrote it."""
        return self._layout.kubeconfig

    def load(self, image: str, *, name: str | None) -> None:
        """Load an archive, or an image of the Docker engine."""
        if Path(image).is_file():
            if name:
                raise ClusterError("An archive carries its own name; --as is for images.")
            output_of(["kind", "load", "image-archive", image, f"--name={self._name}"])
            return
        if name:
            output_of(["docker", "tag", image, name])
        output_of(["kind", "load", "docker-image", name or image, f"--name={self._name}"])

    def has_image(self, image: str) -> bool:
        """Look into the node, which is a container of that name."""
        node = f"{self._name}-control-plane"
        listed = output_of(["docker", "exec", node, "ctr", "-n", "k8s.io", "images", "list", "-q"])
        return image in listed.split()

    def build_image(self, context: Path, image: str) -> None:
        """Build with the Docker engine, which pulls the real base images."""
        log = self._layout.logs / "image.log"
        run_logged(image, ["docker", "build", "-t", image, str(context)], log=log)

    def _exists(self) -> bool:
        return self._name in output_of(["kind", "get", "clusters"]).split()
