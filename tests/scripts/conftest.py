"""A root file system with mysqld in it, and databases made of it.

The image comes from the cluster tool's cache (built there if need be) and is unpacked once, so
nothing is downloaded here. Namespaces and chroot need root: without it these tests fail, they
do not skip, because then nothing would have run the scripts.
"""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import images, paths
from tests.scripts.sandbox import Instance

MakeInstance = Callable[..., Instance]
"""Makes an instance; keyword arguments are Instance's own."""


@pytest.fixture(scope="session")
def root_file_system() -> Path:
    """Unpack the image of the cluster tool, once per version."""
    if os.geteuid() != 0:
        pytest.fail("tests/scripts must run as root (chroot, unshare): sudo make test")
    given = os.environ.get("MYSQL_ROOT_FILE_SYSTEM")
    if given:
        return Path(given)
    image = next(image for image in images.IN_CLUSTER if image.title == "mysql")
    root = paths.cache_home() / "roots" / image.archive().stem
    with paths.locked(root.with_suffix(".lock")):
        if not root.exists():
            images.ensure([image])
            with paths.built_whole(root) as temporary:
                _unpack(image.archive(), temporary)
    return root


def _unpack(archive: Path, target: Path) -> None:
    target.mkdir(parents=True)
    with tarfile.open(archive) as outer:
        layer = max(outer.getmembers(), key=lambda member: member.size)
    with archive.open("rb", buffering=0) as file:
        file.seek(layer.offset_data)
        subprocess.run(["tar", "-xf-", "-C", str(target)], stdin=file, check=True)
    for folder in ("opt/mysql-operator", "etc/mysql-operator", "backup"):
        (target / folder).mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session")
def network() -> Iterator[int]:
    """The process that holds a network namespace in which port 3306 is free."""
    command = "ip link set lo up && echo up && exec sleep infinity"
    holder = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", command], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "up\n"
    yield holder.pid
    holder.kill()
    holder.communicate()


@pytest.fixture(scope="session")
def make_instance(
    root_file_system: Path, network: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MakeInstance]:
    """Makes instances, and ends them. They share a network: only the newest one's server runs."""
    made: list[Instance] = []

    def make(**given: Any) -> Instance:
        for other in made:
            other.stop_server()
        home = tmp_path_factory.mktemp("instance")
        made.append(Instance(root=root_file_system, home=home, network=network, **given))
        return made[-1]

    yield make
    for instance in made:
        instance.discard()


@pytest.fixture(scope="module")
def shop_of_module(make_instance: MakeInstance) -> Iterator[Instance]:
    """One server for the tests of a module."""
    instance = make_instance()
    yield instance
    instance.stop_server()


@pytest.fixture
def shop(shop_of_module: Instance) -> Instance:
    """An instance that has just been initialised, as far as anybody can tell."""
    shop_of_module.make_new()
    return shop_of_module
