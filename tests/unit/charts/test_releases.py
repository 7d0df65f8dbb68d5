"""What a release of the instance chart holds."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from mysql_operator import names
from mysql_operator.cli import JOBS
from mysql_operator.reconcile.runs import removal_jobs, restore_jobs
from mysql_operator.reconcile.stores import storage_jobs
from tests.unit.charts import helm
from tests.unit.charts.comparing import assert_golden

NAME = helm.RELEASE


@pytest.fixture(scope="module")
def plain() -> list[helm.Object]:
    """A release as the values are."""
    return helm.objects(helm.INSTANCE)


@pytest.fixture(scope="module")
def full() -> list[helm.Object]:
    """A release with everything on."""
    return helm.objects(helm.INSTANCE, helm.everything(helm.INSTANCE))


@pytest.fixture(scope="module")
def full_on_claims() -> list[helm.Object]:
    """A release with everything on, whose backups a claim takes."""
    values = helm.everything(helm.INSTANCE)
    return helm.objects(helm.INSTANCE, values | {"backup": values["backup"] | {"storage": {}}})


@pytest.mark.parametrize("chart", [helm.INSTANCE, helm.OPERATOR], ids=lambda at: at.name)
def test_charts_pass_helms_own_linter(chart: Any) -> None:
    as_it_is = helm.helm("lint", "--strict", str(chart))
    with_everything = helm.helm(
        "lint", "--strict", str(chart), "--values", str(chart / "examples/everything.yaml")
    )

    assert as_it_is.returncode == 0, as_it_is.stdout
    assert with_everything.returncode == 0, with_everything.stdout


def test_objects_have_the_names_that_users_know(full_on_claims: list[helm.Object]) -> None:
    full = full_on_claims
    assert helm.named(full, "Deployment") == {names.deployment(NAME)}
    assert helm.named(full, "Service") == {names.deployment(NAME), names.admin_service(NAME)}
    assert helm.named(full, "PersistentVolumeClaim") == {
        names.data_claim(NAME),
        names.backup_claim(NAME),
    }
    assert helm.named(full, "ConfigMap") == {
        names.config(NAME),
        names.scripts(NAME),
        names.check_files(NAME),
    }
    assert helm.named(full, "Job") == set(names.hook_jobs(NAME))
    assert helm.named(full, "CronJob") == {names.backup_schedule(NAME), names.drill_schedule(NAME)}
    assert helm.named(full, "Pod") == {names.test_pod(NAME)}


def test_there_is_no_secret_among_them(full: list[helm.Object]) -> None:
    assert helm.named(full, "Secret") == set()


def test_the_longest_name_fits_everywhere() -> None:
    longest = "n" * names.INSTANCE_NAME_LIMIT

    made = helm.objects(helm.INSTANCE, {"hooks": {"changeUserPassword": True}}, release=longest)

    assert max(len(one["metadata"]["name"]) for one in made) <= names.LABEL_LIMIT


@pytest.mark.parametrize("name", ["true", "null", "on", "e5"])
def test_a_name_that_means_something_to_yaml_stays_a_name(name: str) -> None:
    made = helm.objects(helm.INSTANCE, release=name)

    assert helm.named(made, "Deployment") == {name}
    server = helm.one(made, "Deployment")["spec"]
    assert server["selector"]["matchLabels"] == {"app": name}


def test_claims_are_never_helms_to_delete(plain: list[helm.Object]) -> None:
    for name in (names.data_claim(NAME), names.backup_claim(NAME)):
        claim = helm.one(plain, "PersistentVolumeClaim", name)
        assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
        assert claim["spec"]["resources"]["requests"]["storage"] == "1Gi"
        assert "storageClassName" not in claim["spec"]  # the cluster's default, not none


def test_the_backups_get_a_size_and_class_of_their_own(full_on_claims: list[helm.Object]) -> None:
    full = full_on_claims
    data = helm.one(full, "PersistentVolumeClaim", names.data_claim(NAME))["spec"]
    backup = helm.one(full, "PersistentVolumeClaim", names.backup_claim(NAME))["spec"]

    assert data["resources"]["requests"]["storage"] == "20Gi"
    assert data["storageClassName"] == "fast"
    assert backup["resources"]["requests"]["storage"] == "40Gi"
    assert backup["storageClassName"] == "slow"


def test_only_the_server_is_behind_the_services(full: list[helm.Object]) -> None:
    labelled = {name for name, pod in helm.pods(full) if "app" in pod["metadata"]["labels"]}

    assert labelled == {f"Deployment {NAME}"}
    for name in (names.deployment(NAME), names.admin_service(NAME)):
        selector = helm.one(full, "Service", name)["spec"]["selector"]
        chosen = [pod for pod, spec in helm.pods(full) if _bears(spec, selector)]
        assert chosen == [f"Deployment {NAME}"]


def test_a_teams_own_pod_with_the_label_app_gets_no_connections(plain: list[helm.Object]) -> None:
    of_the_team = {"app": NAME, names.INSTANCE: NAME, names.COMPONENT: "web"}

    for name in (names.deployment(NAME), names.admin_service(NAME)):
        selector = helm.one(plain, "Service", name)["spec"]["selector"]
        assert not selector.items() <= of_the_team.items()
        assert {"app", names.INSTANCE, names.COMPONENT, names.PART_OF} <= set(selector)
    deployment = helm.one(plain, "Deployment")["spec"]
    assert deployment["selector"]["matchLabels"] == {"app": NAME}


def test_jobs_reach_a_server_that_is_not_ready_and_applications_do_not(
    full: list[helm.Object],
) -> None:
    applications = helm.one(full, "Service", names.deployment(NAME))["spec"]
    jobs = helm.one(full, "Service", names.admin_service(NAME))["spec"]

    assert "publishNotReadyAddresses" not in applications
    assert jobs["publishNotReadyAddresses"] is True
    assert _environment(full, names.restore_job(NAME))["MYSQL_HOST"] == names.admin_service(NAME)
    assert _environment(full, names.backup_job(NAME))["MYSQL_HOST"] == names.admin_service(NAME)


def test_the_operator_finds_pods_and_jobs_by_their_labels(full: list[helm.Object]) -> None:
    components = {
        name: pod["metadata"]["labels"][names.COMPONENT]
        for name, pod in helm.pods(full)
        if pod["metadata"]["labels"][names.INSTANCE] == NAME
    }

    assert components == {
        f"Deployment {NAME}": "server",
        f"Job {names.check_job(NAME)}": "check",
        f"Job {names.restore_job(NAME)}": "restore",
        f"Job {names.backup_job(NAME)}": "backup",
        f"CronJob {names.backup_schedule(NAME)}": "backup",
        f"CronJob {names.drill_schedule(NAME)}": "drill",
        f"Job {names.password_job(NAME)}": "password-change",
        f"Pod {names.test_pod(NAME)}": "test",
    }


def test_the_server_restarts_for_what_it_reads_at_its_start_alone() -> None:
    def template(**values: Any) -> helm.Object:
        made = helm.one(helm.objects(helm.INSTANCE, values), "Deployment")
        pod: helm.Object = made["spec"]["template"]
        return pod

    as_it_is = template()

    assert template(config={"max_connections": 7}) != as_it_is
    assert template(credentials={"rootPasswordVersion": "2"}) != as_it_is
    assert template(backup={"keep": 3, "verify": True}, hooks={"restore": False}) == as_it_is
    assert template(credentials={"userPasswordVersion": "2"}) == as_it_is


def test_the_server_restarts_for_a_change_of_the_files_that_it_reads_at_its_start(
    tmp_path: Path,
) -> None:
    chart = tmp_path / "chart"
    shutil.copytree(helm.INSTANCE, chart)

    def template() -> helm.Object:
        made = [one for one in yaml.safe_load_all(helm.text(chart)) if one]
        pod: helm.Object = helm.one(made, "Deployment")["spec"]["template"]
        return pod

    as_it_is, restarts = template(), set()
    for file in (chart / "files").iterdir():
        text = file.read_text()
        file.write_text(f"{text}\n")
        restarts |= {file.name} if template() != as_it_is else set()
        file.write_text(text)

    every = {file.name for file in (chart / "files").iterdir()}
    assert every - restarts == {"check.sh", "probe.sh", "scratch.sh"}


def test_jobs_end_before_their_deadline_does_and_are_not_repeated(full: list[helm.Object]) -> None:
    for job in (one for one in full if one["kind"] == "Job"):
        spec = job["spec"]
        waiting = int(_environment(full, job["metadata"]["name"]).get("WAIT_SECONDS", 0))
        assert waiting < spec["activeDeadlineSeconds"]
        assert spec["backoffLimit"] == 0
        assert spec["template"]["spec"]["restartPolicy"] == "Never"
        assert "ttlSecondsAfterFinished" not in spec


@pytest.mark.parametrize(
    ("values", "memory"),
    [({}, "512Mi"), ({"resources": {"limits": {"memory": "256Mi"}}}, "64Mi")],
)
def test_a_backup_has_a_place_for_a_scratch_server(values: dict[str, Any], memory: str) -> None:
    pod = _pod(helm.objects(helm.INSTANCE, values), names.backup_job(helm.RELEASE))

    (scratch,), (agent,) = pod["initContainers"], pod["containers"]
    assert scratch["restartPolicy"] == "Always"  # else the agent would wait for its end
    assert _mounts(scratch)["/var/lib/mysql"] == _mounts(agent)["/scratch"] == "scratch"
    assert _mounts(scratch)["/etc/mysql-operator/my.cnf"] == "config"
    assert "/etc/mysql-operator/credentials" not in _mounts(scratch)
    assert scratch["resources"]["requests"]["memory"] == memory
    assert agent["resources"]["requests"]["memory"] == "64Mi"


@pytest.mark.parametrize(
    ("values", "volume"),
    [
        ({}, {"emptyDir": {"sizeLimit": "2048Mi"}}),
        ({"storageSize": "1.5G"}, {"emptyDir": {"sizeLimit": "2455Mi"}}),
        ({"storageSize": "10Gi"}, {"emptyDir": {"sizeLimit": "11264Mi"}}),
        ({"storageSize": "10241Mi"}, "11265Mi"),
        ({"storageSize": "2Ti"}, "2098176Mi"),
        ({"backup": {"scratch": {"volume": "Claim", "storageSize": "3Gi"}}}, "3Gi"),
        (
            {"storageSize": "1Ti", "backup": {"scratch": {"volume": "EmptyDir"}}},
            {"emptyDir": {"sizeLimit": "1049600Mi"}},
        ),
    ],
)
def test_a_large_copy_gets_a_claim_of_its_own(
    values: dict[str, Any], volume: dict[str, Any] | str
) -> None:
    pod = _pod(helm.objects(helm.INSTANCE, values), names.restore_job(helm.RELEASE))

    (scratch,) = [one for one in pod["volumes"] if one["name"] == "scratch"]
    if isinstance(volume, dict):
        assert scratch == {"name": "scratch"} | volume
    else:
        claim = scratch["ephemeral"]["volumeClaimTemplate"]["spec"]
        assert claim["resources"] == {"requests": {"storage": volume}}


def test_the_agent_is_pulled_from_where_the_operators_image_is(plain: list[helm.Object]) -> None:
    values = {"agent": {"image": "r.example/op:2", "pullSecrets": [{"name": "theirs"}]}}
    made = helm.objects(helm.INSTANCE, values | {"imagePullSecrets": [{"name": "ours"}]})

    pod = _pod(made, names.restore_job(helm.RELEASE))

    assert pod["containers"][0]["image"] == "r.example/op:2"
    assert pod["imagePullSecrets"] == [{"name": "ours"}, {"name": "theirs"}]
    server = helm.one(made, "Deployment")["spec"]["template"]["spec"]
    assert server["imagePullSecrets"] == [{"name": "ours"}]
    default = _pod(plain, names.restore_job(NAME))["containers"][0]["image"]
    chart = yaml.safe_load((helm.OPERATOR / "Chart.yaml").read_text())
    assert default == f"{names.OPERATOR}:{chart['appVersion']}"


def test_another_agent_restarts_no_server(plain: list[helm.Object]) -> None:
    made = helm.objects(helm.INSTANCE, {"agent": {"image": "another:1"}}, release=NAME)

    assert helm.one(made, "Deployment") == helm.one(plain, "Deployment")


def test_times_and_numbers_reach_the_jobs_as_they_were_written(full: list[helm.Object]) -> None:
    restore = helm.one(full, "Job", names.restore_job(NAME))

    assert restore["spec"]["activeDeadlineSeconds"] == 7200
    assert _environment(full, names.backup_job(NAME))["BACKUP_KEEP"] == "5"
    assert _environment(full, names.backup_job(NAME))["BACKUP_VERIFY"] == "true"
    given = _environment(full, names.restore_job(NAME))
    assert given["RESTORE_POLICY"] == "Require"
    assert given["RESTORE_FROM"] == "shop-20261123T120000Z.tar.zst"
    assert given["INSTANCE"] == NAME
    assert given["NAMESPACE"] == helm.NAMESPACE
    assert given["MYSQL_DATABASE"] == "shop"


def test_a_name_of_a_database_with_dollars_reaches_the_scripts_as_it_is() -> None:
    made = helm.objects(helm.INSTANCE, {"database": "a$$b$c"})

    given = _environment(made, names.restore_job(helm.RELEASE))["MYSQL_DATABASE"]

    assert given == "a$$$$b$$c"  # Kubernetes takes $$ for $


def test_what_must_not_be_is_refused_all_at_once() -> None:
    refused = helm.template(
        helm.INSTANCE,
        {"database": "MySQL", "config": {"data-dir": "/x", "pid-file": "/x"}},
        release="1" * (names.INSTANCE_NAME_LIMIT + 1),
    )

    assert refused.returncode != 0
    assert "must start with a letter" in refused.stderr
    assert "at most 40 characters" in refused.stderr
    assert "database cannot be one of the server's own" in refused.stderr
    assert "config.pid-file: the operator sets paths" in refused.stderr


@pytest.mark.parametrize("schema", [names.MARKER_SCHEMA, "MySQL"])
def test_a_schema_of_the_servers_is_no_database_for_an_application(schema: str) -> None:
    refused = helm.template(helm.INSTANCE, {"database": schema})

    assert "database cannot be one of the server's own" in refused.stderr


def test_golden_a_release_by_the_defaults() -> None:
    made = re.split(r"(?m)^---\n", helm.text(helm.INSTANCE))

    scripts = ("templates/server/scripts", "templates/check/files")
    shown = [one for one in made if not any(source in one for source in scripts)]

    assert_golden("a_release_by_the_defaults", "---\n".join(shown))


def test_all_scripts_are_in_the_release(plain: list[helm.Object]) -> None:
    scripts = helm.one(plain, "ConfigMap", names.scripts(NAME))["data"]

    commands = [one["command"] for _, pod in helm.pods(plain) for one in helm.containers(pod)]
    called = [words[1].rpartition("/")[2] for words in commands if words[0] == "/bin/bash"]
    assert {"initialize.sh", "serve.sh", "scratch.sh", "check.sh"} <= set(called)
    for script in called:
        assert scripts[script] == (helm.INSTANCE / "files" / script).read_text()


@pytest.mark.parametrize("file", sorted(helm.INSTANCE.glob("files/*.sql")), ids=lambda at: at.name)
def test_a_statement_ends_where_a_line_ends(file: Path) -> None:
    """serve.sh writes an init file with one statement on each line, and splits where a `;` is."""
    lines = [line for line in file.read_text().splitlines() if not line.startswith("--")]

    assert not any(";" in line.removesuffix(";") for line in lines)
    assert [line for line in lines if line][-1].endswith(";")
    assert not any(mark in line for line in lines for mark in (" -- ", " #", "delimiter"))


def test_each_command_of_the_agent_is_one_that_it_has(full: list[helm.Object]) -> None:
    commands = [one["command"] for _, pod in helm.pods(full) for one in helm.containers(pod)]

    jobs = [words[2] for words in commands if words[:2] == [names.OPERATOR, "agent"]]
    makers = (removal_jobs, restore_jobs, storage_jobs)
    of_objects = {maker.COMMAND for maker in makers}  # whose Jobs the operator makes
    assert set(jobs) | of_objects == set(JOBS)


def _pod(made: list[helm.Object], job: str) -> helm.Object:
    pod: helm.Object = helm.one(made, "Job", job)["spec"]["template"]["spec"]
    return pod


def _mounts(container: helm.Object) -> dict[str, str]:
    return {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}


def _bears(pod: helm.Object, selector: dict[str, str]) -> bool:
    return selector.items() <= pod["metadata"]["labels"].items()


def _environment(made: list[helm.Object], job: str) -> dict[str, str]:
    containers = helm.one(made, "Job", job)["spec"]["template"]["spec"]["containers"]
    return {one["name"]: one["value"] for one in containers[0]["env"] if "value" in one}


def test_examples_are_yaml_that_people_can_read() -> None:
    for chart in (helm.INSTANCE, helm.OPERATOR):
        for example in sorted((chart / "examples").glob("*.yaml")):
            assert helm.objects(chart, yaml.safe_load(example.read_text())), example
