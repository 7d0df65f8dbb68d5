"""The operator's rights are those that the instance chart's objects need, and its own."""

from __future__ import annotations

import pytest
from lightkube.core.resource import api_info

from mysql_operator import names
from mysql_operator.adapters import kinds
from mysql_operator.generator import rbac
from mysql_operator.generator.rbac import Kind
from tests.unit.charts import helm

MANIFESTS = [
    "# A comment.\napiVersion: v1\nkind: Service\nmetadata:\n  name: x\n",
    "{{- /* mark */ -}}\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n",
    "apiVersion: batch/v1\nkind: Job\nmetadata:\n  annotations:\n    helm.sh/hook: pre-delete\n",
    "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    helm.sh/hook: test\n",
    '{{- define "x" -}}{{- end -}}\n',
]


@pytest.fixture(scope="module")
def granted() -> dict[tuple[str, str], set[str]]:
    """What the operator's chart grants."""
    role = helm.one(helm.objects(helm.OPERATOR), "ClusterRole", names.OPERATOR)
    return helm.rights(role["rules"])


def test_kinds_are_read_off_the_templates_but_for_tests() -> None:
    assert rbac.kinds(MANIFESTS) == [
        Kind("", "Service", is_hook=False),
        Kind("batch", "Job", is_hook=True),
        Kind("networking.k8s.io", "NetworkPolicy", is_hook=False),
    ]


@pytest.mark.parametrize(
    ("kind", "plural"),
    [
        ("PersistentVolumeClaim", "persistentvolumeclaims"),
        ("NetworkPolicy", "networkpolicies"),
        ("Ingress", "ingresses"),
    ],
)
def test_a_kind_has_the_plural_of_the_api(kind: str, plural: str) -> None:
    assert Kind("", kind, is_hook=False).plural == plural


def test_every_kind_of_a_release_with_everything_on_is_granted_and_no_other(
    granted: dict[tuple[str, str], set[str]],
) -> None:
    rendered = helm.text(helm.INSTANCE, helm.everything(helm.INSTANCE)).split("\n---\n")

    needed = helm.rights(rbac.chart_rules(rbac.kinds(rendered)))

    assert all(verbs <= granted[resource] for resource, verbs in needed.items())
    own = helm.rights([rule for _, rule in rbac.OWN_RULES + rbac.CLUSTER_RULES])
    assert set(granted) == set(needed) | set(own)


def test_nothing_is_granted_by_a_wildcard(granted: dict[tuple[str, str], set[str]]) -> None:
    for (group, resource), verbs in granted.items():
        assert "*" not in (group, resource, *verbs)


def test_the_operator_cannot_change_what_users_write(
    granted: dict[tuple[str, str], set[str]],
) -> None:
    assert granted[names.GROUP, names.MYSQL.plural] == {"get", "list", "watch", "patch"}
    assert granted["", "pods"] == {"get", "list", "watch", "delete"}
    assert granted["", "namespaces"] == {"get", "list", "watch"}
    assert granted[names.GROUP, names.CLUSTER_STORAGE.plural] == {"get", "list", "watch"}
    assert granted["", "events"] == {"get", "list", "watch", "create", "patch"}


@pytest.mark.parametrize("watched", kinds.WATCHED, ids=lambda watched: watched.name)
def test_what_is_kept_in_memory_may_be_listed_and_watched(
    granted: dict[tuple[str, str], set[str]], watched: kinds.Watched
) -> None:
    info = api_info(watched.kind)

    assert {"list", "watch"} <= granted[info.resource.group, info.plural]


def test_the_lease_is_granted_by_name_in_the_operators_own_namespace() -> None:
    role = helm.one(helm.objects(helm.OPERATOR), "Role", "mysql-operator-leases")

    assert [(rule.get("resourceNames"), rule["verbs"]) for rule in role["rules"]] == [
        ([names.OPERATOR], ["get", "update"]),
        (None, ["create"]),
    ]
