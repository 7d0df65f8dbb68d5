"""What the API server itself refuses, and that what it says names the field."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.support import age
from tests.support.objects import a_list, a_mysql
from tests.support.teams import Team

DRY = "--dry-run=server"


def on_nodes(requirement: dict[str, Any]) -> dict[str, Any]:
    """Affinity to nodes that meet a requirement."""
    terms = [{"matchExpressions": [requirement]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return {"nodeAffinity": required}


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
    "the schema of the operator": ({"database": "mysql_operator"}, "spec.database"),
    "a database with a quote": ({"database": "a`b"}, "spec.database"),
    "a number as size": ({"storage_size": 1}, "spec.storage_size"),
    "a size without meaning": ({"storage_size": "1GB"}, "spec.storage_size"),
    "a negative size": ({"storage_size": "-1Gi"}, "spec.storage_size"),
    "a size too small for a server": ({"storage_size": "100Mi"}, "spec.storage_size"),
    "a backup size without meaning": ({"backup": {"storageSize": "lots"}}, "spec.backup.storage"),
    "a policy that is none": ({"deletionPolicy": "Forget"}, "spec.deletionPolicy"),
    "a restore policy that is none": ({"restore": {"policy": "Maybe"}}, "spec.restore.policy"),
    "the claim of another namespace": (
        {"restore": {"source": {"name": "db", "namespace": "production"}}},
        "spec.restore.source.namespace needs an object store",
    ),
    "a source without a name": (
        {"restore": {"source": {"namespace": "production"}}},
        "spec.restore.source.name: Required",
    ),
    "a backup by path": ({"restore": {"from": "../x.sql.gz"}}, "spec.restore.from"),
    "a setting of two lines": ({"config": {"sql_mode": "x\ny"}}, "spec.config"),
    "a section as setting": ({"config": {"[mysql]": "x"}}, "spec.config"),
    "a list as setting": ({"config": {"sql_mode": ["x"]}}, "spec.config"),
    "a list as nodeSelector": ({"nodeSelector": ["x"]}, "spec.nodeSelector"),
    "a label that is none": ({"nodeSelector": {"a b": "x"}}, "spec.nodeSelector: keys are names"),
    "a backup volume too small for a backup": (
        {"backup": {"storageSize": "1Mi"}},
        "spec.backup.storageSize must be at least 256Mi",
    ),
    "a minute that no hour has": ({"backup": {"schedule": "61 3 * * *"}}, "minute 0-59"),
    "an hour that no day has": ({"backup": {"schedule": "0 24 * * *"}}, "hour 0-23"),
    "a day that no month has": ({"backup": {"schedule": "0 3 32 * *"}}, "day 1-31"),
    "a month that no year has": ({"backup": {"schedule": "0 3 * 13 *"}}, "month 1-12"),
    "a Sunday of the number 7": ({"backup": {"schedule": "0 3 * * 7"}}, "0 is Sunday"),
    "a schedule of four fields": ({"backup": {"schedule": "0 3 * *"}}, "must be five fields"),
    "a schedule in words": ({"backup": {"schedule": "daily"}}, "one of @hourly, @daily"),
    "a schedule by an interval": ({"backup": {"schedule": "@every 1h"}}, "one of @hourly, @daily"),
    "a schedule with a zone in it": (
        {"backup": {"schedule": "TZ=UTC 0 3 * * *"}},
        "spec.backup.schedule must be five fields",
    ),
    "an empty schedule": ({"backup": {"schedule": ""}}, "spec.backup.schedule"),
    "a drill at no time": ({"backup": {"drill": {"schedule": "weekly"}}}, "drill.schedule must be"),
    "a question that nobody asks": (
        {"backup": {"drill": {"query": "SELECT 1"}}},
        "spec.backup.drill.query needs spec.backup.drill.schedule",
    ),
    "a question that is none": (
        {"backup": {"drill": {"schedule": "@weekly", "query": "DROP TABLE t"}}},
        "spec.backup.drill.query must be one SELECT",
    ),
    "a path as time zone": ({"backup": {"timeZone": "../x"}}, "spec.backup.timeZone must be"),
    "an age without a unit": ({"backup": {"keepFor": "30"}}, "must be an age such as 720h"),
    "no backup to keep": ({"backup": {"keep": 0}}, "spec.backup.keep"),
    "fewer days than none": ({"backup": {"keepEvery": {"daily": -1}}}, "spec.backup.keepEvery"),
    "years to keep": ({"backup": {"keepEvery": {"yearly": 1}}}, "yearly"),
    "less memory than is asked for": (
        {"resources": {"requests": {"memory": "1Gi"}, "limits": {"memory": "1000M"}}},
        "limits must not be below spec.resources.requests: memory",
    ),
    "less cpu than is asked for": (
        {"resources": {"requests": {"cpu": 1}, "limits": {"cpu": "999m"}}},
        "limits must not be below spec.resources.requests: cpu",
    ),
    "a resource that is none": ({"resources": {"limits": {"gpu": 1}}}, 'limits.gpu"'),
    "a pull policy that is none": (
        {"imagePullPolicy": "Sometimes"},
        'supported values: "Always", "IfNotPresent", "Never"',
    ),
    "an affinity that is none": ({"affinity": {"foo": "bar"}}, "spec.affinity.foo"),
    "an affinity with a misspelt part": (
        {"affinity": {"podAntiAffinity": {"requiredDuringScheduling": []}}},
        "spec.affinity.podAntiAffinity.requiredDuringScheduling",
    ),
    "an affinity without a value to compare with": (
        {"affinity": on_nodes({"key": "disk", "operator": "In"})},
        "In and NotIn need values",
    ),
    "a toleration of everything without saying so": (
        {"tolerations": [{"value": "x"}]},
        "without a key, operator must be Exists",
    ),
    "an effect that is none": (
        {"tolerations": [{"key": "x", "effect": "NoRun"}]},
        'supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ),
}


@pytest.mark.parametrize(("spec", "named"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_unusable_specs_are_refused(undisturbed: Team, spec: dict[str, Any], named: str) -> None:
    wrong = a_mysql("wrong", **spec)

    refused = undisturbed.try_apply(wrong, DRY)

    assert not refused.ok, refused.said
    assert named in refused.err
    assert undisturbed.names("mysqls") == ["stored"]


def test_a_setting_without_a_value_is_refused(undisturbed: Team) -> None:
    wrong = a_mysql("wrong", config={"sql_mode": None})

    # NB: `kubectl apply` leaves a null out by itself, and then there is nothing to refuse.
    refused = undisturbed.try_kubectl("create", DRY, "-f", "-", stdin=json.dumps(wrong))

    assert not refused.ok, refused.said
    assert "spec.config.sql_mode: no value" in refused.err


NO_IMAGES = (
    *("https://registry.example.com/mysql:9.7", "MySQL:9.7", "registry.example.com/MySQL"),
    *("mysql:", "mysql:9.7 ", "my sql", "mysql@sha256:12", "mysql:9.7:1", "/mysql", "a//b", ""),
)
IMAGES = (
    *(
        "mysql",
        "mysql:9.7",
        "localhost/mysql:9.7",
        "localhost:5000/mysql",
        "Registry.Example.com/x",
    ),
    *("percona/percona-server:8.0.46-37.1", "[::1]:5000/a/b_c--d:latest", f"x@sha256:{'a' * 64}"),
    f"registry.example.com:443/team/mysql:9.7.4-debian@sha256:{'0' * 64}",
)


def test_what_is_no_image_is_refused_in_words_and_images_are_taken(undisturbed: Team) -> None:
    wrong = [a_mysql(f"wrong-{at}", image=image) for at, image in enumerate(NO_IMAGES)]
    right = [a_mysql(f"right-{at}", image=image) for at, image in enumerate(IMAGES)]

    refused = undisturbed.try_apply(a_list(wrong), DRY)
    taken = undisturbed.try_apply(a_list(right), DRY)

    assert refused.err.count("spec.image must be [REGISTRY/]NAME[:TAG][@DIGEST]") == len(NO_IMAGES)
    assert taken.ok, taken.err


@pytest.mark.parametrize("size", ["1GB", "0", "-1Gi", "1e3", "lots"])
def test_what_is_no_size_gets_one_line(undisturbed: Team, size: str) -> None:
    refused = undisturbed.try_apply(a_mysql("wrong", storage_size=size), DRY)

    assert refused.err.count("spec.storage_size must be") == 1, refused.err
    assert "spec.storage_size must be a size such as 10Gi" in refused.err


OWNED_SETTINGS = {
    "innodb_data_home_dir": "the operator sets paths; a file outside the data volume is lost",
    "loose-innodb_log_group_home_dir": "the operator sets paths",
    "plugin_innodb_undo_directory": "the operator sets paths",
    "datad": "the operator sets paths",
    "made_up_conf_file": "the operator sets paths",
    "ssl-cert": "the server creates its keys and certificates itself",
    "loose_loose-skip_networking": "Services, probes and Jobs rely on",
    "disable-skip_grant_tables": "the operator sets accounts and their rights",
    "plugin_load": "add yours by plugin_load_add",
    "enable-offline-mode": "the operator makes the server read-only and writable itself",
    "log-error": "`kubectl logs` read the error log",
    "log_raw": "passwords would be logged in plain text",
    "initialize_insecure": "the operator decides how mysqld is started",
}


def test_settings_of_the_operator_are_refused_with_their_name_and_the_reason(
    undisturbed: Team,
) -> None:
    wrong = [
        a_mysql(f"wrong-{at}", config={name: "x", "max_connections": 200})
        for at, name in enumerate(OWNED_SETTINGS)
    ]

    refused = undisturbed.try_apply(a_list(wrong), DRY)

    for name, reason in OWNED_SETTINGS.items():
        assert re.search(rf"spec\.config\.{name}: .*{re.escape(reason)}", refused.err), name


def test_a_file_in_the_data_directory_may_have_another_name_but_no_path(undisturbed: Team) -> None:
    name = a_mysql("name", config={"log_bin": "binlog", "skip_name_resolve": "OFF"})
    path = a_mysql("path", config={"loose-log_bin": "/tmp/binlog"})  # noqa: S108

    assert undisturbed.try_apply(name, DRY).ok
    assert "spec.config.loose-log_bin: only a name in" in undisturbed.try_apply(path, DRY).err


@pytest.mark.parametrize(
    "names", [("max_connections", "max-connections"), ("sql_mode", "loose_sql-mode")]
)
def test_a_setting_is_given_once(undisturbed: Team, names: tuple[str, str]) -> None:
    refused = undisturbed.try_apply(a_mysql("wrong", config=dict.fromkeys(names, "1")), DRY)

    assert re.search(rf"spec\.config\.({'|'.join(names)}): set twice", refused.err), refused.err


def test_a_hundred_settings_of_the_longest_names_are_no_trouble(undisturbed: Team) -> None:
    settings = {f"{'innodb_adaptive_something_' * 3}"[:61] + f"{n:03}": n for n in range(100)}

    assert undisturbed.try_apply(a_mysql("many", config=settings), DRY).ok


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


def patch_status(team: Team, restore: dict[str, str] | None) -> None:
    """Say of the stored object what the operator would say after a restore."""
    patch = json.dumps({"status": {"restore": restore}})
    team.kubectl("patch", "ms", "stored", "--subresource=status", "--type=merge", "-p", patch)


@pytest.mark.parametrize("name", ["lower-case-table-names", "innodb_page_size"])
def test_what_mysqld_fixes_is_chosen_once(
    undisturbed: Team, stored: dict[str, Any], name: str
) -> None:
    chosen = a_mysql("stored", **(stored | {"config": {name: "1"}}))

    before_there_is_a_database = undisturbed.try_apply(chosen, DRY)
    patch_status(undisturbed, {"result": "fresh"})
    afterwards = undisturbed.try_apply(chosen, DRY)
    patch_status(undisturbed, None)

    assert before_there_is_a_database.ok
    assert f"spec.config.{name.replace('-', '_')} cannot be changed" in afterwards.err


def test_equal_and_larger_sizes_are_taken(undisturbed: Team, stored: dict[str, Any]) -> None:
    for size in ("1024Mi", "1.5Gi", "2G", "1Ti"):
        same_or_more = a_mysql("stored", **(stored | {"storage_size": size}))
        assert undisturbed.try_apply(same_or_more, DRY).ok


def test_a_private_key_among_the_recipients_is_refused_and_not_repeated(undisturbed: Team) -> None:
    """Of a text the API server quotes what it refuses; so these rules are of the list."""
    pair = age.pair()
    for recipients, taken in (
        ([pair.recipient], True),
        ([pair.identity], False),
        ([pair.recipient, pair.file], False),
        ([pair.recipient, pair.recipient], False),
    ):
        storage = {
            "apiVersion": "otus.homework/v1",
            "kind": "MySQLBackupStorage",
            "metadata": {"name": "encrypted"},
            "spec": {"s3": {"bucket": "b"}, "encryption": {"ageRecipients": recipients}},
        }

        said = undisturbed.try_apply(storage, DRY)

        assert said.ok is taken, said.said
        assert "SECRET-KEY-1" not in said.err.replace("AGE-SECRET-KEY-1...", "")
        assert taken or "spec.encryption.ageRecipients" in said.err
