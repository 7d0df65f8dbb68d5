"""What the API server itself refuses, and that what it says names the field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.objects import a_mysql
from tests.support.teams import Team

DRY = "--dry-run=server"

UNUSABLE: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown field": ({"usless_data": "some"}, "usless_data"),
    "an unknown field deeper down": ({"restore": {"polcy": "Never"}}, "polcy"),
    "no image": ({"image": None}, "spec.image: Required"),
    "no database": ({"database": None}, "spec.database: Required"),
    "no storage size": ({"storage_size": None}, "spec.storage_size: Required"),
    "neither password": ({"password": None}, "spec.password"),
    "both passwords": (
        {"password": "x", "passwordSecretRef": {"name": "x"}},
        "exactly one of spec.password and spec.passwordSecretRef",
    ),
    "both user passwords": (
        {"user_password": "x", "userPasswordSecretRef": {"name": "x"}},
        "spec.userPasswordSecretRef",
    ),
    "a nameless reference": (
        {"passwordSecretRef": {"key": "x"}},
        "spec.passwordSecretRef.name: Required",
    ),
    "a number as image": ({"image": 57}, "spec.image"),
    "an empty image": ({"image": ""}, "spec.image"),
    "an image of two words": ({"image": "mysql 8"}, "spec.image"),
    "a number as password": ({"password": 123}, "spec.password"),
    "an empty password": ({"password": ""}, "spec.password"),
    "a password of two lines": ({"password": "a\nb"}, "spec.password"),
    "a list as database": ({"database": ["x"]}, "spec.database"),
    "a schema of the server's own": ({"database": "MySQL"}, "spec.database"),
    "a schema of the scripts": ({"database": "mysql_operator_load"}, "spec.database"),
    "a database with a quote": ({"database": "a`b"}, "spec.database"),
    "a number as size": ({"storage_size": 1}, "spec.storage_size"),
    "a size without meaning": ({"storage_size": "1GB"}, "spec.storage_size"),
    "a negative size": ({"storage_size": "-1Gi"}, "spec.storage_size"),
    "a size too small for a server": ({"storage_size": "100Mi"}, "spec.storage_size"),
    "a backup size without meaning": ({"backup": {"storageSize": "lots"}}, "spec.backup.storage"),
    "a policy that is none": ({"deletionPolicy": "Forget"}, "spec.deletionPolicy"),
    "a restore policy that is none": ({"restore": {"policy": "Maybe"}}, "spec.restore.policy"),
    "a backup by path": ({"restore": {"from": "../x.sql.gz"}}, "spec.restore.from"),
    "a setting of the operator's": ({"config": {"datadir": "/x"}}, "spec.config"),
    "the same, spelled otherwise": ({"config": {"pid-file": "/x"}}, "spec.config"),
    "a setting of two lines": ({"config": {"sql_mode": "x\ny"}}, "spec.config"),
    "a section as setting": ({"config": {"[mysql]": "x"}}, "spec.config"),
    "a list as setting": ({"config": {"sql_mode": ["x"]}}, "spec.config"),
    "a list as nodeSelector": ({"nodeSelector": ["x"]}, "spec.nodeSelector"),
}


@pytest.mark.parametrize(("spec", "named"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_unusable_specs_are_refused(undisturbed: Team, spec: dict[str, Any], named: str) -> None:
    wrong = a_mysql("wrong", **spec)

    refused = undisturbed.try_apply(wrong, DRY)

    assert not refused.ok, refused.said
    assert named in refused.err
    assert undisturbed.names("mysqls") == ["stored"]


def test_a_name_of_forty_is_taken_and_of_forty_one_refused(undisturbed: Team) -> None:
    assert undisturbed.try_apply(a_mysql("n" * 40), DRY).ok

    refused = undisturbed.try_apply(a_mysql("n" * 41), DRY)

    assert not refused.ok
    assert "metadata.name" in refused.err
    assert "40" in refused.err


IMPOSSIBLE_EDITS: dict[str, tuple[dict[str, Any], str]] = {
    "less storage": ({"storage_size": "900Mi"}, "spec.storage_size cannot shrink"),
    "another storage class": ({"storageClassName": "b"}, "spec.storageClassName cannot be changed"),
    "no storage class": ({"storageClassName": None}, "spec.storageClassName cannot be"),
    "another database": ({"database": "other"}, "spec.database cannot be changed"),
    "less backup storage": (
        {"backup": {"storageSize": "1Gi", "storageClassName": "a"}},
        "spec.backup.storageSize",
    ),
    "another backup class": (
        {"backup": {"storageSize": "2Gi", "storageClassName": "b"}},
        "spec.backup.storageClassName",
    ),
}


@pytest.mark.parametrize(("edit", "named"), IMPOSSIBLE_EDITS.values(), ids=IMPOSSIBLE_EDITS.keys())
def test_edits_that_a_claim_cannot_follow_are_refused(
    undisturbed: Team, stored: dict[str, Any], edit: dict[str, Any], named: str
) -> None:
    refused = undisturbed.try_apply(a_mysql("stored", **(stored | edit)), DRY)

    assert not refused.ok
    assert named in refused.err


def test_equal_and_larger_sizes_are_taken(undisturbed: Team, stored: dict[str, Any]) -> None:
    for size in ("1024Mi", "1.5Gi", "2G", "1Ti"):
        same_or_more = a_mysql("stored", **(stored | {"storage_size": size}))
        assert undisturbed.try_apply(same_or_more, DRY).ok
