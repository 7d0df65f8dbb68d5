"""The operator's own chart: rights where it works, and cluster-wide objects where wanted."""

from __future__ import annotations

import pytest

from mysql_operator import names
from tests.unit.charts import helm
from tests.unit.charts.comparing import assert_golden

POLICIES = ["plain-passwords", "deletion-protection"]


def of(made: list[helm.Object]) -> set[str]:
    return {one["kind"] for one in made}


def test_everything_it_needs_bears_its_name() -> None:
    made = helm.objects(helm.OPERATOR, release="anything")

    for kind in ("Deployment", "ServiceAccount", "ClusterRole", "ClusterRoleBinding"):
        assert helm.one(made, kind)["metadata"]["name"] == names.OPERATOR


def test_for_all_namespaces_it_gets_a_cluster_role() -> None:
    made = helm.objects(helm.OPERATOR)

    (subject,) = helm.one(made, "ClusterRoleBinding")["subjects"]
    assert subject["namespace"] == helm.NAMESPACE
    assert helm.named(made, "Role") == {"mysql-operator-leases"}
    assert _environment(made)["MYSQL_OPERATOR_NAMESPACES"] == ""


def test_for_some_namespaces_it_gets_roles_there_and_nowhere_else() -> None:
    everywhere = helm.one(helm.objects(helm.OPERATOR), "ClusterRole")["rules"]

    made = helm.objects(helm.OPERATOR, {"namespaces": ["team-a", "team-b"]})

    assert not {"ClusterRole", "ClusterRoleBinding"} & of(made)
    roles = [one for one in made if one["metadata"]["name"] == names.OPERATOR]
    assert [one["metadata"]["namespace"] for one in roles if one["kind"] == "Role"] == [
        "team-a",
        "team-b",
    ]
    assert all(one["rules"] == everywhere for one in roles if one["kind"] == "Role")
    assert _environment(made)["MYSQL_OPERATOR_NAMESPACES"] == "team-a,team-b"


@pytest.mark.parametrize("policy", POLICIES)
def test_only_the_namespaces_that_it_serves_are_under_its_policies(policy: str) -> None:
    everywhere = _bound(helm.objects(helm.OPERATOR), policy)
    some = _bound(helm.objects(helm.OPERATOR, {"namespaces": ["team-a"]}), policy)

    assert "matchResources" not in everywhere
    (selected,) = some["matchResources"]["namespaceSelector"]["matchExpressions"]
    assert selected["values"] == ["team-a"]


def test_a_protected_object_is_refused_even_where_the_policy_fails() -> None:
    made = helm.objects(helm.OPERATOR)

    assert _bound(made, "deletion-protection")["validationActions"] == ["Deny"]
    assert _policy(made, "deletion-protection")["failurePolicy"] == "Fail"


def test_a_plain_password_is_warned_about_and_never_refused() -> None:
    made = helm.objects(helm.OPERATOR)

    policy = _policy(made, "plain-passwords")
    binding = _bound(made, "plain-passwords")

    assert binding["validationActions"] == ["Warn"]
    assert policy["failurePolicy"] == "Ignore"
    assert all("asswordSecretRef" in one["message"] for one in policy["validations"])


@pytest.mark.parametrize(
    ("values", "left_out"),
    [
        (
            {"warnings": {"plainPasswords": False}, "deletionProtection": {"enforce": False}},
            "ValidatingAdmissionPolicy",
        ),
        ({"crds": {"install": False}}, "CustomResourceDefinition"),
    ],
    ids=["the policies", "the definition"],
)
def test_what_is_cluster_wide_can_be_left_out(
    values: dict[str, dict[str, bool]], left_out: str
) -> None:
    assert left_out in of(helm.objects(helm.OPERATOR))
    assert left_out not in of(helm.objects(helm.OPERATOR, values))


def test_helm_commands_that_run_get_their_time_before_the_pod_ends() -> None:
    made = helm.objects(helm.OPERATOR, {"shutdownSeconds": 300})

    pod = helm.one(made, "Deployment")["spec"]["template"]["spec"]

    assert pod["terminationGracePeriodSeconds"] > 300
    assert _environment(made)["MYSQL_OPERATOR_SHUTDOWN_SECONDS"] == "300"


def test_one_operator_at_a_time_works() -> None:
    deployment = helm.one(helm.objects(helm.OPERATOR), "Deployment")["spec"]

    assert deployment["replicas"] == 1
    assert deployment["strategy"] == {"type": "Recreate"}


def test_golden_a_list_of_namespaces_gives_roles() -> None:
    made = helm.text(helm.OPERATOR, {"namespaces": ["team-a"]}, release="mysql-operator")

    shown = [one for one in made.split("---\n") if "\nkind: Role" in one]

    assert_golden("a_list_of_namespaces_gives_roles", "---\n".join(shown))


def _environment(made: list[helm.Object]) -> dict[str, str]:
    (container,) = helm.one(made, "Deployment")["spec"]["template"]["spec"]["containers"]
    return {one["name"]: one.get("value", "") for one in container["env"]}


def _policy(made: list[helm.Object], name: str) -> helm.Object:
    return _specs(made, "ValidatingAdmissionPolicy")[f"{names.OPERATOR}-{name}"]


def _bound(made: list[helm.Object], name: str) -> helm.Object:
    return _specs(made, "ValidatingAdmissionPolicyBinding")[f"{names.OPERATOR}-{name}"]


def _specs(made: list[helm.Object], kind: str) -> dict[str, helm.Object]:
    return {one["metadata"]["name"]: one["spec"] for one in made if one["kind"] == kind}
