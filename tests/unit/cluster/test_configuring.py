"""The configuration of the cluster's programs."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.cluster import certificates, components, configuring
from tests.cluster.configuring import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.keys.mkdir()
    for name in ("ca", "sa", *(identity.name for identity in certificates.ISSUED)):
        (layout.keys / f"{name}.crt").touch()
        (layout.keys / f"{name}.key").touch()
    (layout.keys / "sa.pub").touch()
    configuring.write_all(layout, "/pods")
    return layout


def test_every_file_that_a_program_is_given_is_there(layout: Layout) -> None:
    lines = [" ".join(component.command) for component in components.all_of(layout, listener=9)]
    given = re.findall(rf"({layout.config}\S*|{layout.keys}\S*)", " ".join(lines))

    assert len(given) > len(lines)
    assert [path for path in given if not Path(path).is_file()] == []


def test_only_the_api_server_and_what_it_needs_start_before_it(layout: Layout) -> None:
    first = [each.name for each in components.all_of(layout, listener=9) if not each.needs_api]

    assert first == ["etcd", "containerd", "kube-apiserver"]


def test_pods_start_where_root_may_not_lower_oom_scores(layout: Layout) -> None:
    plugins = tomllib.loads(configuring.containerd(layout))["plugins"]

    assert plugins["io.containerd.cri.v1.runtime"]["restrict_oom_score_adj"] is True


def test_a_kubeconfig_can_be_copied_anywhere(layout: Layout) -> None:
    content = configuring.kubeconfig(layout, certificates.ADMIN, "https://127.0.0.1:1234")

    assert str(layout.home) not in json.dumps(content)
    assert content["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:1234"


def test_keys_are_for_nobody_else_to_read(layout: Layout) -> None:
    modes = {path.stat().st_mode & 0o077 for path in layout.config.rglob("*.kubeconfig")}

    assert modes == {0}
