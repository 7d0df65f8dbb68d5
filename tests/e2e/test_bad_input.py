"""What cannot work is told with the way out, heals when repaired, and can be deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import must, run
from tests.support.databases import Database
from tests.support.objects import (
    IMAGE,
    NOWHERE,
    SCHEMA,
    a_claim,
    a_secret,
    a_storage_class,
    a_suspended_job,
    an_unshared_secret,
)
from tests.support.teams import Team
from tests.support.waiting import eventually

LOCAL_PATH = "rancher.io/local-path"
NEVER = "kubernetes.io/no-provisioner"


def said_everywhere(database: Database, reason: str) -> str:
    """The sentence, once it stands in the condition and in an event."""
    message = database.eventually_says("Stalled", reason)
    assert database.status["phase"] != "Ready"
    assert database.condition("Ready")["status"] == "False"
    assert database.eventually_tells(reason)
    return message


def test_an_image_that_nobody_has(team: Team) -> None:
    broken = Database.applied(team, "broken", image=NOWHERE)
    good = Database.applied(team, "good").eventually_ready()

    message = said_everywhere(broken, "ImageCannotBePulled")
    assert "spec.image" in message
    assert NOWHERE in message
    assert good.is_settled()

    broken.edit(image=IMAGE).eventually_ready()
    assert broken.condition("Stalled")["status"] == "False"


def test_an_upgrade_to_an_image_that_nobody_has_keeps_the_data(team: Team) -> None:
    database = Database.applied(team).eventually_ready()
    database.sql("CREATE TABLE kept (n INT)", schema=SCHEMA)

    database.edit(image=NOWHERE)
    assert "spec.image" in database.eventually_says("Stalled", "ImageCannotBePulled")

    database.edit(image=IMAGE).eventually_ready()
    assert database.sql("SHOW TABLES", schema=SCHEMA) == "kept"


def test_a_secret_that_is_not_there_then_not_meant_for_it_and_then_lacks_the_key(
    team: Team,
) -> None:
    broken = Database.applied(team, "broken", passwordSecretRef={"name": "ours", "key": "root"})
    assert "ours" in broken.eventually_gives("SecretNotFound")
    assert team.releases() == []

    team.apply(an_unshared_secret("ours", other="x"))
    message = broken.eventually_gives("SecretNotShared")
    _, _, the_line_to_run = message.partition("kubectl ")
    team.kubectl(*the_line_to_run.split())
    assert "no key root" in broken.eventually_gives("SecretKeyNotFound")

    team.apply(a_secret("ours", root="x\ny"))
    assert "line break" in said_everywhere(broken, "PasswordInvalid")

    team.apply(a_secret("ours", root="at last"))
    broken.eventually_ready()
    assert broken.lets_in("root", "at last")


def test_what_somebody_else_has_made_is_neither_taken_nor_deleted(team: Team) -> None:
    claim = a_claim("db-pvc")
    team.apply(claim, a_secret("db-credentials", other="x"))
    database = Database.applied(team)

    assert "db-credentials" in said_everywhere(database, "SecretTaken")
    team.kubectl("label", "secret", "db-credentials", "mine=yes")
    database.delete()

    assert team.get("secret", "db-credentials")["data"] == {"other": "eA=="}
    assert "deletionTimestamp" not in team.get("pvc", "db-pvc")["metadata"]

    team.kubectl("delete", "secret", "db-credentials")
    team.apply(a_suspended_job("restore-db-job"))
    job = team.get("job", "restore-db-job")["metadata"]["uid"]
    Database.applied(team)
    assert "job/restore-db-job" in said_everywhere(database, "OwnershipConflict")
    database.delete()
    assert team.get("job", "restore-db-job")["metadata"]["uid"] == job

    team.kubectl("delete", "job", "restore-db-job")
    Database.applied(team)
    assert "db-pvc" in said_everywhere(database, "OwnershipConflict")
    database.delete()
    assert "deletionTimestamp" not in team.get("pvc", "db-pvc")["metadata"]


def test_what_a_quota_forbids_is_told(team: Team) -> None:
    quota = {"hard": {"count/secrets": "0"}}
    team.apply(
        {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": quota}
    )
    eventually(lambda: team.get("resourcequota", "q").get("status", {}).get("hard"))
    database = Database.applied(team)

    assert "exceeded quota" in said_everywhere(database, "Forbidden")

    team.kubectl("delete", "resourcequota", "q")
    database.eventually_ready()
    assert database.condition("Stalled")["status"] == "False"


@pytest.fixture
def storage_class(team: Team) -> Iterator[str]:
    """The name of a storage class that is not there yet, and not there afterwards either."""
    yield team.namespace
    run("kubectl", "delete", "storageclass", team.namespace, "--ignore-not-found")


def test_a_storage_class_that_does_not_exist(team: Team, storage_class: str) -> None:
    broken = Database.applied(team, "broken", storageClassName=storage_class)
    good = Database.applied(team, "good").eventually_ready()

    message = said_everywhere(broken, "VolumeCannotBeBound")
    assert storage_class in message
    assert "broken-pvc" in message
    assert good.is_settled()

    team.apply(a_storage_class(storage_class, LOCAL_PATH))
    broken.eventually_ready()


def test_a_volume_that_never_binds(team: Team, storage_class: str) -> None:
    team.apply(a_storage_class(storage_class, NEVER))

    broken = Database.applied(team, "broken", storageClassName=storage_class)

    message = broken.eventually_gives("Unschedulable")
    assert "persistent volumes to bind" in message
    broken.delete()
    team.eventually_gone("pvc", "broken-pvc")


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "image": ({"image": NOWHERE}, "ImageCannotBePulled"),
    "Secret": ({"passwordSecretRef": {"name": "nobody-has-it"}}, "SecretNotFound"),
    "storage class": ({"storageClassName": "nobody-has-it"}, "VolumeCannotBeBound"),
    "backup class": ({"backup": {"storageClassName": "nobody-has-it"}}, "VolumeCannotBeBound"),
}


@pytest.mark.parametrize(("what", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_what_never_worked_can_be_deleted_and_leaves_nothing(
    team: Team, what: dict[str, Any], reason: str
) -> None:
    broken = Database.applied(team, "broken", **what)
    broken.eventually_gives(reason)

    broken.delete()

    team.eventually_gone("pvc", "broken-pvc")
    assert team.releases() == []
    assert team.names("deployments,services,jobs,secrets") == []


def test_a_release_of_another_chart_is_left_alone(team: Team, tmp_path: Path) -> None:
    chart = a_tiny_chart(tmp_path)
    team.helm("install", "taken", str(chart))

    database = Database.applied(team, "taken")
    message = said_everywhere(database, "ReleaseConflict")
    assert "somebody-elses" in message
    assert "another name" in message
    (release,) = team.releases()
    assert (release["chart"], release["revision"]) == ("somebody-elses-1.0.0", "1")
    assert team.names("pvc") == []

    team.helm("uninstall", "taken")
    database.eventually_ready()


def test_deleting_an_object_leaves_the_release_of_another_chart(team: Team, tmp_path: Path) -> None:
    team.helm("install", "taken", str(a_tiny_chart(tmp_path)))
    database = Database.applied(team, "taken")
    database.eventually_says("Stalled", "ReleaseConflict")

    database.delete()

    assert [release["chart"] for release in team.releases()] == ["somebody-elses-1.0.0"]
    assert "somebody-elses" in team.names("configmaps")


def a_tiny_chart(folder: Path) -> Path:
    chart = folder / "somebody-elses"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: somebody-elses\nversion: 1.0.0\n")
    (chart / "templates" / "it.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: somebody-elses}\n"
    )
    must("helm", "lint", str(chart))
    return chart
