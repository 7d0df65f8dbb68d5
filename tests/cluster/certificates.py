"""A small certificate authority of the cluster's own, made with the openssl program.

It lives as long as the cluster: every start makes a new one, so no key outlives its use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import addresses
from tests.cluster.console import output_of

_DAYS = "365"
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Identity:
    """Who a certificate is for; Kubernetes reads groups from the organisation."""

    name: str
    common_name: str
    organisation: str = ""
    alternatives: Sequence[str] = ()

    def subject(self) -> str:
        """Give the subject the form that openssl takes."""
        organisation = f"/O={self.organisation}" if self.organisation else ""
        return f"{organisation}/CN={self.common_name}"


SERVER_ALTERNATIVES = (
    "DNS:localhost",
    f"DNS:{addresses.NODE_NAME}",
    "DNS:kubernetes",
    "DNS:kubernetes.default",
    "DNS:kubernetes.default.svc",
    f"DNS:kubernetes.default.svc.{addresses.DOMAIN}",
    "IP:127.0.0.1",
    f"IP:{addresses.NODE_IP}",
    f"IP:{addresses.API_SERVICE_IP}",
)

# The names that users of the API go by; each one also gets a kubeconfig.
ADMIN = Identity("admin", "admin", "system:masters")
CONTROLLER_MANAGER = Identity("controller-manager", "system:kube-controller-manager")
SCHEDULER = Identity("scheduler", "system:kube-scheduler")
KUBELET = Identity(
    "kubelet", f"system:node:{addresses.NODE_NAME}", "system:nodes", SERVER_ALTERNATIVES
)
PROXY = Identity("proxy", "system:kube-proxy")
DNS = Identity("dns", "system:coredns")
STORAGE = Identity("storage", "storage")
USERS = (ADMIN, CONTROLLER_MANAGER, SCHEDULER, KUBELET, PROXY, DNS, STORAGE)

API_SERVER = Identity("apiserver", "kube-apiserver", alternatives=SERVER_ALTERNATIVES)
API_TO_KUBELET = Identity("apiserver-kubelet", "kube-apiserver-kubelet", "system:masters")
ISSUED = (*USERS, API_SERVER, API_TO_KUBELET)


def make_all(folder: Path) -> None:
    """Make the authority, a certificate for everybody, and the key of service account tokens."""
    folder.mkdir(parents=True, mode=0o700)
    # An empty configuration: the system's would make an authority of every certificate.
    (folder / "openssl.cnf").write_text("[req]\ndistinguished_name = dn\n[dn]\n")
    _request(
        folder,
        Identity("ca", "mysql-operator-test-cluster"),
        ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,digitalSignature"],
    )
    for identity in ISSUED:
        _issue(folder, identity)
    key, public = str(folder / "sa.key"), str(folder / "sa.pub")
    curve = "ec_paramgen_curve:prime256v1"
    output_of(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", curve, "-out", key])
    output_of(["openssl", "pkey", "-in", key, "-pubout", "-out", public])


def _issue(folder: Path, identity: Identity) -> None:
    extensions = ["basicConstraints=critical,CA:FALSE", "extendedKeyUsage=clientAuth,serverAuth"]
    if identity.alternatives:
        extensions.append(f"subjectAltName={','.join(identity.alternatives)}")
    authority = ["-CA", str(folder / "ca.crt"), "-CAkey", str(folder / "ca.key")]
    _request(folder, identity, extensions, authority)


def _request(
    folder: Path, identity: Identity, extensions: Sequence[str], authority: Sequence[str] = ()
) -> None:
    output_of(
        [
            *("openssl", "req", "-x509", "-config", str(folder / "openssl.cnf"), *_KEY),
            *("-days", _DAYS, "-subj", identity.subject()),
            *("-keyout", str(folder / f"{identity.name}.key")),
            *("-out", str(folder / f"{identity.name}.crt"), *authority),
            *(part for extension in extensions for part in ("-addext", extension)),
        ]
    )
