"""From the spec to the values of the release."""

from __future__ import annotations

from typing import Any

from mysql_operator.model.spec import MySQLSpec
from mysql_operator.model.storage_spec import StorageSpec
from mysql_operator.render import digests
from mysql_operator.render.passwords import Versions
from mysql_operator.render.values import Claim, Kept, values_for

SEED = {"image": "mysql:5.7", "database": "otus-database", "storage_size": "1Gi"}


def values(spec: dict[str, Any], **changes: Any) -> dict[str, Any]:
    versions = changes.pop("versions", Versions("r1", ""))
    claims: dict[str, Any] = {"data": Claim("1Gi", None), "backup": Claim("1Gi", None)}
    kept = Kept(**{**claims, **changes})
    model = MySQLSpec.model_validate({**SEED, **spec})
    return values_for(model, kept, object_uid="u", versions=versions)


def test_values_hold_what_was_set_and_no_password() -> None:
    made = values({"password": "otuspassword", "user_password": "alispassword"})

    assert made["image"] == "mysql:5.7"
    assert made["storageSize"] == "1Gi"
    assert "password" not in str(made).replace("rootPasswordVersion", "")


def test_parts_of_a_pod_are_copied_as_they_stand() -> None:
    pods = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "web"}}}
    parts: dict[str, Any] = {
        "nodeSelector": {"disk": "fast"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [pods]}},
        "resources": {"requests": {"cpu": 1, "ephemeral-storage": "1Gi"}},
        "imagePullPolicy": "Always",
    }

    assert values(parts).items() >= parts.items()


def test_a_live_claim_decides_its_size_and_class() -> None:
    made = values({"storageClassName": "asked"}, data=Claim("5Gi", "live"))

    assert (made["storageSize"], made["storageClassName"]) == ("5Gi", "live")


def test_an_object_store_stands_where_the_spec_refers_to_it() -> None:
    spec = {"backup": {"keep": 3, "storageRef": {"name": "bucket"}}}
    storage = {"s3": {"bucket": "backups", "credentialsSecretRef": {"name": "keys"}}}

    made = values(spec, storage=StorageSpec.model_validate(storage))["backup"]

    assert made == {"keep": 3, "storageSize": "1Gi", "storage": storage}


def test_drills_have_a_time_of_their_own_and_backups_without_them_are_as_before() -> None:
    spec = {"schedule": "@weekly", "drill": {"schedule": "@weekly", "query": "SELECT 1"}}

    made = values({"backup": spec})["backup"]

    times = made["schedule"], made["drill"]["schedule"]
    assert [len(time.split()) for time in times] == [5, 5]
    assert times[0] != times[1]
    assert made["drill"]["query"] == "SELECT 1"
    assert "drill" not in values({"backup": {"schedule": "@weekly"}})["backup"]


def test_the_digest_changes_with_a_setting_and_with_nothing_else() -> None:
    plain = digests.of_values(values({}))

    assert digests.of_values(values({"config": {"max_connections": 5}})) != plain
    assert digests.of_values(dict(reversed(values({}).items()))) == plain


def test_the_digest_of_a_chart_does_not_depend_on_the_order_of_its_files() -> None:
    files = [("a", b"1"), ("b", b"2")]

    assert digests.of_files(files) == digests.of_files(reversed(files))
    assert digests.of_files(files) != digests.of_files([("a", b"12"), ("b", b"")])


def test_the_digest_of_the_server_changes_with_what_the_check_looks_at_and_with_nothing_else() -> (
    None
):
    plain = values({})["serverDigest"]

    for seen in (
        {"image": "mysql:8.4"},
        {"config": {"max_connections": 5}},
        {"nodeSelector": {"disk": "fast"}},
        {"resources": {"requests": {"memory": "1Gi"}}},
    ):
        assert values(seen)["serverDigest"] != plain
    assert values({"backup": {"keep": 3}, "config": {}})["serverDigest"] == plain
    assert values({}, versions=Versions("r2", "u2"))["serverDigest"] == plain
