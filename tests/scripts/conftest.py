"""A root file system with mysqld in it, and databases made of it.

Namespaces and chroot need root: without it these tests fail, they
do not skip, because then nothing would have run the scripts.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import paths
from tests.scripts import sandbox
from tests.scripts.sandbox import Instance

MakeInstance = Callable[..., Instance]
"""Makes an instance; keyword arguments are Instance's own."""

AnotherProgram = Callable[[str, str], str]
"""Puts a script in the place of a program of the image; returns the PATH that finds it."""


@pytest.fixture(scope="session")
def root_file_system() -> Path:
    """Unpack the image of the cluster tool, once per version."""
    if os.geteuid() != 0:
        pytest.fail("tests/scripts must run as root (chroot, unshare): sudo make test")
    return sandbox.root_file_system()


@pytest.fixture(scope="session")
def network() -> Iterator[int]:
    """A network that the instances share."""
    with sandbox.network() as holder:
        yield holder


@pytest.fixture(scope="session")
def initialized(root_file_system: Path, network: int, shared: Path) -> Path:
    """A data volume after initialize.sh, made once for all workers."""
    made = Instance(root=root_file_system, home=shared / "initialized", network=network)
    with paths.locked(shared / "initialized.lock"):
        if not any(made.data.iterdir()):
            outcome = made.run("initialize")
            assert outcome.code == 0, outcome.output
            (made.data / ".volume-id").unlink()  # each volume has its own, and each server
            (made.data / "data" / "auto.cnf").unlink(missing_ok=True)
    return made.data


@pytest.fixture(scope="session")
def make_instance(
    root_file_system: Path,
    network: int,
    initialized: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[MakeInstance]:
    """Makes instances, and ends them. They share a network: only the newest one's server runs."""
    made: list[Instance] = []

    def make(**given: Any) -> Instance:
        for other in made:
            other.stop_server()
        home = tmp_path_factory.mktemp("instance")
        common = {"root": root_file_system, "network": network, "initialized": initialized}
        made.append(Instance(home=home, **common, **given))
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


@pytest.fixture
def another_program(shop: Instance) -> Iterator[AnotherProgram]:
    """For a while the image of the shop has other programs."""
    folder = shop.home / "etc" / "bin"
    folder.mkdir()

    def put(name: str, text: str) -> str:
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
        return "/etc/mysql-operator/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    yield put
    shutil.rmtree(folder)
