"""The images that a local Kubernetes starts with, each kept in the cache as an OCI archive.

None of them is pulled. `localhost/mysql` is Debian's MySQL laid out like the official image;
it is called what it is, so nobody takes it for the official one.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import building, oci, paths
from tests.cluster.console import ClusterError, output_of, say
from tests.cluster.debian import RootFileSystem
from tests.cluster.versions import (
    BUSYBOX,
    DEBIAN_OF_MYSQL,
    DEBIAN_OF_PYTHON,
    HELM,
    MYSQL,
    PAUSE,
    PYTHON,
)

PAUSE_IMAGE = f"localhost/pause:{PAUSE}"
BUSYBOX_IMAGE = f"localhost/busybox:{BUSYBOX}"
MYSQL_IMAGE = f"localhost/mysql:{MYSQL}"
DIGEST_LABEL = "mysql-operator.tests.digest"

_PATH = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


@dataclass(frozen=True)
class Image:
    """One image, and how its only layer is written."""

    title: str
    version: str
    names: Sequence[str]
    recipe: str
    write_layer: Callable[[Path], None]
    config: oci.Config

    def digest(self) -> str:
        """Digest what it is made of: a changed recipe is another archive."""
        made_of = repr((self.recipe, self.config.rendered(""), tuple(self.names)))
        return hashlib.sha256(made_of.encode()).hexdigest()[:8]

    def archive(self) -> Path:
        """Where its archive is, or will be."""
        name = f"{self.title}-{self.version}-{self.digest()}.tar"
        return paths.cache_home() / "images" / name

    def labelled_config(self) -> oci.Config:
        """Let the image say what it was made of, wherever it was loaded."""
        return dataclasses.replace(self.config, labels={DIGEST_LABEL: self.digest()})


_MY_CNF = """[mysqld]
host-cache-size=0
skip-name-resolve
datadir=/var/lib/mysql
socket=/var/run/mysqld/mysqld.sock
secure-file-priv=/var/lib/mysql-files
user=mysql
pid-file=/var/run/mysqld/mysqld.pid

[client]
socket=/var/run/mysqld/mysqld.sock

!includedir /etc/mysql/conf.d/
"""

_MYSQL = RootFileSystem(
    suite=DEBIAN_OF_MYSQL,
    packages=(
        "mysql-server-core",
        "mysql-client-core",
        "openssl",
        "zstd",
        "gzip",
        "ca-certificates",
    ),
    commands=(
        # Debian unstable moves on; an image must not carry the number of another version.
        f'chroot "$1" mysqld --version | grep -F "Ver {MYSQL}."',
        'chroot "$1" groupadd --system --gid 999 mysql',
        'chroot "$1" useradd --system --uid 999 --gid 999 --home-dir /var/lib/mysql '
        "--no-create-home mysql",
        'rm -rf "$1/etc/mysql" "$1/var/lib/mysql"',
        'mkdir -p "$1/etc/mysql/conf.d" "$1/var/lib/mysql" "$1/var/lib/mysql-files" '
        '"$1/run/mysqld" "$1/docker-entrypoint-initdb.d"',
        'chroot "$1" chown mysql:mysql /var/lib/mysql /var/lib/mysql-files /run/mysqld',
        'chmod 1777 "$1/var/lib/mysql" "$1/run/mysqld" && chmod 0750 "$1/var/lib/mysql-files"',
        f"cat > \"$1/etc/my.cnf\" <<'END'\n{_MY_CNF}END",
    ),
    mebibytes=550,
)

_PYTHON = RootFileSystem(
    suite=DEBIAN_OF_PYTHON,
    packages=("python3", "python3-venv", "python3-pip", "ca-certificates"),
    commands=(
        f'chroot "$1" python3 --version | grep -F "Python {PYTHON}."',
        'ln -sf python3 "$1/usr/bin/python"',
        # The official image lets pip install anywhere; Debian's refuses outside of a venv.
        f'rm -f "$1/usr/lib/python{PYTHON}/EXTERNALLY-MANAGED"',
        # pip inside a build reaches its index the way pip on this machine does.
        'cp -L /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/ca-certificates.crt"',
        'if [ -e /etc/pip.conf ]; then cp -L /etc/pip.conf "$1/etc/pip.conf"; fi',
    ),
    mebibytes=250,
)


def _pause_layer(target: Path) -> None:
    oci.write_layer(target, {"pause": building.program("pause")})


def _busybox_layer(target: Path) -> None:
    busybox = Path(shutil.which("busybox") or "")
    if not busybox.is_file():
        raise ClusterError("busybox is not installed: apt-get install busybox-static")
    applets = set(output_of([str(busybox), "--list"]).split()) - {"busybox"}
    links = {f"bin/{applet}": "busybox" for applet in sorted(applets)}
    oci.write_layer(target, {"bin/busybox": busybox}, links)


def _helm_layer(target: Path) -> None:
    oci.write_layer(target, {"usr/bin/helm": building.program("helm")})


IN_CLUSTER = (
    Image(
        title="pause",
        version=PAUSE,
        names=(PAUSE_IMAGE,),
        recipe="a static program",
        write_layer=_pause_layer,
        config=oci.Config(entrypoint=("/pause",)),
    ),
    Image(
        title="busybox",
        version=BUSYBOX,
        names=(BUSYBOX_IMAGE,),
        recipe="a static program",
        write_layer=_busybox_layer,
        config=oci.Config(command=("sh",), environment={"PATH": "/bin"}),
    ),
    Image(
        title="mysql",
        version=MYSQL,
        # The second name is the same image: what a test of an upgrade changes an image to.
        names=(MYSQL_IMAGE, f"{MYSQL_IMAGE}-b"),
        recipe=repr(_MYSQL.arguments()),
        write_layer=lambda target: _MYSQL.write(target, title="mysql"),
        config=oci.Config(command=("mysqld",), environment=_PATH),
    ),
)

# Stand-ins for what the Dockerfile starts from, for machines that reach no container registry.
BASES = (
    Image(
        title="python",
        version=PYTHON,
        names=(f"docker.io/library/python:{PYTHON}-slim",),
        recipe=repr(_PYTHON.arguments()),
        write_layer=lambda target: _PYTHON.write(target, title="python"),
        config=oci.Config(command=("python3",), environment=_PATH),
    ),
    Image(
        title="helm",
        version=HELM,
        names=(f"docker.io/alpine/helm:{HELM.removeprefix('v')}",),
        recipe="a static program",
        write_layer=_helm_layer,
        config=oci.Config(entrypoint=("helm",), environment=_PATH),
    ),
)


def ensure(images: Sequence[Image]) -> None:
    """Build those images that are not in the cache yet."""
    missing = [image for image in images if not image.archive().exists()]
    for number, image in enumerate(missing, start=1):
        say(f"  [{number} of {len(missing)}] image {', '.join(image.names)}")
        started = time.monotonic()
        _build(image)
        say(f"  [{number} of {len(missing)}] built in {time.monotonic() - started:.0f} s")


def _build(image: Image) -> None:
    archive = image.archive()
    with paths.built_whole(archive) as temporary:
        layer = archive.with_name(f".{image.title}-layer.partial.tar")
        paths.remove(layer)
        try:
            image.write_layer(layer)
            oci.write_archive(
                temporary, layer=layer, config=image.labelled_config(), names=image.names
            )
        finally:
            paths.remove(layer)
