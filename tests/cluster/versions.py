"""Every version that the local Kubernetes is made of. To move to another one:

    cd tests/cluster/tools/NAME && go get -tool PACKAGE@VERSION && go mod tidy

and the same version here (a unit test compares the two). Azurite is of npm:

    cd tests/cluster/tools/azurite && npm install --package-lock-only \\
        --omit-lockfile-registry-resolved azurite@VERSION
"""

from __future__ import annotations

from dataclasses import dataclass, field

KUBERNETES = "v1.37.2"
CONTAINERD = "v2.4.2"
ETCD = "v3.7.3"
HELM = "v4.3.1"
STORAGE = "v13.1.0"
COREDNS = "v1.15.0"
KWOK = "v0.7.0"
PROMTOOL = "v0.316.0"
VERSITYGW = "v1.8.0"
RCLONE = "v1.75.1"
FAKE_GCS_SERVER = "v1.56.1"
AZURITE = "3.37.0"
TOXIPROXY = "v2.12.0"
AGE = "v1.3.2"
PAUSE = "v1"
BUSYBOX = "v1"
MYSQL = "9.7"
PYTHON = "3.13"

DEBIAN_OF_MYSQL = "sid"
DEBIAN_OF_PYTHON = "trixie"


@dataclass(frozen=True)
class Tool:
    """Some programs that are built together from one module below `tools/`: of Go, or of npm."""

    name: str
    version: str
    module: str
    packages: tuple[str, ...] = (".",)
    stamps: tuple[str, ...] = ()
    renamed: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    npm: bool = False
    seconds: int = 10
    mebibytes: int = 500


def _kubernetes_stamps() -> tuple[str, ...]:
    """Name the version: a server that calls itself v0.0.0 is refused by helm and by charts."""
    major, minor, _ = KUBERNETES.removeprefix("v").split(".")
    return tuple(
        f"{package}.{name}={value}"
        for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
        for name, value in (
            ("gitVersion", KUBERNETES),
            ("gitMajor", major),
            ("gitMinor", minor),
        )
    )


_KUBERNETES_PROGRAMS = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubectl",
    "kubelet",
)
_CONTAINERD_PROGRAMS = ("containerd", "containerd-shim-runc-v2", "ctr")

# In the order of their need; `seconds` is what the build takes on two cores, for the progress.
TOOLS = (
    Tool("pause", PAUSE, "local/pause"),
    Tool(
        "etcd",
        ETCD,
        "go.etcd.io/etcd/server/v3",
        packages=("go.etcd.io/etcd/server/v3",),
        renamed={"server": "etcd"},
        seconds=32,
        mebibytes=1000,
    ),
    Tool(
        "containerd",
        CONTAINERD,
        "github.com/containerd/containerd/v2",
        packages=tuple(
            f"github.com/containerd/containerd/v2/cmd/{program}" for program in _CONTAINERD_PROGRAMS
        ),
        stamps=(f"github.com/containerd/containerd/v2/version.Version={CONTAINERD}",),
        seconds=75,
        mebibytes=1000,
    ),
    Tool("coredns", COREDNS, "github.com/coredns/coredns", seconds=75, mebibytes=1000),
    Tool(
        "kubernetes",
        KUBERNETES,
        "k8s.io/kubernetes",
        packages=tuple(f"k8s.io/kubernetes/cmd/{program}" for program in _KUBERNETES_PROGRAMS),
        stamps=_kubernetes_stamps(),
        seconds=580,
        mebibytes=4000,
    ),
    Tool(
        "storage",
        STORAGE,
        "sigs.k8s.io/sig-storage-lib-external-provisioner/v13",
        seconds=60,
        mebibytes=1000,
    ),
    Tool(
        "helm",
        HELM,
        "helm.sh/helm/v4",
        packages=("helm.sh/helm/v4/cmd/helm",),
        stamps=(f"helm.sh/helm/v4/internal/version.version={HELM}",),
        seconds=120,
        mebibytes=1500,
    ),
)

# Built only on request, for instance `python3 -m tests.cluster build kwok`.
OPTIONAL_TOOLS = (
    # Fake nodes for tests of scale.
    Tool(
        "kwok",
        KWOK,
        "sigs.k8s.io/kwok",
        packages=("sigs.k8s.io/kwok/cmd/kwok",),
        stamps=(f"sigs.k8s.io/kwok/pkg/consts.Version={KWOK}",),
        seconds=110,
        mebibytes=1500,
    ),
    # Tests of the alerts; without what finds targets in some twenty clouds.
    Tool(
        "promtool",
        PROMTOOL,
        "github.com/prometheus/prometheus",
        packages=("github.com/prometheus/prometheus/cmd/promtool",),
        tags=("remove_all_sd",),
        seconds=100,
        mebibytes=1500,
    ),
    # Two stores that speak S3, so that the agent fits no single one.
    Tool(
        "versitygw",
        VERSITYGW,
        "github.com/versity/versitygw",
        packages=("github.com/versity/versitygw/cmd/versitygw",),
        seconds=200,
        mebibytes=1500,
    ),
    Tool("rclone", RCLONE, "github.com/rclone/rclone", seconds=60, mebibytes=1500),
    # The emulators of the two other clouds.
    Tool(
        "fake-gcs-server",
        FAKE_GCS_SERVER,
        "github.com/fsouza/fake-gcs-server",
        seconds=70,
        mebibytes=1500,
    ),
    Tool("azurite", AZURITE, "azurite", npm=True, seconds=40, mebibytes=500),
    # Networks between the agent and a store that cut, drop and slow down.
    Tool(
        "toxiproxy",
        TOXIPROXY,
        "github.com/Shopify/toxiproxy/v2",
        packages=("github.com/Shopify/toxiproxy/v2/cmd/server",),
        renamed={"server": "toxiproxy"},
        seconds=20,
        mebibytes=300,
    ),
    # What a person decrypts a backup with, where no operator is left.
    Tool(
        "age",
        AGE,
        "filippo.io/age",
        packages=("filippo.io/age/cmd/age", "filippo.io/age/cmd/age-keygen"),
        seconds=20,
        mebibytes=200,
    ),
)

# Debian package -> a program that shows it is there; what a tool of npm needs.
NPM_PACKAGES = {"nodejs": "node", "npm": "npm"}

# What a cluster of the user's own, or of kind, needs beside it -> where it comes from.
CLIENTS = {
    "kubectl": "https://kubernetes.io/docs/tasks/tools/",
    "helm": f"https://helm.sh/docs/intro/install/, {HELM} is what is tested",
}

# Debian package -> a program that shows it is there.
DEBIAN_PACKAGES = {
    "runc": "runc",
    "containernetworking-plugins": "/usr/lib/cni/ptp",
    "iptables": "iptables",
    "nftables": "nft",
    "conntrack": "conntrack",
    "iproute2": "ip",
    "mmdebstrap": "mmdebstrap",
    "buildah": "buildah",
    "busybox-static": "busybox",
    "openssl": "openssl",
    "util-linux": "nsenter",
}
