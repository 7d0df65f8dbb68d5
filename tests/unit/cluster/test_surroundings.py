"""What the tool makes of the machine and the user it finds."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path

import pytest

from tests.cluster import debian, oci, operator_image, sysctls
from tests.cluster.console import ClusterError
from tests.cluster.existing import Existing
from tests.cluster.providers import chosen_name

OWN = Path("/state/kubeconfig")

DEB822 = """Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
"""
ONE_LINE = "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main\n"
ELSEWHERE = "deb http://other.example/apt tools main\n"


@pytest.mark.parametrize(
    ("environment", "has_kind", "name"),
    [
        ({}, False, "local"),
        ({}, True, "kind"),
        ({"KUBECONFIG": "/home/me/.kube/config"}, True, "existing"),
        ({"KUBECONFIG": str(OWN)}, False, "local"),
        ({"KUBECONFIG": ""}, False, "local"),
    ],
)
def test_a_cluster_of_the_users_own_wins(
    environment: dict[str, str], has_kind: bool, name: str
) -> None:
    assert chosen_name(environment, OWN, has_kind=has_kind) == name


@pytest.mark.parametrize("sources", [[DEB822], [ELSEWHERE, ONE_LINE]])
def test_packages_come_from_the_mirror_that_the_machine_uses(sources: list[str]) -> None:
    assert debian.mirror_in(sources, "bookworm") == "http://mirror.example/debian"


def test_without_debian_sources_there_is_no_mirror() -> None:
    assert debian.mirror_in([ELSEWHERE], "bookworm") is None


def test_the_image_of_a_users_own_cluster_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYSQL_OPERATOR_IMAGE", "registry.example/operator:1")

    image = operator_image.ensure(Existing(Path("/home/me/.kube/config")), Path("/nowhere"))

    assert image == "registry.example/operator:1"


def test_clients_that_a_users_own_cluster_needs_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "kubectl").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ClusterError, match=r"^helm not found in PATH.*https://helm.sh"):
        Existing(Path("/home/me/.kube/config")).up()


def test_an_image_archive_says_what_is_in_it(tmp_path: Path) -> None:
    layer, archive = tmp_path / "layer.tar", tmp_path / "image.tar"
    oci.write_layer(layer, {"bin/true": b"true"}, {"bin/yes": "true"})

    oci.write_archive(archive, layer=layer, config=oci.Config(), names=["a:1", "b:1"])

    with tarfile.open(archive) as tar:
        blobs = {name: tar.extractfile(name).read() for name in tar.getnames()}  # type: ignore[union-attr]
    manifests = json.loads(blobs["index.json"])["manifests"]
    names = [each["annotations"]["org.opencontainers.image.ref.name"] for each in manifests]
    assert names == ["a:1", "b:1"]
    for name, content in blobs.items():
        if name.startswith("blobs/"):
            assert name == f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"


def test_the_machines_settings_return_with_the_last_cluster(tmp_path: Path) -> None:
    kernel, states = tmp_path / "kernel", tmp_path / "states"
    for folder in ("kernel/vm", "kernel/kernel", "states/first", "states/second"):
        (tmp_path / folder).mkdir(parents=True)
    settings = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops")
    for name in settings:
        (kernel / name).write_text("0")

    sysctls.keep(states, kernel)
    (kernel / "kernel/panic").write_text("10")
    sysctls.keep(states, kernel)
    (states / "first").rmdir()
    sysctls.put_back(states, kernel)
    assert (kernel / "kernel/panic").read_text() == "10"

    (states / "second").rmdir()
    sysctls.put_back(states, kernel)
    assert (kernel / "kernel/panic").read_text() == "0"
