"""What the API server takes, what it says to it, and what it tells about the kind."""

from __future__ import annotations

import json
from typing import Any

from tests.support import pages
from tests.support.commands import ROOT, must
from tests.support.objects import a_mysql
from tests.support.teams import Team

DRY = "--dry-run=server"
AS_USERS_KNOW_IT = """
apiVersion: otus.homework/v1
kind: MySQL
metadata:
  name: mysql-instance
spec:
  image: mysql:5.7
  database: otus-database
  password: otuspassword
  storage_size: 1Gi
"""
EVERYTHING: dict[str, Any] = {
    "password": None,
    "passwordSecretRef": {"name": "ours", "key": "root.password"},
    "userPasswordSecretRef": {"name": "ours"},
    "storageClassName": "standard",
    "deletionPolicy": "Retain",
    "deletionProtection": True,
    "config": {"max_connections": 200, "sql_mode": "ANSI", "innodb-buffer-pool-size": "1G"},
    "restore": {"policy": "Require", "from": "db-20261123T120000Z.tar.zst", "timeoutSeconds": 600},
    "backup": {"storageSize": "5Gi", "storageClassName": "slow", "keep": 3, "timeoutSeconds": 600},
    "resources": {"requests": {"cpu": 1, "memory": "1Gi"}, "limits": {"memory": "2Gi"}},
    "imagePullPolicy": "Always",
    "imagePullSecrets": [{"name": "registry"}],
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [{"key": "x", "operator": "Exists"}]}]
            }
        }
    },
    "priorityClassName": "high",
}


def test_the_object_that_users_know_is_taken_as_it_stands(undisturbed: Team) -> None:
    taken = undisturbed.kubectl("apply", DRY, "-f", "-", stdin=AS_USERS_KNOW_IT)

    assert "mysql.otus.homework/mysql-instance created" in taken


def test_every_object_that_readme_shows_is_taken(undisturbed: Team) -> None:
    shown = list(pages.objects_shown(ROOT / "README.md"))

    for one in shown:
        assert undisturbed.try_apply(one, DRY).ok, one
    assert shown


def test_a_plain_password_is_warned_about_and_a_reference_is_not(undisturbed: Team) -> None:
    plain = undisturbed.try_apply(a_mysql("plain"), DRY)
    plain_user = undisturbed.try_apply(
        a_mysql("user", passwordSecretRef={"name": "ours"}, user_password="x"), DRY
    )
    reference = undisturbed.try_apply(a_mysql("ref", passwordSecretRef={"name": "ours"}), DRY)

    assert plain.ok
    assert "Warning" in plain.err
    assert "passwordSecretRef" in plain.err
    assert plain_user.ok
    assert "user_password" in plain_user.err
    assert reference.ok
    assert reference.err == ""


def test_a_protected_object_is_not_deleted_before_its_protection_is_lifted(team: Team) -> None:
    nobodys = {"password": None, "passwordSecretRef": {"name": "nobody-has-it"}}
    team.apply(a_mysql("protected", deletionProtection=True, **nobodys))

    refused = team.try_kubectl("delete", "ms", "protected")
    team.apply(a_mysql("protected", deletionProtection=False, **nobodys))
    taken = team.try_kubectl("delete", "ms", "protected")

    assert "spec.deletionProtection is true" in refused.err
    assert taken.ok


def test_every_field_at_once_is_taken_and_kept_as_written(undisturbed: Team) -> None:
    written = a_mysql("everything", **EVERYTHING)

    kept = undisturbed.kubectl("apply", DRY, "-o", "json", "-f", "-", stdin=json.dumps(written))

    assert json.loads(kept)["spec"] == written["spec"]


def test_the_kinds_have_their_names(undisturbed: Team) -> None:
    words = ("api-resources", "--api-group=otus.homework", "--no-headers")

    resources = [line.split() for line in must("kubectl", *words).splitlines()]

    version = "otus.homework/v1"
    assert sorted(resources) == [
        ["clustermysqlbackupstorages", "cmsbs", version, "false", "ClusterMySQLBackupStorage"],
        ["mysqlbackups", "msb", version, "true", "MySQLBackup"],
        ["mysqlbackupstorages", "msbs", version, "true", "MySQLBackupStorage"],
        ["mysqlrestores", "msr", version, "true", "MySQLRestore"],
        ["mysqls", "ms", version, "true", "MySQL"],
    ]


def test_the_kind_explains_itself(undisturbed: Team) -> None:
    spec = must("kubectl", "explain", "ms.spec")

    assert "Size of the data volume" in spec
    assert "-required-" in spec
    assert "restored (from a backup), fresh" in must(
        "kubectl", "explain", "ms.status.restore.result"
    )


def test_a_status_is_not_written_with_the_spec(undisturbed: Team) -> None:
    forged = a_mysql("forged") | {"status": {"phase": "Ready", "message": "believe me"}}

    kept = undisturbed.kubectl("apply", DRY, "-o", "json", "-f", "-", stdin=json.dumps(forged))

    assert json.loads(kept)["status"] == {"observedGeneration": -1}  # nobody has looked at it yet
