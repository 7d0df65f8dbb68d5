"""helm's own Secrets, read and marked."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Secret

from mysql_operator.adapters import release_secrets
from mysql_operator.errors import KubeError


def a_release_secret(release: dict[str, object]) -> Secret:
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(release).encode())))
    return Secret(
        metadata=ObjectMeta(name="sh.helm.release.v1.db.v3", labels={"version": "3"}),
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


def test_revisions_are_numbers_and_not_text() -> None:
    revisions = [ObjectMeta(labels={"version": version}) for version in ("9", "10")]

    assert max(revisions, key=release_secrets.revision).labels == {"version": "10"}
