"""A cluster of the user's own: nothing is started, changed or ended here."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.console import ClusterError, answer, output_of, require, say, succeeds
from tests.cluster.versions import CLIENTS


class Existing:
    """The provider for whoever set KUBECONFIG."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig

    def up(self) -> None:
        """Check that the cluster answers, since it is not this tool's to start."""
        require(CLIENTS)
        if not self._answers():
            raise ClusterError(
                f"KUBECONFIG={self._kubeconfig} is set, but that cluster does not answer. Unset "
                "KUBECONFIG to have a local one made."
            )
        say(f"Using the cluster of KUBECONFIG={self._kubeconfig}")

    def down(self) -> None:
        """Leave it alone."""
        say("The cluster of your KUBECONFIG was not started by this tool, and stays.")

    def status(self) -> bool:
        """Show its nodes."""
        if not self._answers():
            answer(f"the cluster of KUBECONFIG={self._kubeconfig} does not answer")
            return False
        answer(output_of(["kubectl", "get", "nodes"]).rstrip())
        return True

    def kubeconfig(self) -> Path:
        """Give what the user gave."""
        return self._kubeconfig

    def load(self, image: str, *, name: str | None) -> None:
        """Say how images get there: only the user knows which registry the cluster pulls from."""
        raise ClusterError(
            f"{name or image} cannot be loaded into a cluster that this tool did not make. Push it "
            "to a registry that the cluster pulls from (into kind: `kind load docker-image`). For "
            "the operator's image, set MYSQL_OPERATOR_IMAGE to what it can pull."
        )

    def has_image(self, image: str) -> bool:
        """Say that it must be loaded, since nobody can see into the nodes from here."""
        return False

    def build_image(self, context: Path, image: str) -> None:
        """Refuse, because the result could not be brought into the cluster."""
        self.load(image, name=None)

    def _answers(self) -> bool:
        return succeeds(["kubectl", "get", "--raw=/readyz"])
