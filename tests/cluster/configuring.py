"""The configuration files of the cluster's programs, as pure functions of where things are.

Kubernetes reads JSON wherever it reads YAML, so nothing here has to write YAML.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster import addresses, certificates, images

Json = dict[str, Any]


@dataclass(frozen=True)
class Layout:
    """What lies where below the state folder of one cluster."""

    home: Path

    @property
    def keys(self) -> Path:
        """The authority, the certificates, and their keys."""
        return self.home / "certificates"

    @property
    def config(self) -> Path:
        """The rendered configuration files."""
        return self.home / "config"

    @property
    def logs(self) -> Path:
        """One log a program."""
        return self.home / "logs"

    @property
    def data(self) -> Path:
        """What the programs keep: etcd's data, containers, pods."""
        return self.home / "data"

    @property
    def volumes(self) -> Path:
        """The persistent volumes, one folder each."""
        return self.home / "volumes"

    @property
    def kubeconfig(self) -> Path:
        """What people and tests use."""
        return self.home / "kubeconfig"

    @property
    def record(self) -> Path:
        """Which process the cluster is."""
        return self.home / "running.json"

    @property
    def ready(self) -> Path:
        """Stands once the cluster has come up whole."""
        return self.home / "ready"

    def kubeconfig_of(self, identity: certificates.Identity) -> Path:
        """The kubeconfig of one of the cluster's own programs."""
        return self.config / f"{identity.name}.kubeconfig"


def kubeconfig(layout: Layout, identity: certificates.Identity, server: str) -> Json:
    """Render a kubeconfig that holds everything itself, so that it can be copied."""

    def encoded(name: str) -> str:
        return base64.b64encode((layout.keys / name).read_bytes()).decode()

    cluster = {"server": server, "certificate-authority-data": encoded("ca.crt")}
    user = {
        "client-certificate-data": encoded(f"{identity.name}.crt"),
        "client-key-data": encoded(f"{identity.name}.key"),
    }
    name = "mysql-operator"
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": identity.name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": identity.name}}],
        "current-context": name,
    }


def containerd(layout: Layout) -> str:
    """Render containerd's configuration.

    NB: without restrict_oom_score_adj no pod starts where root lacks CAP_SYS_RESOURCE: runc
    fails with "can't get final child's PID from pipe". The `opt` plugin
    would leave /opt/containerd behind.
    """
    return f"""version = 3
root = "{layout.data}/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.nri.v1.nri"]

[grpc]
  address = "{addresses.CONTAINERD_SOCKET}"

[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "{images.PAUSE_IMAGE}"

[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
        SystemdCgroup = false
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/usr/lib/cni"]
    conf_dir = "{layout.config}/cni"
"""


def cni() -> Json:
    """Render the pod network: a point-to-point link for each pod, routed by the node."""
    ranges = [[{"subnet": addresses.PODS}]]
    ipam = {
        "type": "host-local",
        "dataDir": "/run/cni/networks",
        "ranges": ranges,
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    return {
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [
            {"type": "ptp", "ipMasq": False, "mtu": 1500, "ipam": ipam},
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }


def kubelet(layout: Layout, cgroup_root: str) -> Json:
    """Render the kubelet's configuration: a test machine's disk, memory and cgroups are lent."""
    evict_late = {"memory.available": "1%", "nodefs.available": "1%", "imagefs.available": "1%"}
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": "0.0.0.0",  # noqa: S104 - of the cluster's own network namespace
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(layout.keys / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(layout.keys / "kubelet.crt"),
        "tlsPrivateKeyFile": str(layout.keys / "kubelet.key"),
        "containerRuntimeEndpoint": f"unix://{addresses.CONTAINERD_SOCKET}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": cgroup_root,
        "failCgroupV1": False,
        "failSwapOn": False,
        "clusterDNS": [addresses.NODE_IP],
        "clusterDomain": addresses.DOMAIN,
        "resolvConf": str(layout.config / "resolv.conf"),
        "evictionHard": evict_late,
        "imageGCHighThresholdPercent": 100,
        "maxPods": 250,
        "oomScoreAdj": 0,
        "podLogsDir": str(layout.data / "pod-logs"),
        "volumePluginDir": str(layout.data / "volume-plugins"),
        # Tests wait for pods, for changed Secrets and for events: do not make them queue.
        "syncFrequency": "10s",
        # Who kills a container over and over measures its recovery, and not kubelet's patience,
        # which would grow to five minutes.
        "crashLoopBackOff": {"maxContainerRestartPeriod": "3s"},
        "eventRecordQPS": 0,
        "kubeAPIQPS": 200,
        "kubeAPIBurst": 400,
    }


def scheduler(layout: Layout) -> Json:
    """Render the scheduler's configuration: a pod whose claim was not bound yet is soon retried."""
    return {
        "apiVersion": "kubescheduler.config.k8s.io/v1",
        "kind": "KubeSchedulerConfiguration",
        "clientConnection": {
            "kubeconfig": str(layout.kubeconfig_of(certificates.SCHEDULER)),
            "qps": 200,
            "burst": 400,
        },
        "leaderElection": {"leaderElect": False},
        "podMaxBackoffSeconds": 2,
    }


def kube_proxy(layout: Layout) -> Json:
    """Render kube-proxy's configuration; conntrack's limits are the machine's, not ours to set."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": str(layout.kubeconfig_of(certificates.PROXY))},
        "clusterCIDR": addresses.PODS,
        "conntrack": {"maxPerCore": 0, "min": 0},
        "nftables": {"minSyncPeriod": "100ms", "syncPeriod": "30s"},
        "oomScoreAdj": 0,
    }


def corefile(layout: Layout) -> str:
    """Render CoreDNS's configuration; without a cache, a new Service has its name at once."""
    return f""".:53 {{
    bind {addresses.NODE_IP}
    errors
    kubernetes {addresses.DOMAIN} in-addr.arpa {{
        kubeconfig {layout.kubeconfig_of(certificates.DNS)}
        pods insecure
        ttl 5
    }}
}}
"""


def write_all(layout: Layout, cgroup_root: str) -> None:
    """Write every configuration file of the cluster's own programs."""
    for identity in certificates.USERS:
        _write(layout.kubeconfig_of(identity), kubeconfig(layout, identity, addresses.API_URL))
    _write(layout.config / "cni" / "10-pods.conflist", cni())
    _write(layout.config / "kubelet.json", kubelet(layout, cgroup_root))
    _write(layout.config / "scheduler.json", scheduler(layout))
    _write(layout.config / "kube-proxy.json", kube_proxy(layout))
    _write(layout.config / "containerd.toml", containerd(layout))
    _write(layout.config / "Corefile", corefile(layout))
    _write(layout.config / "resolv.conf", f"nameserver {addresses.NODE_IP}\n")


def _write(path: Path, content: Json | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
    path.chmod(0o600)
