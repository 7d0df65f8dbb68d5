"""What others have added becomes helm's to remove; what controllers keep in metadata does not."""

from __future__ import annotations

from typing import Any

from mysql_operator.adapters import managed_fields

PORT = {"f:ports": {'k:{"port":3306}': {".": {}, "f:name": {}}}}
OTHER_PORT = {"f:ports": {'k:{"port":3307}': {".": {}, "f:name": {}}}}


def an_entry(manager: str, operation: str = "Update", **fields: Any) -> managed_fields.Entry:
    owned = {f"f:{part}": content for part, content in fields.items()}
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": owned}


def test_what_a_person_has_added_is_helms_to_remove() -> None:
    helm = an_entry("helm", "Apply", metadata={"f:labels": {}}, spec=PORT)
    person = an_entry("kubectl-edit", spec=OTHER_PORT)

    (given,) = managed_fields.given_to("helm", [helm, person]) or []

    assert set(given["fieldsV1"]["f:spec"]["f:ports"]) == {'k:{"port":3306}', 'k:{"port":3307}'}
    assert (given["manager"], given["operation"]) == ("helm", "Apply")


def test_metadata_and_status_stay_with_the_controllers() -> None:
    helm = an_entry("helm", "Apply", spec=PORT)
    finalizers = {"f:finalizers": {}}
    balancer = an_entry("cloud", metadata=finalizers, spec=OTHER_PORT)
    status = {**an_entry("kube-controller-manager", spec=PORT), "subresource": "status"}

    given = managed_fields.given_to("helm", [helm, balancer, status]) or []

    assert [entry["manager"] for entry in given] == ["helm", "cloud", "kube-controller-manager"]
    assert given[1]["fieldsV1"] == {"f:metadata": finalizers}
    assert given[2] == status


def test_an_object_that_only_helm_has_written_stays_as_it_is() -> None:
    helm = an_entry("helm", "Apply", spec=PORT)

    assert managed_fields.given_to("helm", [helm]) is None


def test_an_object_that_helm_has_never_applied_is_not_given_to_it() -> None:
    by_client = an_entry("helm", "Update", spec=PORT)

    assert managed_fields.given_to("helm", [by_client]) is None
