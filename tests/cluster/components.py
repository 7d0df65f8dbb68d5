"""The programs of the cluster, and the command line of each."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.cluster import addons, addresses, building, certificates
from tests.cluster.configuring import Layout


@dataclass(frozen=True)
class Component:
    """A program that runs as long as the cluster does."""

    name: str
    command: Sequence[str]
    needs_api: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: Sequence[int] = ()

    def as_json(self) -> dict[str, Any]:
        """Give it the form that the node's supervisor reads."""
        return {
            "name": self.name,
            "command": list(self.command),
            "needs_api": self.needs_api,
            "environment": dict(self.environment),
            "descriptors": list(self.descriptors),
        }


def all_of(layout: Layout, listener: int) -> list[Component]:
    """List every program, those that can start without the API server first."""
    return [
        _etcd(layout),
        _containerd(layout),
        _api_server(layout),
        _door(listener),
        _controller_manager(layout),
        _scheduler(layout),
        _kubelet(layout),
        _kube_proxy(layout),
        _coredns(layout),
        _storage(layout),
    ]


def _kubernetes(name: str, *flags: str, needs_api: bool = True) -> Component:
    command = [str(building.program("kubernetes", name)), *flags]
    return Component(name, command, needs_api=needs_api)


def _etcd(layout: Layout) -> Component:
    flags = [f"--data-dir={layout.data}/etcd", "--unsafe-no-fsync", "--log-level=warn"]
    return Component("etcd", [str(building.program("etcd")), *flags], needs_api=False)


def _containerd(layout: Layout) -> Component:
    program = building.program("containerd")
    return Component(
        "containerd",
        [str(program), "--config", f"{layout.config}/containerd.toml"],
        needs_api=False,
        # containerd looks for its shim there.
        environment={"PATH": f"{program.parent}:{os.environ['PATH']}:/usr/sbin:/sbin"},
    )


def _api_server(layout: Layout) -> Component:
    keys = layout.keys
    return _kubernetes(
        "kube-apiserver",
        "--etcd-servers=http://127.0.0.1:2379",
        f"--secure-port={addresses.API_PORT}",
        f"--advertise-address={addresses.NODE_IP}",
        f"--service-cluster-ip-range={addresses.SERVICES}",
        "--allow-privileged=true",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--profiling=false",
        f"--client-ca-file={keys}/ca.crt",
        f"--tls-cert-file={keys}/apiserver.crt",
        f"--tls-private-key-file={keys}/apiserver.key",
        f"--kubelet-certificate-authority={keys}/ca.crt",
        f"--kubelet-client-certificate={keys}/apiserver-kubelet.crt",
        f"--kubelet-client-key={keys}/apiserver-kubelet.key",
        "--kubelet-preferred-address-types=InternalIP",
        # Nobody is in front of this server, but others wait for these settings to be there.
        f"--requestheader-client-ca-file={keys}/ca.crt",
        "--requestheader-allowed-names=front-proxy",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--service-account-issuer=https://kubernetes.default.svc.{addresses.DOMAIN}",
        f"--service-account-key-file={keys}/sa.pub",
        f"--service-account-signing-key-file={keys}/sa.key",
        needs_api=False,
    )


def _door(listener: int) -> Component:
    """Offer the API outside: the socket was opened outside, and is answered from inside."""
    command = [sys.executable, "-m", "tests.cluster.door", str(listener)]
    return Component("door", command, descriptors=(listener,))


def _controller_manager(layout: Layout) -> Component:
    config = layout.kubeconfig_of(certificates.CONTROLLER_MANAGER)
    keys = layout.keys
    return _kubernetes(
        "kube-controller-manager",
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        f"--service-account-private-key-file={keys}/sa.key",
        f"--root-ca-file={keys}/ca.crt",
        f"--flex-volume-plugin-dir={layout.data}/volume-plugins",
        # Each controller under its own name: those are what the default roles are for.
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        "--profiling=false",
        # One machine, many short-lived objects: claims, Jobs and garbage must not wait in turn.
        "--kube-api-qps=200",
        "--kube-api-burst=400",
        "--pvclaimbinder-sync-period=2s",
    )


def _scheduler(layout: Layout) -> Component:
    config = layout.kubeconfig_of(certificates.SCHEDULER)
    return _kubernetes(
        "kube-scheduler",
        f"--config={layout.config}/scheduler.json",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
    )


def _kubelet(layout: Layout) -> Component:
    return _kubernetes(
        "kubelet",
        f"--config={layout.config}/kubelet.json",
        f"--kubeconfig={layout.kubeconfig_of(certificates.KUBELET)}",
        f"--hostname-override={addresses.NODE_NAME}",
        f"--node-ip={addresses.NODE_IP}",
    )


def _kube_proxy(layout: Layout) -> Component:
    return _kubernetes(
        "kube-proxy",
        f"--config={layout.config}/kube-proxy.json",
        f"--hostname-override={addresses.NODE_NAME}",
    )


def _coredns(layout: Layout) -> Component:
    return Component(
        "coredns", [str(building.program("coredns")), "-conf", f"{layout.config}/Corefile"]
    )


def _storage(layout: Layout) -> Component:
    kubeconfig = str(layout.kubeconfig_of(certificates.STORAGE))
    program = str(building.program("storage"))
    return Component(
        "storage",
        [program, kubeconfig, addons.PROVISIONER, addresses.NODE_NAME, str(layout.volumes)],
    )
