"""Argo CD finds objects by a label that ours bear too; it must neither show nor prune them."""

from __future__ import annotations

import pytest

from mysql_operator import names
from mysql_operator.adapters import kube
from mysql_operator.names import Key
from tests.unit.charts import helm


@pytest.fixture(scope="module")
def release() -> list[helm.Object]:
    """A release with everything on: hooks and the pod of `helm test` among it."""
    return helm.objects(helm.INSTANCE, helm.everything(helm.INSTANCE))


def test_argo_cd_prunes_nothing_that_a_release_holds(release: list[helm.Object]) -> None:
    for one in release:
        labels, annotations = one["metadata"]["labels"], one["metadata"]["annotations"]
        assert labels[names.INSTANCE] == helm.RELEASE, one["kind"]
        assert annotations["argocd.argoproj.io/sync-options"] == "Prune=false", one["kind"]
        assert annotations["argocd.argoproj.io/compare-options"] == "IgnoreExtraneous", one["kind"]


def test_no_pod_in_a_template_says_so_and_restarts_for_it(release: list[helm.Object]) -> None:
    for name, pod in helm.pods(release):
        if not name.startswith("Pod "):
            assert not names.LEFT_BY_ARGO_CD.keys() & pod["metadata"].get("annotations", {}), name


def test_argo_cd_does_not_prune_the_copy_of_the_passwords() -> None:
    secret = kube.instance_secret(Key("team-a", "shop"), "shop-credentials", {"salt": "1"})

    assert secret.metadata is not None
    assert secret.metadata.labels == {names.INSTANCE: "shop", names.MANAGED_BY: names.OPERATOR}
    assert secret.metadata.annotations == names.LEFT_BY_ARGO_CD
