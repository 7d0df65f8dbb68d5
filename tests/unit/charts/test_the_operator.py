"""The operator's own chart: rights where it works, and cluster-wide objects where wanted."""

from __future__ import annotations

import pytest

from mysql_operator import names
from mysql_operator.generator import rbac
from mysql_operator.generator.rbac import Kind
from tests.unit.charts import helm
from tests.unit.charts.comparing import assert_golden

POLICIES = ["plain-passwords", "deletion-protection", "final-backup", "allowed-images"]
ALLOWED = {"allowedImages": ["mysql:"]}


def of(made: list[helm.Object]) -> set[str]:
    return {one["kind"] for one in made}


def test_everything_it_needs_bears_its_name() -> None:
    made = helm.objects(helm.OPERATOR, release="anything")

    for kind in ("Deployment", "ServiceAccount", "ClusterRole", "ClusterRoleBinding"):
        assert names.OPERATOR in helm.named(made, kind)


def test_for_all_namespaces_it_gets_a_cluster_role() -> None:
    made = helm.objects(helm.OPERATOR)

    (subject,) = helm.one(made, "ClusterRoleBinding")["subjects"]
    assert subject["namespace"] == helm.NAMESPACE
    assert helm.named(made, "Role") == {"mysql-operator-leases"}
    assert _environment(made)["MYSQL_OPERATOR_NAMESPACES"] == ""


def test_for_some_namespaces_it_gets_roles_there_and_nowhere_else() -> None:
    everywhere = helm.one(helm.objects(helm.OPERATOR), "ClusterRole", names.OPERATOR)["rules"]

    made = helm.objects(helm.OPERATOR, {"namespaces": ["team-a", "team-b"]})

    assert "ClusterRoleBinding" not in of(made)
    assert names.OPERATOR not in helm.named(made, "ClusterRole")
    roles = [one for one in made if one["metadata"]["name"] == names.OPERATOR]
    assert [one["metadata"]["namespace"] for one in roles if one["kind"] == "Role"] == [
        "team-a",
        "team-b",
    ]
    granted = [helm.rights(one["rules"]) for one in roles if one["kind"] == "Role"]
    in_no_namespace = helm.rights([rule for _, rule in rbac.CLUSTER_RULES])
    for resource, verbs in helm.rights(everywhere).items():
        left = verbs - in_no_namespace.get(resource, set())
        assert all(role.get(resource, set()) == left for role in granted)
    assert helm.named(made, "Service") == set()
    assert _environment(made)["MYSQL_OPERATOR_NAMESPACES"] == "team-a,team-b"


@pytest.mark.parametrize("policy", POLICIES)
def test_only_the_namespaces_that_it_serves_are_under_its_policies(policy: str) -> None:
    everywhere = _bound(helm.objects(helm.OPERATOR, ALLOWED), policy)
    some = _bound(helm.objects(helm.OPERATOR, {**ALLOWED, "namespaces": ["team-a"]}), policy)

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
            {
                "warnings": {"plainPasswords": False},
                "deletionProtection": {"enforce": False},
                "policies": {"ownAccount": False, "finalBackup": False},
            },
            "ValidatingAdmissionPolicy",
        ),
        ({"crds": {"install": False}}, "CustomResourceDefinition"),
        ({"namespaces": ["team-a"], "rbac": {"userRoles": False}}, "ClusterRole"),
    ],
    ids=["the policies", "the definition", "the roles"],
)
def test_what_is_cluster_wide_can_be_left_out(
    values: dict[str, dict[str, bool]], left_out: str
) -> None:
    assert left_out in of(helm.objects(helm.OPERATOR))
    assert left_out not in of(helm.objects(helm.OPERATOR, values))


@pytest.mark.parametrize("policy", ["own-account", "final-backup", "allowed-images"])
def test_a_policy_goes_with_the_chart_that_brought_it(policy: str) -> None:
    made = helm.objects(helm.OPERATOR, ALLOWED)

    name = f"{names.OPERATOR}-{policy}"
    for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"):
        assert "annotations" not in helm.one(made, kind, name)["metadata"]
    assert _bound(made, policy)["validationActions"] == ["Deny"]
    assert _policy(made, policy)["failurePolicy"] == "Fail"


def test_the_policy_on_its_own_account_knows_all_that_the_operator_writes() -> None:
    made = helm.objects(helm.OPERATOR)
    policy = _policy(made, "own-account")

    rules = policy["matchConstraints"]["resourceRules"]
    known = {(group, one) for rule in rules for group in rule["apiGroups"]
             for one in rule["resources"]}  # fmt: skip
    changing = {"create", "update", "patch", "delete", "deletecollection"}
    granted = helm.rights(helm.one(made, "ClusterRole", names.OPERATOR)["rules"])
    written = {resource for resource, verbs in granted.items() if verbs & changing}

    kinds = (names.MYSQL, names.MYSQL_BACKUP, names.MYSQL_RESTORE, names.MYSQL_BACKUP_STORAGE)
    unguarded = {("", "events"), *((names.GROUP, f"{kind.plural}/status") for kind in kinds)}
    unguarded |= set(helm.rights([rule for _, rule in rbac.CLUSTER_RULES]))
    assert known == written - unguarded
    (account,) = policy["matchConditions"]
    assert f"'system:serviceaccount:{helm.NAMESPACE}:{names.OPERATOR}'" in account["expression"]
    assert "matchResources" not in _bound(helm.objects(helm.OPERATOR), "own-account")


