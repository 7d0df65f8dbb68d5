"""helm's own Secrets, read and marked."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Secret

from mysql_operator import names
from mysql_operator.adapters import release_secrets
from mysql_operator.errors import KubeError


def a_release_secret(release: dict[str, object], **labels: str) -> Secret:
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode())))
    return Secret(
        metadata=ObjectMeta(
            name="sh.helm.release.v1.db.v3", namespace="team", labels={"version": "3"} | labels
        ),
        data={"release": packed.decode()},
    )


def test_a_revision_tells_its_chart_and_what_it_made() -> None:
    secret = a_release_secret({"chart": {"metadata": {"name": "nginx"}}, "manifest": "kind: Pod"})

    assert release_secrets.content(secret) == release_secrets.Content("nginx", "kind: Pod")


def test_a_release_is_marked_as_failed_where_helm_reads_and_where_it_looks_for_it() -> None:
    secret = a_release_secret({"name": "db", "info": {"status": "pending-install"}})

    release_secrets.mark_failed(secret, "nobody works on it")

    content = gzip.decompress(base64.b64decode(base64.b64decode(secret.data["release"])))
    assert json.loads(content)["info"]["status"] == "failed"
    assert secret.metadata.labels["status"] == "failed"


def test_a_damaged_release_is_not_written_over() -> None:
    secret = Secret(metadata=ObjectMeta(name="x"), data={"release": "bm90IGd6aXA="})

    assert release_secrets.content(secret) is None
    with pytest.raises(KubeError, match="ReleaseDamaged"):
        release_secrets.mark_failed(secret, "why")


OURS = {"chart": {"metadata": {"name": names.INSTANCE_CHART}}}
FORGED = [
    "metadata: {name: x, namespace: prod}",
    'metadata:\n  "name\\x73pace": prod',
    '{"metadata": {"namespace": "prod"}}',
    "metadata:\n  name: y\n---\nmetadata:\n  namespace: prod",
    "- a list",
    "metadata: [",
]


@pytest.mark.parametrize("document", FORGED)
def test_a_revision_that_reaches_into_another_namespace_is_not_used(document: str) -> None:
    """Whoever may write Secrets in a namespace has put it there; helm would do what it says."""
    hook = {"hooks": [{"manifest": document}]}

    assert release_secrets.content(a_release_secret(OURS | {"manifest": document})) is None
    assert release_secrets.content(a_release_secret(OURS | hook)) is None
    labelled = a_release_secret({"manifest": document}, **{names.VALUES_DIGEST: "x"})
    assert release_secrets.content(labelled) is None


def test_a_revision_of_its_own_namespace_is_read() -> None:
    release = OURS | {"manifest": "metadata: {name: x, namespace: team}\n---\n# nothing\n"}

    assert release_secrets.content(a_release_secret(release)) is not None


def test_a_revision_that_would_fill_the_memory_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_secrets, "LARGEST", 1 << 20)

    assert release_secrets.content(a_release_secret(OURS | {"manifest": "# " * (1 << 20)})) is None


def test_revisions_are_numbers_and_not_text() -> None:
    revisions = [ObjectMeta(labels={"version": version}) for version in ("9", "10")]

    assert max(revisions, key=release_secrets.revision).labels == {"version": "10"}
