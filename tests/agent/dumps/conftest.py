"""Servers that tests of the Dump method share: to initialise and start one takes seconds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.scripts import sandbox
from tests.support.mysqld import Mysqld

StartServer = Callable[..., Mysqld]
"""Starts a new, empty server; arguments are options of mysqld."""


@pytest.fixture(scope="session")
def empty_data(tmp_path_factory: pytest.TempPathFactory) -> Mysqld:
    """A data directory to copy."""
    if os.geteuid() != 0:
        pytest.fail("tests/agent must run as root (chroot, unshare): sudo make test")
    root = sandbox.root_file_system()
    return Mysqld(root, tmp_path_factory.mktemp("empty")).initialize()


@pytest.fixture(scope="module")
def start_server(
    empty_data: Mysqld, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartServer]:
    """Starts servers that live as long as the tests of a module."""
    started: list[Mysqld] = []

    def start(*options: str) -> Mysqld:
        home = tmp_path_factory.mktemp("server") / "home"
        server = Mysqld(empty_data.root, home).copy_of(empty_data)
        started.append(server)
        return server.start(*options)

    yield start
    for server in started:
        server.kill()
