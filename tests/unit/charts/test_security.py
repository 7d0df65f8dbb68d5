"""Every pod keeps to the restricted Pod Security Standard, and no password is in a manifest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mysql_operator import names
from tests.unit.charts import helm

WRITABLE = {"/var/lib/mysql", "/var/run/mysqld", "/tmp", "/backup", "/scratch"}  # noqa: S108
ALLOWED_VOLUMES = {
    *("configMap", "secret", "projected", "emptyDir"),
    *("persistentVolumeClaim", "ephemeral"),
}

Pods = list[tuple[str, helm.Object]]

WITHOUT_PASSWORDS = (
    f"Job {names.check_job(helm.RELEASE)}",
    f"CronJob {names.drill_schedule(helm.RELEASE)}",
)
"""Pods that have nothing to do with the server, which lets none of them in."""


@pytest.fixture(scope="module")
def pods_of_an_instance() -> Pods:
    return list(helm.pods(helm.objects(helm.INSTANCE, helm.everything(helm.INSTANCE))))


@pytest.fixture(scope="module")
def pods(pods_of_an_instance: Pods) -> Pods:
    """Those of an instance and the operator's own."""
    return [*pods_of_an_instance, *helm.pods(helm.objects(helm.OPERATOR))]


def test_there_are_pods_to_look_at(pods: Pods) -> None:
    assert len(pods) == 9


def test_a_pod_is_nobody_special(pods: Pods) -> None:
    for name, pod in pods:
        context = pod["spec"]["securityContext"]
        assert context["runAsNonRoot"] is True, name
        assert context["runAsUser"] > 0, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod["spec"]), name


def test_a_container_can_do_nothing_but_its_work(pods: Pods) -> None:
    for name, pod in pods:
        for container in helm.containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name


def test_only_volumes_that_are_allowed_are_mounted(pods: Pods) -> None:
    for name, pod in pods:
        for volume in pod["spec"]["volumes"]:
            assert set(volume) - {"name"} <= ALLOWED_VOLUMES, name


def test_every_image_is_pulled_as_was_asked_for(pods_of_an_instance: Pods) -> None:
    for name, pod in pods_of_an_instance:
        assert {one["imagePullPolicy"] for one in helm.containers(pod)} == {"Always"}, name
        images = {one["name"]: one["image"] for one in helm.containers(pod)}
        agents = {one: images.pop(one) for one in names.AGENT_CONTAINERS if one in images}
        assert set(images.values()) <= {"mysql:9.7"}, name
        assert set(agents.values()) <= {"registry.example/mysql-operator:0.1.0"}, name


def test_a_pod_of_an_instance_has_no_way_into_the_api(pods_of_an_instance: Pods) -> None:
    for name, pod in pods_of_an_instance:
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        assert pod["spec"]["enableServiceLinks"] is False, name


def test_files_of_a_volume_are_the_servers(pods_of_an_instance: Pods) -> None:
    for name, pod in pods_of_an_instance:
        context = pod["spec"]["securityContext"]
        identity = (context["runAsUser"], context["runAsGroup"], context["fsGroup"])
        assert identity == (999, 999, 999), name
        assert context["fsGroupChangePolicy"] == "OnRootMismatch", name


def test_only_a_few_places_can_be_written_to(pods_of_an_instance: Pods) -> None:
    for name, pod in pods_of_an_instance:
        for container in helm.containers(pod):
            mounts = container["volumeMounts"]
            writable = {one["mountPath"] for one in mounts if "readOnly" not in one}
            assert writable <= WRITABLE, name


def test_generated_files_with_passwords_are_in_memory(pods_of_an_instance: Pods) -> None:
    for name, pod in pods_of_an_instance:
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        if any(one["command"][0] == "/bin/bash" for one in helm.containers(pod)):
            assert volumes["run"]["emptyDir"]["medium"] == "Memory", name


def test_an_image_that_is_only_being_tried_sees_no_data_and_no_password(
    pods_of_an_instance: Pods,
) -> None:
    check = dict(pods_of_an_instance)[f"Job {names.check_job(helm.RELEASE)}"]

    kinds = {kind for volume in check["spec"]["volumes"] for kind in set(volume) - {"name"}}
    assert kinds == {"configMap", "emptyDir"}


def test_of_the_secret_a_pod_sees_the_passwords_alone(pods_of_an_instance: Pods) -> None:
    for name, pod in pods_of_an_instance:
        if name in WITHOUT_PASSWORDS:
            assert "credentials" not in {one["name"] for one in pod["spec"]["volumes"]}
            continue
        (volume,) = [one for one in pod["spec"]["volumes"] if one["name"] == "credentials"]
        sources = [source["secret"] for source in volume["projected"]["sources"]]
        keys = {
            item["key"]: source.get("optional", False)
            for source in sources
            for item in source["items"]
        }
        assert keys == {
            names.ROOT_PASSWORD_KEY: False,
            names.USER_PASSWORD_KEY: True,
            names.OPERATOR_PASSWORD_KEY: True,
        }, name
        assert {source["name"] for source in sources} == {"shop-passwords"}, name


