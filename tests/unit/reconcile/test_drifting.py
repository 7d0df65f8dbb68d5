"""What somebody has changed by hand is named by its field; what Kubernetes adds is not."""

from __future__ import annotations

import copy
from typing import Any

from mysql_operator.reconcile.facts import drifting

MANIFEST = """
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: db
  labels: {app.kubernetes.io/instance: db}
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: mysql
          image: mysql:8.4
          resources: {requests: {cpu: 0.1, memory: 1Gi}, limits: {}}
          volumeMounts:
            - {name: run, mountPath: /run}
      volumes:
        - name: scripts
          configMap: {name: db-scripts, defaultMode: 0555}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: db-pvc}
spec: {resources: {requests: {storage: 1Gi}}}
"""


def a_live_deployment() -> dict[str, Any]:
    """As the API server gives it back: with defaults, and quantities in its own words."""
    live = copy.deepcopy(dict(drifting.objects_of(MANIFEST)[0].content))
    live["metadata"]["uid"] = "1"
    live["spec"]["revisionHistoryLimit"] = 10
    container = live["spec"]["template"]["spec"]["containers"][0]
    container["resources"] = {"requests": {"cpu": "100m", "memory": "1Gi"}}
    container["terminationMessagePath"] = "/dev/termination-log"
    return live


def drift(live: dict[str, Any] | None) -> list[str]:
    return said(drifting.objects_of(MANIFEST)[0], live)


def said(made: drifting.Made, live: dict[str, Any] | None) -> list[str]:
    return [drift.what for drift in drifting.of(made, live)]


def test_defaults_and_other_words_for_a_quantity_are_no_drift() -> None:
    assert drift(a_live_deployment()) == []


def test_a_mode_is_read_as_kubernetes_reads_it() -> None:
    volume = drifting.objects_of(MANIFEST)[0].content["spec"]["template"]["spec"]["volumes"][0]

    assert volume["configMap"]["defaultMode"] == 0o555


def test_a_changed_field_is_named() -> None:
    live = a_live_deployment()
    live["spec"]["replicas"] = 0

    assert drift(live) == ["Deployment db: spec.replicas is 0, not 1"]


def test_an_item_of_a_list_is_found_by_its_name_and_not_by_its_place() -> None:
    live = a_live_deployment()
    containers = live["spec"]["template"]["spec"]["containers"]
    containers.insert(0, {"name": "sidecar", "image": "proxy"})
    assert drift(live) == []

    containers[1]["image"] = "mysql:5.7"
    assert drift(live) == [
        "Deployment db: spec.template.spec.containers[mysql].image is mysql:5.7, not mysql:8.4"
    ]


def test_a_deleted_object_is_named() -> None:
    assert drift(None) == ["Deployment db is gone"]


def test_a_claim_that_has_grown_is_no_drift() -> None:
    claim = drifting.objects_of(MANIFEST)[1]

    assert said(claim, {"spec": {"resources": {"requests": {"storage": "9Gi"}}}}) == []
    assert said(claim, None) == ["PersistentVolumeClaim db-pvc is gone"]
