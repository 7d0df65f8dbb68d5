"""What kwok does with the pods of a database: the server is ready, each Job ends well.

Stages of one's own replace kwok's for pods; those for nodes stay its own. The Jobs leave the
receipts that the operator waits for, written by the classes by which it reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mysql_operator import names
from mysql_operator.model import receipts
from mysql_operator.model.receipts import (
    BackupSummary,
    Method,
    PasswordReceipt,
    RestoreReceipt,
    ServiceReceipt,
)

VERSION = "9.7.4"
INSTANCE = "@INSTANCE@"
NOW = "@NOW@"
"""Places in a receipt that kwok fills in: the name of the database, and the time."""

_RESTORED = RestoreReceipt(
    result="fresh", reason="no backup was found", server_version=VERSION, time=NOW
)
_BACKED_UP = BackupSummary(
    file=f"{INSTANCE}-20260101T000000Z.{receipts.CLONE_SUFFIX}",
    size=1_000_000,
    sha256="0" * 64,
    method=Method.CLONE,
    schemas=1,
    tables=1,
    rows=1,
    server_version=VERSION,
    time=NOW,
    verified=True,
)

_RECEIPTS: Mapping[str, str] = {
    "backup": receipts.as_json(_BACKED_UP),
    "check": receipts.as_json(ServiceReceipt(result="accepted", server_version=VERSION)),
    "password-change": receipts.as_json(PasswordReceipt(result="changed", time=NOW)),
    "restore": receipts.as_json(_RESTORED),
}
"""What the container of each kind of Job leaves, by the component that its pod is labelled with."""

_INITIALIZED = receipts.as_json(ServiceReceipt(result="initialized", server_version=VERSION))

# Go templates; `@RECEIPT@` is filled in here.
_BEGIN = """\
{{ $now := Now }}
{{ $instance := index .metadata.labels "app.kubernetes.io/instance" }}
startTime: {{ $now | Quote }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: {{ PodIPWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace | Quote }}
"""

_ENDED = """\
  restartCount: 0
  state:
    terminated:
      exitCode: 0
      reason: Completed
      startedAt: {{ $now | Quote }}
      finishedAt: {{ $now | Quote }}
      message: @RECEIPT@
"""

_SERVES = (
    _BEGIN
    + """\
phase: Running
conditions:
{{ range list "Initialized" "ContainersReady" "Ready" }}
- type: {{ . }}
  status: "True"
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  started: true
  restartCount: 0
  state:
    running:
      startedAt: {{ $now | Quote }}
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
"""
    + _ENDED
    + "{{ end }}\n"
)

_ENDS = (
    _BEGIN
    + """\
phase: Succeeded
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: false
"""
    + _ENDED
    + "{{ end }}\n"
)


def all_of() -> list[dict[str, Any]]:
    """List every Stage, as kwok's file of configuration holds them."""
    jobs = [_of_component(job, _ENDS, receipt) for job, receipt in _RECEIPTS.items()]
    return [_of_component("server", _SERVES, _INITIALIZED), *jobs, _goes()]


def _of_component(component: str, template: str, receipt: str) -> dict[str, Any]:
    filled = f"`{receipt}` | replace `{INSTANCE}` $instance | replace `{NOW}` $now | Quote"
    begins = [
        _is("DoesNotExist", ".metadata.deletionTimestamp"),
        _is("DoesNotExist", ".status.podIP"),
    ]
    return _a_stage(
        component,
        {"matchLabels": {names.COMPONENT: component}, "matchExpressions": begins},
        {"statusTemplate": template.replace("@RECEIPT@", "{{ " + filled + " }}")},
    )


def _goes() -> dict[str, Any]:
    """Delete what is to be deleted. The finalizer of a Job's pod is left to Kubernetes."""
    deleted = [_is("Exists", ".metadata.deletionTimestamp")]
    return _a_stage("goes", {"matchExpressions": deleted}, {"delete": True})


def _is(operator: str, key: str) -> dict[str, str]:
    return {"key": key, "operator": operator}


def _a_stage(name: str, selector: dict[str, Any], next_: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": "Pod"},
            "selector": selector,
            "next": next_,
        },
    }