def test_no_password_is_in_an_argument_or_a_variable(pods: Pods) -> None:
    for name, pod in pods:
        for container in helm.containers(pod):
            for variable in container.get("env", []):
                assert "PASS" not in variable["name"].upper(), name
                assert "secretKeyRef" not in variable.get("valueFrom", {}), name
            words = [*container.get("command", []), *container.get("args", [])]
            assert not any("password=" in one or one.startswith("-p") for one in words), name


def test_no_value_can_hold_a_password() -> None:
    passwords = [path for path, _ in _leaves(helm.everything(helm.INSTANCE)) if "assword" in path]

    assert passwords == [
        "credentials.rootPasswordVersion",
        "credentials.userPasswordVersion",
        "hooks.changeUserPassword",
    ]


def _leaves(values: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(values, dict):
        for name, value in values.items():
            yield from _leaves(value, f"{prefix}.{name}".strip("."))
    else:
        yield prefix, values


def test_a_network_policy_lets_in_who_is_named_and_the_jobs_of_this_database() -> None:
    made = helm.objects(helm.INSTANCE, helm.everything(helm.INSTANCE))
    policy = helm.one(made, "NetworkPolicy", helm.RELEASE)["spec"]
    clients, jobs = policy["ingress"]

    guarded, let_in = policy["podSelector"]["matchLabels"], jobs["from"][0]["podSelector"]

    assert policy["policyTypes"] == ["Ingress"]
    assert [set(peer) for peer in clients["from"]] == [
        {"namespaceSelector", "podSelector"},
        {"ipBlock"},
    ]
    assert clients["ports"] == [{"port": "mysql"}]
    assert {"port": "admin"} in jobs["ports"]
    for name, pod in helm.pods(made):
        labels = pod["metadata"]["labels"]
        is_server = labels[names.COMPONENT] == "server"
        (components,) = let_in["matchExpressions"]
        assert (guarded.items() <= labels.items()) is is_server, name
        connects = not is_server and name not in WITHOUT_PASSWORDS
        assert (labels[names.COMPONENT] in components["values"]) is connects, name
        assert let_in["matchLabels"].items() <= labels.items(), name


def test_without_a_list_of_clients_the_databases_own_namespace_is_let_in() -> None:
    made = helm.objects(helm.INSTANCE, {"networkPolicy": {"enabled": True}})

    clients = helm.one(made, "NetworkPolicy", helm.RELEASE)["spec"]["ingress"][0]

    assert clients["from"] == [{"podSelector": {}}]


def test_the_server_alone_may_copy_from_the_restore_job() -> None:
    made = helm.objects(helm.INSTANCE, {"networkPolicy": {"enabled": True}})
    policy = helm.one(made, "NetworkPolicy", names.restore_network_policy(helm.RELEASE))["spec"]

    (rule,) = policy["ingress"]

    assert rule["ports"] == [{"port": names.SCRATCH_PORT}]
    (peer,) = rule["from"]
    for name, pod in helm.pods(made):
        labels = pod["metadata"]["labels"]
        component = labels[names.COMPONENT]
        is_guarded = policy["podSelector"]["matchLabels"].items() <= labels.items()
        is_let_in = peer["podSelector"]["matchLabels"].items() <= labels.items()
        assert (is_guarded, is_let_in) == (component == "restore", component == "server"), name


def test_the_server_may_copy_from_a_restore_into_it_that_is_no_hook() -> None:
    values = {"networkPolicy": {"enabled": True}, "hooks": {"restore": False}}
    made = helm.objects(helm.INSTANCE, values)

    assert helm.one(made, "NetworkPolicy", names.restore_network_policy(helm.RELEASE))


def test_the_operator_is_asked_at_its_three_ports_and_nowhere_else() -> None:
    made = helm.objects(helm.OPERATOR, {"networkPolicy": {"enabled": True}})
    policy = helm.one(made, "NetworkPolicy")["spec"]
    template = helm.one(made, "Deployment")["spec"]["template"]
    ports = ("health", "signing", "metrics")

    assert policy["ingress"] == [{"ports": [{"port": name}]} for name in ports]
    (container,) = template["spec"]["containers"]
    assert [port["name"] for port in container["ports"]] == ["health", "metrics", "signing"]
    assert policy["podSelector"]["matchLabels"].items() <= template["metadata"]["labels"].items()


@pytest.mark.parametrize("chart", [helm.INSTANCE, helm.OPERATOR], ids=lambda at: at.name)
def test_there_is_no_network_policy_unless_somebody_wants_one(chart: Path) -> None:
    assert helm.named(helm.objects(chart), "NetworkPolicy") == set()
