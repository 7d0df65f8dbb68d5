"""How many requests the operator's account sends, its helm commands included, by verb.

The API server's totals do not tell one client from another. But it counts what each FlowSchema
lets through: so there is one here for each verb of that account, which changes nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.bench.scale import fakes
from tests.bench.scale.scenes import apply
from tests.support import installing
from tests.support.commands import must, run

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
DISCOVERY = "discovery"
"""Requests for no resource: which kinds there are, which version the API server has."""

EVERYWHERE = "*"
DISPATCHED = "apiserver_flowcontrol_dispatched_requests_total"
BEFORE_THE_BUILT_IN_ONE = 8900
"""Service accounts get their turn by a FlowSchema of precedence 9000, at the same level."""


class Counter:
    """The requests so far of the operator's account."""

    def __init__(self, mark: str) -> None:
        self._mark = mark

    def so_far(self) -> Mapping[str, int]:
        """Count them by verb, since the API server was started."""
        text = must("kubectl", "get", "--raw", "/metrics")
        found = re.findall(
            rf'^{DISPATCHED}{{flow_schema="{self._mark}-(\w+)".*}} (\S+)$', text, re.M
        )
        counted = {verb: int(float(value)) for verb, value in found}
        return {verb: counted.get(verb, 0) for verb in (*VERBS, DISCOVERY)}

    def total(self) -> int:
        """Count them all together."""
        return sum(self.so_far().values())


@contextmanager
def requests(mark: str, namespace: str = EVERYWHERE) -> Iterator[Counter]:
    """Count the requests of the operator's account that are for that namespace, or all of them."""
    mine = f"{fakes.MARK}={mark}"
    try:
        apply(*[_a_schema(mark, verb, _of_verb(verb, namespace)) for verb in VERBS])
        if namespace == EVERYWHERE:
            apply(_a_schema(mark, DISCOVERY, _OF_NO_RESOURCE))
        # The API server says so of a schema once it goes by it.
        in_force = ("--for=condition=Dangling=False", "--timeout=60s")
        must("kubectl", "wait", "flowschemas", "-l", mine, *in_force)
        yield Counter(mark)
    finally:
        run("kubectl", "delete", "flowschemas", "-l", mine)


_OF_NO_RESOURCE: dict[str, Any] = {
    "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
}


def _of_verb(verb: str, namespace: str) -> dict[str, Any]:
    rule = {"verbs": [verb], "apiGroups": ["*"], "resources": ["*"], "namespaces": [namespace]}
    return {"resourceRules": [rule | {"clusterScope": namespace == EVERYWHERE}]}


def _a_schema(mark: str, verb: str, rules: dict[str, Any]) -> dict[str, Any]:
    account = {"namespace": installing.NAMESPACE, "name": installing.NAME}
    subjects = [{"kind": "ServiceAccount", "serviceAccount": account}]
    return {
        "apiVersion": "flowcontrol.apiserver.k8s.io/v1",
        "kind": "FlowSchema",
        "metadata": {"name": f"{mark}-{verb}", "labels": {fakes.MARK: mark}},
        "spec": {
            "priorityLevelConfiguration": {"name": "workload-low"},
            "matchingPrecedence": BEFORE_THE_BUILT_IN_ONE,
            "distinguisherMethod": {"type": "ByUser"},
            "rules": [{"subjects": subjects} | rules],
        },
    }