def test_the_policy_on_its_own_account_looks_into_every_pod_that_the_chart_makes() -> None:
    (variable,) = [
        one["expression"]
        for one in _policy(helm.objects(helm.OPERATOR), "own-account")["variables"]
        if one["name"] == "pod"
    ]
    release = helm.objects(helm.INSTANCE, helm.everything(helm.INSTANCE))
    makers = {one["kind"] for one in release if "'containers'" in str(one["spec"] if "spec" in one
              else "") and one["kind"] != "Pod"}  # fmt: skip

    assert makers == set(rbac.POD_MAKERS)
    for kind in makers:
        assert f"'{Kind('', kind, is_hook=False).plural}'" in variable
    assert "'cronjobs' ? object.spec.jobTemplate.spec.template.spec" in variable


def test_a_listed_namespace_may_be_the_operators_own() -> None:
    def own_namespace(**values: list[str]) -> list[str]:
        validations = _policy(helm.objects(helm.OPERATOR, values), "own-account")["validations"]
        return [one["message"] for one in validations if "its own namespace" in one["message"]]

    assert len(own_namespace()) == 1
    assert own_namespace(namespaces=[helm.NAMESPACE]) == []


def test_the_rights_of_users_join_kubernetes_own_roles_but_never_view() -> None:
    joined = _joined(helm.objects(helm.OPERATOR))
    on_their_own = _joined(helm.objects(helm.OPERATOR, {"rbac": {"aggregate": False}}))

    assert joined == {"view": set(), "edit": {"aggregate-to-admin", "aggregate-to-edit"}}
    assert on_their_own == {"view": set(), "edit": set()}


def test_who_reads_does_not_write_and_nobody_writes_a_status() -> None:
    made = helm.objects(helm.OPERATOR)

    view = helm.rights(helm.one(made, "ClusterRole", f"{names.OPERATOR}-view")["rules"])
    edit = helm.rights(helm.one(made, "ClusterRole", f"{names.OPERATOR}-edit")["rules"])

    assert view[names.GROUP, names.MYSQL.plural] == {"get", "list", "watch"}
    assert edit[names.GROUP, names.MYSQL.plural] >= {"get", "create", "update", "patch", "delete"}
    assert view.keys() == edit.keys()
    assert view[names.GROUP, f"{names.MYSQL.plural}/status"] == {"get"}
    assert edit[names.GROUP, f"{names.MYSQL.plural}/status"] == {"get"}


def test_helm_commands_that_run_get_their_time_before_the_pod_ends() -> None:
    made = helm.objects(helm.OPERATOR, {"shutdownSeconds": 300})

    pod = helm.one(made, "Deployment")["spec"]["template"]["spec"]

    assert pod["terminationGracePeriodSeconds"] > 300
    assert _environment(made)["MYSQL_OPERATOR_SHUTDOWN_SECONDS"] == "300"


def test_what_company_policies_ask_of_a_pod_can_be_given() -> None:
    full = helm.objects(helm.OPERATOR, helm.everything(helm.OPERATOR))
    template = helm.one(full, "Deployment")["spec"]["template"]
    (container,) = template["spec"]["containers"]

    assert template["metadata"]["labels"].items() >= {("team", "platform")}
    assert template["metadata"]["annotations"] == {"sidecar.istio.io/inject": "false"}
    assert template["spec"]["securityContext"]["fsGroup"] == 65532
    assert template["spec"]["securityContext"]["runAsNonRoot"] is True
    assert {"name": "HTTPS_PROXY", "value": "http://proxy.example:3128"} in container["env"]
    assert (
        "eks.amazonaws.com/role-arn" in helm.one(full, "ServiceAccount")["metadata"]["annotations"]
    )


def test_the_account_may_be_somebody_elses_to_make() -> None:
    made = helm.objects(helm.OPERATOR, {"serviceAccount": {"create": False}})

    assert helm.named(made, "ServiceAccount") == set()
    pod = helm.one(made, "Deployment")["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == names.OPERATOR


def test_one_operator_at_a_time_works() -> None:
    deployment = helm.one(helm.objects(helm.OPERATOR), "Deployment")["spec"]

    assert deployment["replicas"] == 1
    assert deployment["strategy"] == {"type": "Recreate"}


def test_golden_a_list_of_namespaces_gives_roles() -> None:
    made = helm.text(helm.OPERATOR, {"namespaces": ["team-a"]}, release="mysql-operator")

    shown = [one for one in made.split("---\n") if "\nkind: Role" in one]

    assert_golden("a_list_of_namespaces_gives_roles", "---\n".join(shown))


def _joined(made: list[helm.Object]) -> dict[str, set[str]]:
    """Kubernetes' own roles that each of the users' roles is added to."""
    prefix = "rbac.authorization.k8s.io/"
    roles = {
        role: helm.one(made, "ClusterRole", f"{names.OPERATOR}-{role}")["metadata"]["labels"]
        for role in ("view", "edit")
    }
    return {
        role: {label.removeprefix(prefix) for label in labels if label.startswith(prefix)}
        for role, labels in roles.items()
    }


def _environment(made: list[helm.Object]) -> dict[str, str]:
    (container,) = helm.one(made, "Deployment")["spec"]["template"]["spec"]["containers"]
    return {one["name"]: one.get("value", "") for one in container["env"]}


def _policy(made: list[helm.Object], name: str) -> helm.Object:
    return _specs(made, "ValidatingAdmissionPolicy")[f"{names.OPERATOR}-{name}"]


def _bound(made: list[helm.Object], name: str) -> helm.Object:
    return _specs(made, "ValidatingAdmissionPolicyBinding")[f"{names.OPERATOR}-{name}"]


def _specs(made: list[helm.Object], kind: str) -> dict[str, helm.Object]:
    return {one["metadata"]["name"]: one["spec"] for one in made if one["kind"] == kind}
