"""Who may have which request to the store of a ClusterMySQLBackupStorage signed."""

from __future__ import annotations

from typing import Any

import pytest

from mysql_operator.model.cluster_storage_spec import ClusterStorageSpec
from mysql_operator.model.s3_requests import Operation, S3Request
from mysql_operator.reconcile.stores import store_access
from mysql_operator.reconcile.stores.store_access import Asking

PLACE = {"bucket": "backups", "prefix": "a/b", "credentialsSecretRef": {"name": "keys"}}
GRANT = {"namespace": "production", "readers": ["team", "staging"]}
SHOP = Asking("team", {"team": "yes"}, "shop")

WRITES = (
    Operation.PUT,
    Operation.DELETE,
    Operation.BEGIN_UPLOAD,
    Operation.PUT_PART,
    Operation.COMPLETE_UPLOAD,
    Operation.ABORT_UPLOAD,
    Operation.LIST_UPLOADS,
)
READS = (Operation.LIST, Operation.READ, Operation.LOOK)


def spec(**fields: Any) -> ClusterStorageSpec:
    return ClusterStorageSpec.model_validate({"s3": PLACE, **fields})


def refused(
    key: str,
    operation: Operation = Operation.READ,
    asking: Asking = SHOP,
    storage: ClusterStorageSpec | None = None,
) -> str:
    request = S3Request(operation=operation, key=key)
    return store_access.refusal(storage or spec(), asking, request)


@pytest.mark.parametrize("operation", [*WRITES, *READS])
def test_a_job_may_do_all_with_the_backups_of_its_own_instance(operation: Operation) -> None:
    assert refused("a/b/team/shop/uid-1/shop.json", operation) == ""
    assert refused("a/b/team/shop/", operation) == ""


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize(
    "key",
    [
        "a/b/team/shop-2/uid-1/shop.json",
        "a/b/team/other/uid-1/other.json",
        "a/b/production/shop/uid-1/shop.json",
        "a/b/team/",
        "a/b/team/shop",
        "a/b/",
        "a",
        "team/shop/uid-1/shop.json",
    ],
)
def test_a_job_writes_nothing_else(operation: Operation, key: str) -> None:
    assert refused(key, operation, storage=spec(readGrants=[GRANT]))


@pytest.mark.parametrize("operation", READS)
def test_a_job_reads_the_backups_of_its_namespace_and_of_no_other(operation: Operation) -> None:
    assert refused("a/b/team/other/uid-1/other.json", operation) == ""
    for key in ("a/b/production/shop/uid-1/shop.json", "a/b/team-2/shop/", "a/b/", "a/b", "x"):
        assert "spec.readGrants" in refused(key, operation)


def test_a_grant_is_to_read_and_for_those_whom_it_names() -> None:
    granted = spec(readGrants=[GRANT])
    key = "a/b/production/shop/uid-1/shop.json"

    assert refused(key, storage=granted) == ""
    assert refused(key, asking=Asking("other", {}, "shop"), storage=granted)
    assert refused("a/b/production-2/shop/uid-1/shop.json", storage=granted)
    assert store_access.may_read(granted, "team", "production")
    assert store_access.may_read(granted, "team", "team")
    assert not store_access.may_read(granted, "production", "team")


@pytest.mark.parametrize(
    "key",
    [
        "a/b/team/shop/../../production/shop/uid-1/shop.json",
        "a/b/team/shop/uid-1/..",
        "a/b/team/shop/./x",
        "a/b/team/shop//x",
        "/a/b/team/shop/x",
        "..",
    ],
)
@pytest.mark.parametrize("operation", [Operation.READ, Operation.PUT, Operation.LIST])
def test_a_key_that_may_be_read_as_another_one_is_refused(key: str, operation: Operation) -> None:
    assert "is no key of a backup" in refused(key, operation)


def test_a_pod_of_no_mysql_object_gets_nothing() -> None:
    assert "the pod is of no MySQL object" in refused(
        "a/b/team/shop/x", asking=Asking("team", {}, "")
    )


SELECTORS: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"matchLabels": {"team": "yes"}}, True),
    ({"matchLabels": {"team": "no"}}, False),
    ({"matchLabels": {"team": "yes", "more": "x"}}, False),
    ({"matchExpressions": [{"key": "team", "operator": "In", "values": ["a", "yes"]}]}, True),
    ({"matchExpressions": [{"key": "team", "operator": "In", "values": ["a"]}]}, False),
    ({"matchExpressions": [{"key": "other", "operator": "In", "values": ["a"]}]}, False),
    ({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["yes"]}]}, False),
    ({"matchExpressions": [{"key": "other", "operator": "NotIn", "values": ["a"]}]}, True),
    ({"matchExpressions": [{"key": "team", "operator": "Exists"}]}, True),
    ({"matchExpressions": [{"key": "other", "operator": "Exists"}]}, False),
    ({"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}, False),
    ({"matchExpressions": [{"key": "other", "operator": "DoesNotExist"}]}, True),
]


@pytest.mark.parametrize(("selector", "is_selected"), SELECTORS)
def test_a_selector_selects_as_kubernetes_does(selector: dict[str, Any], is_selected: bool) -> None:
    storage = spec(namespaceSelector=selector)

    assert store_access.is_allowed(storage, SHOP.labels_of_namespace) is is_selected
    assert (refused("a/b/team/shop/x", storage=storage) == "") is is_selected


def test_the_operator_itself_only_checks() -> None:
    asking = Asking("operators", {}, "", is_operator=True)
    storage = spec(namespaceSelector={"matchLabels": {"never": "there"}})

    assert refused("a/b/operators/.checks/uid-1/x", Operation.PUT, asking, storage) == ""
    assert refused("a/b/operators/shop/uid-1/x", Operation.READ, asking, storage)
    assert refused("a/b/team/shop/uid-1/x", Operation.READ, asking, storage)


def test_a_store_without_a_prefix_has_the_namespaces_at_its_top() -> None:
    storage = spec(s3={**PLACE, "prefix": None})

    assert refused("team/shop/x", Operation.PUT, storage=storage) == ""
    assert refused("production/shop/x", storage=storage)
